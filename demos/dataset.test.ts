import { readdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { checkNewDataset, createDataset, nextEpisodePath, openDataset, readDataset } from './dataset.ts'
import type { EpisodeMetadata, EpisodeOutcome } from './episode.ts'
import { DatasetError } from './errors.ts'
import { exampleFrames, exampleMetadata, exampleOutcome, temporaryFolder } from './example-episode.ts'
import { EpisodeWriter } from './writer.ts'

const { settings, ...info } = exampleMetadata

async function record(
  folder: string,
  {
    metadata = exampleMetadata,
    outcome = exampleOutcome,
  }: { metadata?: EpisodeMetadata; outcome?: EpisodeOutcome } = {},
): Promise<string> {
  const writer = await EpisodeWriter.create(await nextEpisodePath(folder), metadata)
  for (const frame of exampleFrames(3)) await writer.append(frame)
  await writer.finish(outcome)
  return writer.path
}

async function newDataset(): Promise<string> {
  const folder = join(await temporaryFolder(), 'dataset')
  await createDataset(folder, info)
  return folder
}

test('a dataset is made, recorded into and read back in order', async () => {
  const folder = await newDataset()
  const first = await record(folder)
  const second = await record(folder, { metadata: { ...exampleMetadata, seed: 8 } })
  expect([first, second]).toEqual([join(folder, 'episodes/000000.mcap'), join(folder, 'episodes/000001.mcap')])

  expect(await openDataset(folder)).toEqual({ folder, info, episodePaths: [first, second], leftovers: [] })
  const contents = await readDataset(folder)
  expect(contents.info).toEqual(info)
  expect(contents.episodes.map(({ metadata }) => metadata.seed)).toEqual([7, 8])
  expect(contents.warnings).toEqual([])
})

test('dataset.json is JSON for people, and written under another name first', async () => {
  const folder = await newDataset()
  expect(await readFile(join(folder, 'dataset.json'), 'utf8')).toBe(`${JSON.stringify(info, null, 2)}\n`)
  expect(await readdir(folder)).toEqual(['dataset.json', 'episodes'])
})

test('the next episode comes after the highest number, unfinished ones included', async () => {
  const folder = await newDataset()
  await writeFile(join(folder, 'episodes/000003.mcap'), '')
  expect(await nextEpisodePath(folder)).toBe(join(folder, 'episodes/000004.mcap'))
  await writeFile(join(folder, 'episodes/000006.mcap.part'), '')
  expect(await nextEpisodePath(folder)).toBe(join(folder, 'episodes/000007.mcap'))
  await writeFile(join(folder, 'episodes/by-hand.mcap'), '')
  expect(await nextEpisodePath(folder)).toBe(join(folder, 'episodes/000007.mcap'))
})

test('warnings tell of what is half written, cut, unfinished, unreadable, not seated or of another task', async () => {
  const folder = await newDataset()
  const good = await record(folder)
  const failed = await record(folder, {
    outcome: { ...exampleOutcome, seated: false, reason: 'jammed', seatSeconds: null },
  })
  const cut = await record(folder)
  await truncate(cut, 12_000)
  const other = await record(folder, { metadata: { ...exampleMetadata, task: 'usb-c' } })
  const unreadable = await nextEpisodePath(folder)
  await writeFile(unreadable, 'not an episode')
  const half = await EpisodeWriter.create(await nextEpisodePath(folder), exampleMetadata)
  const empty = await EpisodeWriter.create(await nextEpisodePath(folder), exampleMetadata)
  for (const writer of [half, empty]) await writer.leave()
  await rename(empty.partPath, empty.path)

  const { episodes, warnings } = await readDataset(folder)
  expect(episodes.map(({ path, outcome }) => [path, outcome?.seated])).toEqual([
    [good, true],
    [failed, false],
    [cut, undefined],
    [other, true],
  ])
  expect(warnings).toEqual([
    `${half.partPath}: an unfinished recording, left out; its whole frames can still be read, or delete it`,
    `${failed}: did not seat (jammed), leave it out of training`,
    expect.stringMatching(/000002\.mcap: file ends at byte 12000 .*no outcome recorded$/),
    `${other}: shows the task "usb-c", the dataset is of "square-peg"`,
    expect.stringMatching(/000004\.mcap: not an MCAP file: .*; left out$/),
    expect.stringMatching(/000006\.mcap: file ends at byte \d+ without its closing records: no outcome recorded$/),
    `${empty.path}: no whole frame, left out`,
  ])
  await half.discard()
})

test('a dataset without a readable episode is refused, with the reasons and the way to record one', async () => {
  const folder = await newDataset()
  await expect(readDataset(folder)).rejects.toThrow(
    `${folder}: expected at least one finished episode, found none; ` +
      `record some: npx tenon record --task square-peg --out ${folder}`,
  )
  await writeFile(join(folder, 'episodes/000000.mcap'), '')
  await expect(readDataset(folder)).rejects.toThrow(/000000\.mcap: the file is empty, expected an MCAP file; left out/)
})

test('a folder that is missing, or holds other things, is no dataset', async () => {
  const folder = await temporaryFolder()
  const missing = join(folder, 'none')
  await expect(openDataset(missing)).rejects.toThrow(DatasetError)
  await expect(openDataset(missing)).rejects.toThrow(
    `${missing}: expected a dataset (a folder with dataset.json), there is no such folder; ` +
      `make one with: npx tenon record --task NAME --out ${missing}`,
  )
  await expect(openDataset(folder)).rejects.toThrow('found nothing; make one with: npx tenon record')
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await writeFile(join(folder, name), '')
  await expect(openDataset(folder)).rejects.toThrow(
    'found a, b, c, d, e and 2 more; name a folder that tenon record made',
  )
  await expect(openDataset(join(folder, 'a'))).rejects.toThrow(`${join(folder, 'a')}: expected a folder, got a file`)
})

test.each([
  ['is no JSON', 'task: peg', 'expected JSON: '],
  ['is no object', '[]', 'Invalid input: expected object, received array'],
  [
    'has an unknown key',
    JSON.stringify({ ...info, colour: 'red' }),
    'Unrecognized key: "colour", expected only formatVersion, task',
  ],
  [
    'lacks a key',
    JSON.stringify({ ...info, noise: undefined }),
    'noise: Invalid input: expected string, received undefined',
  ],
  [
    'is newer',
    JSON.stringify({ ...info, formatVersion: 2, colour: 'red' }),
    'formatVersion: expected 1, got 2; a newer tenon wrote it',
  ],
])('a dataset.json that %s is refused by name', async (_, text, message) => {
  const folder = await newDataset()
  await writeFile(join(folder, 'dataset.json'), text)
  await expect(openDataset(folder)).rejects.toThrow(DatasetError)
  await expect(openDataset(folder)).rejects.toThrow(`${join(folder, 'dataset.json')}: ${message}`)
})

test('an info that is not valid makes no folder', async () => {
  const folder = join(await temporaryFolder(), 'dataset')
  await expect(createDataset(folder, { ...info, seed: 0.5 })).rejects.toThrow(/dataset\.json: seed: .*0\.5|seed: .*int/)
  await expect(openDataset(folder)).rejects.toThrow('there is no such folder')
})

test('whoever names a folder next to a dataset is told which was meant', async () => {
  const folder = await newDataset()
  const parent = join(folder, '..')
  await expect(openDataset(parent)).rejects.toThrow(`did you mean ${relative('', folder)}?`)
  await expect(openDataset(join(folder, 'episodes'))).rejects.toThrow('make one with')
  await record(folder)
  await expect(openDataset(join(folder, 'episodes'))).rejects.toThrow(`did you mean ${relative('', folder)}?`)
  const other = await temporaryFolder()
  await writeFile(join(other, 'config.json'), '{}')
  await expect(openDataset(other)).rejects.toThrow('found config.json; name a folder that tenon record made')
})

test('a folder that is not empty is refused unless forced', async () => {
  const folder = await newDataset()
  const episode = await record(folder)
  await expect(createDataset(folder, info)).rejects.toThrow(
    `${folder}: expected a new or empty folder, found dataset.json, episodes; choose another folder, or overwrite it with --force`,
  )
  expect((await openDataset(folder)).episodePaths).toEqual([episode])
})

test('a dataset that was begun and holds no episode is as good as an empty folder, one with an unfinished recording is not', async () => {
  const folder = await newDataset()
  await createDataset(folder, { ...info, task: 'usb-c' })
  expect((await openDataset(folder)).info.task).toBe('usb-c')
  const writer = await EpisodeWriter.create(await nextEpisodePath(folder), exampleMetadata)
  await writer.leave()
  await expect(createDataset(folder, info)).rejects.toThrow('expected a new or empty folder')
  const noted = await newDataset()
  await writeFile(join(noted, 'notes.txt'), '')
  await expect(createDataset(noted, info)).rejects.toThrow('expected a new or empty folder')
})

test('whether one can be made is told without touching anything', async () => {
  const folder = await newDataset()
  const episode = await record(folder)
  await expect(checkNewDataset(folder)).rejects.toThrow('expected a new or empty folder')
  await checkNewDataset(folder, { force: true })
  expect((await openDataset(folder)).episodePaths).toEqual([episode])
  const nowhere = join(await temporaryFolder(), 'new')
  await checkNewDataset(nowhere)
  await expect(openDataset(nowhere)).rejects.toThrow('there is no such folder')
})

test('force replaces a dataset, unfinished recordings included', async () => {
  const folder = await newDataset()
  await record(folder)
  const writer = await EpisodeWriter.create(await nextEpisodePath(folder), exampleMetadata)
  await writer.leave()
  await createDataset(folder, { ...info, task: 'usb-c' }, { force: true })
  expect(await openDataset(folder)).toMatchObject({ info: { task: 'usb-c' }, episodePaths: [], leftovers: [] })
})

test('force never touches a folder that is no dataset, or holds anything else', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'thesis.tex'), '')
  await expect(createDataset(folder, info, { force: true })).rejects.toThrow(
    `${folder}: not replaced, because it is not a dataset that tenon made: `,
  )

  const withNotes = await newDataset()
  const episode = await record(withNotes)
  await writeFile(join(withNotes, 'notes.txt'), '')
  await expect(createDataset(withNotes, info, { force: true })).rejects.toThrow(
    `${withNotes}: not replaced, because besides a dataset it holds notes.txt; move that away, or choose another`,
  )
  expect((await openDataset(withNotes)).episodePaths).toEqual([episode])

  const withVideo = await newDataset()
  await record(withVideo)
  await writeFile(join(withVideo, 'episodes/000000.mp4'), '')
  await expect(createDataset(withVideo, info, { force: true })).rejects.toThrow('it holds episodes/000000.mp4;')
  expect((await openDataset(withVideo)).episodePaths).toHaveLength(1)
})

test('force does not follow a link out of the folder', async () => {
  const elsewhere = await newDataset()
  const episode = await record(elsewhere)
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'dataset.json'), JSON.stringify(info))
  await symlink(join(elsewhere, 'episodes'), join(folder, 'episodes'))
  await expect(createDataset(folder, info, { force: true })).rejects.toThrow('it holds episodes;')
  expect((await openDataset(elsewhere)).episodePaths).toEqual([episode])
})

test('a dataset that a crash left without its name can be made again', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'dataset.json.part'), '{')
  await createDataset(folder, info)
  expect(await readdir(folder)).toEqual(['dataset.json', 'episodes'])
})
