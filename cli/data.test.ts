import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { framesWithPictures } from '../demos/example-episode.ts'
import { openDataset } from '../demos/index.ts'
import { buildMcap, messageOn, rawMessages } from '../demos/raw-episode.ts'
import { tenon, testFolder, writeExampleDataset } from './child.ts'
import { inspectDataset } from './data.ts'

const folder = await testFolder()
const at = (...path: string[]) => join(folder, ...path)

test('inspect lists the episodes, with what is unfinished, unreadable or half written', async () => {
  await writeExampleDataset(at('mixed'), 4, { pictures: 5 })
  const { episodePaths } = await openDataset(at('mixed'))
  await truncate(episodePaths[1] as string, 30_000)
  await writeFile(episodePaths[2] as string, 'not an episode')
  await writeFile(at('mixed/episodes/000009.mcap.part'), '')
  const { code, stdout, stderr } = await tenon(folder, 'data', 'inspect', 'mixed', '--json')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const size = (await readFile(episodePaths[0] as string)).length
  const whole = {
    frames: 30,
    seconds: 0.966666667,
    pictures: 5,
    pictureSize: { width: 32, height: 24 },
    bytes: size,
    hints: [],
  }
  const result = JSON.parse(stdout)
  expect(result).toEqual({
    dataset: 'mixed',
    task: 'square-peg',
    episodes: [
      { ...whole, path: 'mixed/episodes/000000.mcap', seated: true, peakForceN: 1 },
      {
        ...{ ...whole, path: 'mixed/episodes/000001.mcap', seated: null, peakForceN: null, bytes: 30_000 },
        ...{ frames: expect.any(Number), seconds: expect.any(Number), pictures: expect.any(Number) },
      },
      { ...whole, path: 'mixed/episodes/000003.mcap', seated: true, peakForceN: 1, bytes: expect.any(Number) },
    ],
    warnings: [
      expect.stringContaining('mixed/episodes/000009.mcap.part: an unfinished recording'),
      expect.stringMatching(/^mixed\/episodes\/000001\.mcap: file ends at byte 30000 .*no outcome recorded$/),
      expect.stringMatching(/^mixed\/episodes\/000002\.mcap: not an MCAP file: .*; left out$/),
    ],
  })
  expect(result.episodes[1].frames).toBeLessThan(30)

  for (const warning of result.warnings) expect(stderr).toContain(`warning: ${warning}\n`)
  expect(stderr).toMatch(/^episode {2}frames {2}seconds {2}pictures {4}size {4}seated {6}peak N$/m)
  expect(stderr).toMatch(/^000000 {3}30 {6}1\.0 {6}5 of 32×24 {2}0\.1 MB {2}yes {9}1\.0$/m)
  expect(stderr).toMatch(/^000001 .* unfinished {2}–$/m)
  expect(stderr).toMatch(/^mixed: 3 episodes of square-peg, 2 seated, \d+ frames, 1\d pictures, 0\.\d MB$/m)
})

test('--pictures goes on after a damaged picture, and says where it is', async () => {
  await writeExampleDataset(at('damaged'), 2, { pictures: 5 })
  const { episodePaths } = await openDataset(at('damaged'))
  const messages = rawMessages(framesWithPictures(3))
  messageOn(messages, '/camera/color', 1).body.data[50] ^= 1
  await writeFile(episodePaths[0] as string, await buildMcap(messages))
  const { episodes, warnings } = await inspectDataset(at('damaged'), { pictures: at('damaged-sheets') })
  expect(episodes).toHaveLength(2)
  expect(warnings).toEqual([
    expect.stringMatching(/000000\.mcap: frame 2 \(0\.2 s\): colour: the PNG is damaged: .*; no sheet is drawn of it$/),
  ])
  expect(await readdir(at('damaged-sheets'))).toEqual(['000001.png'])
})

test('inspect of an empty dataset says that it is empty', async () => {
  await writeExampleDataset(at('empty'), 0)
  expect(await inspectDataset(at('empty'))).toMatchObject({ episodes: [], warnings: [] })
})

test('--pictures draws a sheet for every episode that has some, and overwrites with --force alone', async () => {
  await writeExampleDataset(at('seen'), 2, { pictures: 20 })
  const inspect = (force?: true) => inspectDataset(at('seen'), { pictures: at('sheets'), ...(force ? { force } : {}) })
  await inspect()
  expect(await readdir(at('sheets'))).toEqual(['000000.png', '000001.png'])
  const sheet = await readFile(at('sheets/000000.png'))
  const { width, height, data } = decode(sheet)
  // Six pictures of 32×24 beside each other, colour and depth, 4 pixels around each.
  expect({ width, height }).toEqual({ width: 6 * 36 + 4, height: 2 * 28 + 4 })
  const pixel = (x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]
  // The first picture, with the square at its left, and the last, of frame 19, with the square at 19.
  expect(pixel(4, 4 + 8)).toEqual([200, 30, 30])
  expect(pixel(4 + 5 * 36 + 18, 4 + 8)).toEqual([128, 128, 128])
  expect(pixel(4 + 5 * 36 + 19, 4 + 8)).toEqual([200, 30, 30])
  // Below: the square is near, the floor far, and the corner is a hole.
  expect(pixel(4, 32 + 8)).toEqual([253, 231, 37])
  expect(pixel(4 + 12, 32 + 8)).toEqual([68, 1, 84])
  expect(pixel(4, 32)).toEqual([0, 0, 0])

  await expect(inspect()).rejects.toThrow('sheets is not empty: choose another folder, or overwrite what is there with')
  // A longer dataset's sheet would pass for this one's; what a person put there is left alone.
  for (const name of ['000007.png', 'notes.txt']) await writeFile(at('sheets', name), 'before')
  await inspect(true)
  expect(await readFile(at('sheets/000000.png'))).toEqual(sheet)
  expect(await readdir(at('sheets'))).toEqual(['000000.png', '000001.png', 'notes.txt'])
})
