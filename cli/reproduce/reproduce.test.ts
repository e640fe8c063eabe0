import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tenon, testFolder, writeJson } from '../child.ts'

const folder = await testFolder()
const render = () => tenon(folder, 'reproduce', '--render', '--docs', '.', '--out', 'measured')

test('results of other code are not shown, but kept, and where is said', async () => {
  const others = { code: '0123456789abcdef', cells: [{}, {}], demonstrations: {} }
  await writeJson(join(folder, 'benchmark.json'), others)
  const { code, stderr } = await render()
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(
      'the 2 results of benchmark.json are of other code: none is used, they are kept in',
    ),
  })
  expect(JSON.parse(await readFile(join(folder, 'benchmark-01234567.json'), 'utf8'))).toEqual(others)
  const replaced = JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))
  expect(replaced).toMatchObject({ code: expect.stringMatching(/^[0-9a-f]{64}$/), cells: [] })
  expect(await readFile(join(folder, 'benchmark.md'), 'utf8')).toContain('# Benchmark')
  expect((await render()).stderr).not.toContain('of other code')
})

test('results that are no JSON are left alone', async () => {
  await writeFile(join(folder, 'benchmark.json'), '{')
  const { code, stderr } = await render()
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('is not JSON') })
  expect(await readFile(join(folder, 'benchmark.json'), 'utf8')).toBe('{')
})

test('pages of earlier versions are linked', async () => {
  await rm(join(folder, 'benchmark.json'), { force: true })
  await mkdir(join(folder, 'earlier'))
  await writeFile(join(folder, 'earlier', 'first.md'), '# Benchmark, before anything\n\nText.\n')
  expect((await render()).code).toBe(0)
  expect(await readFile(join(folder, 'benchmark.md'), 'utf8')).toContain('[before anything](earlier/first.md).')
})
