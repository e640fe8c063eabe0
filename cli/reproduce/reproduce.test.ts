import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { start, TENON, tenon, testFolder, writeJson } from '../child.ts'

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

test('results that were put aside are taken up again when their code comes back', async () => {
  const { code } = JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))
  const cells = [1, 2].map((episodes) => ({ cell: { episodes }, result: {} }))
  await writeJson(join(folder, `benchmark-${code.slice(0, 8)}.json`), { code, cells, demonstrations: { pegs: [1] } })
  expect((await render()).code).toBe(0)
  const known = JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))
  expect(known).toEqual({ code, cells, demonstrations: { pegs: [1] } })
  // Putting aside what knows less loses nothing either.
  await writeJson(join(folder, 'benchmark-01234567.json'), { code: '0123456789abcdef', cells, demonstrations: {} })
  await writeJson(join(folder, 'benchmark.json'), {
    code: '0123456789abcdef',
    cells: cells.slice(1),
    demonstrations: {},
  })
  await render()
  const aside = JSON.parse(await readFile(join(folder, 'benchmark-01234567.json'), 'utf8'))
  expect(aside.cells).toHaveLength(2)
})

test('of earlier versions those are told of that measured what is shown', async () => {
  const { code } = JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))
  const [first, second] = ['1', '2'].map((digit) => digit.repeat(64))
  const alike = [
    { code: first, as: second, seen: 'the first change' },
    { code: second, as: code, seen: 'the second change' },
  ]
  const cells = [{ cell: { episodes: 1 }, result: {}, code: second }]
  await writeJson(join(folder, 'benchmark.json'), { code, alike, cells, demonstrations: {} })
  await render()
  const page = await readFile(join(folder, 'benchmark.md'), 'utf8')
  expect(page).toContain('- the second change.')
  expect(page).not.toContain('the first change')
})

test('what holds by comparison says so, too, when it was put aside', async () => {
  const { code } = JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))
  const before = '3'.repeat(64)
  const [here, there] = [1, 2].map((episodes) => ({ cell: { episodes }, result: {} }))
  const alike = [{ code: before, as: code, seen: 'the third change' }]
  const aside = join(folder, `benchmark-${code.slice(0, 8)}.json`)
  await writeJson(join(folder, 'benchmark.json'), { code, cells: [here], demonstrations: {} })
  await writeJson(aside, { code, alike, cells: [{ ...there, code: before }], demonstrations: {} })
  await render()
  expect(JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))).toMatchObject({
    alike,
    cells: [here, { ...there, code: before }],
  })
  expect(await readFile(join(folder, 'benchmark.md'), 'utf8')).toContain('- the third change.')
  await rm(aside)
})

test('results that cannot be read are not taken for none, which would write over them', async () => {
  await rm(join(folder, 'benchmark.json'))
  await mkdir(join(folder, 'benchmark.json'))
  const { code, stderr } = await render()
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('benchmark.json cannot be read: '),
  })
  await rm(join(folder, 'benchmark.json'), { recursive: true })
})

test('results that are no JSON are left alone', async () => {
  await writeFile(join(folder, 'benchmark.json'), '{')
  const { code, stderr } = await render()
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('is not JSON') })
  expect(await readFile(join(folder, 'benchmark.json'), 'utf8')).toBe('{')
  await writeFile(join(folder, 'benchmark.json'), '{"cells": 3}')
  expect((await render()).stderr).toContain('error: benchmark.json holds no results of tenon reproduce')
})

test('pages of earlier versions are linked', async () => {
  await rm(join(folder, 'benchmark.json'), { force: true })
  await mkdir(join(folder, 'earlier'))
  await writeFile(join(folder, 'earlier', 'first.md'), '# Benchmark, before anything\n\nText.\n')
  expect((await render()).code).toBe(0)
  expect(await readFile(join(folder, 'benchmark.md'), 'utf8')).toContain('[before anything](earlier/first.md).')
})

test('Ctrl-C writes the page, and says by its exit code that something is missing', { timeout: 60_000 }, async () => {
  const args = [TENON, 'reproduce', '--quick', '--out', 'quick']
  const { child, said, ended } = start(folder, process.execPath, args, { detached: true })
  await said('recording')
  // A terminal tells all that was started, the compiler of the sources included.
  process.kill(-(child.pid as number), 'SIGINT')
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted: run again to go on') })
  expect(await readFile(join(folder, 'quick', 'benchmark.md'), 'utf8')).toContain('Not everything was measured')
  // What was begun is gone on with: the source is as it was.
  expect(await readdir(join(folder, 'quick', 'datasets'))).toEqual([expect.stringMatching(/\.unfinished$/)])
})

test('what would measure nothing is refused', async () => {
  const { code, stderr } = await tenon(folder, 'reproduce', '--quick', '--only', 'settings', '--out', 'nothing')
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing to measure with --only settings'),
  })
})
