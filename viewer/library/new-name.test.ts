import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { placeFor } from './new-name.ts'

async function folderWithWork(): Promise<string> {
  const folder = await temporaryFolder()
  for (const name of ['data/pegs', 'runs/policy', 'plain']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'data/pegs/dataset.json'), '{}')
  await writeFile(join(folder, 'runs/policy/config.json'), '{"formatVersion": 1}')
  return folder
}

test('what is new may lie beside what there is, in folders that are none of both, and may be there already', async () => {
  const folder = await folderWithWork()
  for (const id of ['new', 'data/more', 'plain/a/b', 'data/pegs', 'evaluations']) {
    expect(await placeFor(folder, id)).toBe(join(folder, id))
  }
})

test('where it would not be found again, or in the way of something else, nothing is put', async () => {
  const folder = await folderWithWork()
  await symlink(await temporaryFolder(), join(folder, 'out'))
  for (const [id, problem] of [
    ['out/new', 'a link leads out of it'],
    ['../new', 'is not inside the data folder'],
    ['a/b/c/d', 'expected a name of at most 3 parts'],
    ['data/pegs/episodes', 'would lie inside of data/pegs'],
    ['runs/policy/more', 'would lie inside of runs/policy'],
    ['runs/policy.evaluations', 'are for evaluations'],
    ['runs/policy.Evaluations/x', 'are for evaluations'],
  ] as const) {
    await expect(placeFor(folder, id), id).rejects.toThrow(problem)
    await expect(placeFor(folder, id), id).rejects.toMatchObject({ name: 'UserError' })
  }
})
