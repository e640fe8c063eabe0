import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { scanFolder } from './scan-folder.ts'

async function folderWith(...files: string[]): Promise<string> {
  const root = await temporaryFolder()
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), '{"formatVersion": 1}')
  }
  return root
}

test('datasets and checkpoints are found three levels deep, not inside each other and not where dots hide them', async () => {
  const root = await folderWith(
    'pegs/dataset.json',
    'pegs/inner/dataset.json',
    'a/b/c/config.json',
    'a/b/c/d/config.json',
    'x/y/z/too-deep/dataset.json',
    '.studio-trash/dataset.json',
    'node_modules/pack/config.json',
  )
  expect(await scanFolder(root)).toEqual({ datasets: ['pegs'], checkpoints: ['a/b/c'], warnings: [] })
})

test('a config.json without formatVersion belongs to somebody else', async () => {
  const root = await folderWith(
    'other/config.json',
    'broken/config.json',
    'cut-short/config.json',
    'cut-short/metrics.jsonl',
  )
  await writeFile(join(root, 'other/config.json'), '{"name": "model"}')
  for (const name of ['broken', 'cut-short']) await writeFile(join(root, name, 'config.json'), '{"form')
  expect((await scanFolder(root)).checkpoints).toEqual(['cut-short'])
})

test('a folder that is missing or empty holds nothing', async () => {
  const nothing = { datasets: [], checkpoints: [], warnings: [] }
  const root = await temporaryFolder()
  expect(await scanFolder(root)).toEqual(nothing)
  expect(await scanFolder(join(root, 'missing'))).toEqual(nothing)
})

test('what cannot be addressed, and links that lead out, are named', async () => {
  const root = await folderWith('my data/dataset.json', 'real/dataset.json')
  await symlink(await folderWith('dataset.json'), join(root, 'out'))
  await symlink(join(root, 'real'), join(root, 'in'))
  await symlink(join(root, 'nowhere'), join(root, 'dead'))
  const { datasets, warnings } = await scanFolder(root)
  expect(datasets).toEqual(['in', 'real'])
  expect(warnings.sort()).toEqual([
    'my data: left out, expected a name of letters, digits, dots and dashes',
    'out: a link that leads out of the data folder, not followed',
  ])
})

test('a data folder that is a dataset itself is told so', async () => {
  expect(await scanFolder(await folderWith('dataset.json'))).toMatchObject({
    datasets: [],
    warnings: ['the data folder is itself a dataset: start with the folder that holds it'],
  })
})
