import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readDataset } from '../demos/index.ts'
import { relative } from '../geometry/index.ts'
import { type Ended, tenon, testFolder } from './child.ts'

const folder = await testFolder()
const record = (out: string, seed: number, episodes: number) =>
  tenon(
    folder,
    ...['record', '--task', 'square-peg', '--noise', 'tracker', '--out', out, '--json'],
    ...['--seed', String(seed), '--episodes', String(episodes)],
  )

let first: Ended
beforeAll(async () => {
  const runs = await Promise.all([record('first', 3, 2), record('again', 3, 2), record('other', 4, 1)])
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
  first = runs[0]
}, 60_000)

const episodeBytes = async (dataset: string) => {
  const names = await readdir(join(folder, dataset, 'episodes'))
  return Promise.all(names.sort().map((name) => readFile(join(folder, dataset, 'episodes', name))))
}

test('the same seed records the same bytes, another seed others', async () => {
  const [one, two] = await episodeBytes('first')
  const [oneAgain, twoAgain] = await episodeBytes('again')
  expect(one?.equals(oneAgain as Buffer)).toBe(true)
  expect(two?.equals(twoAgain as Buffer)).toBe(true)
  expect(one?.equals(two as Buffer)).toBe(false)
  const [other] = await episodeBytes('other')
  expect(one?.equals(other as Buffer)).toBe(false)
})

test('--json answers with one object on stdout, and everything else goes to stderr', () => {
  expect(first.stdout).toMatch(/^\{.*\}\n$/)
  expect(JSON.parse(first.stdout)).toEqual({
    dataset: 'first',
    episodes: 2,
    seated: 2,
    medianSeconds: expect.any(Number),
  })
  expect(first.stderr).toContain('recording 2/2')
  expect(first.stderr).toContain('2 of 2 demonstrations seated, in first\n')
})

test('what is recorded can be read without a warning, and shows the part reaching its seat', async () => {
  const { info, episodes, warnings } = await readDataset(join(folder, 'first'))
  expect(info).toEqual({
    formatVersion: 1,
    task: 'square-peg',
    clearanceMm: 0.1,
    chamferMm: 0.5,
    seed: 3,
    recordedFrom: 'expert',
    noise: 'tracker',
  })
  expect(warnings).toEqual([])
  expect(episodes).toHaveLength(2)
  for (const { frames, outcome } of episodes) {
    expect(outcome).toMatchObject({ seated: true, reason: 'seated' })
    // A frame every 1/30 s until the part was seated and released.
    expect(frames.length / 30).toBeGreaterThan(outcome?.seatSeconds as number)
    const [start, end] = [frames[0], frames.at(-1)].map((frame) => {
      if (!frame) throw new Error('expected frames')
      return relative(frame.targetInCamera, frame.sourceInCamera)
    })
    expect(start?.position[2]).toBeGreaterThan(0)
    // The tracker is wrong by less than 2 mm, the seat 20 mm deep.
    expect(end?.position[2]).toBeLessThan(-0.017)
  }
})
