import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { readDataset } from '../demos/index.ts'
import { type Intrinsics, project, type Rgbd, relative, type Vec3 } from '../geometry/index.ts'
import { SimRobot } from '../sim/index.ts'
import { type Ended, exampleRgbd, tenon, testFolder, writeExampleDataset } from './child.ts'
import { type RecordOptions, record as recordDataset } from './record.ts'

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

test('--json answers with one object on stdout, and everything else goes to stderr', async () => {
  expect(first.stdout).toMatch(/^\{.*\}\n$/)
  expect(JSON.parse(first.stdout)).toEqual({
    dataset: 'first',
    episodes: 2,
    seated: 2,
    medianSeconds: expect.any(Number),
    pictures: 0,
    bytes: (await episodeBytes('first')).reduce((sum, { length }) => sum + length, 0),
  })
  expect(first.stderr).toMatch(/^recording 2\/2 .* · 2 seated · 1\.\d MB$/m)
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

describe('with --rgbd', () => {
  const options = (out: string): RecordOptions => ({
    ...{ task: 'square-peg', clearance: 0.1, chamfer: 0.5, noise: 'none', episodes: 1, seed: 3 },
    ...{ out: join(folder, out), rgbd: true, pictureSize: { width: 32, height: 24 } },
  })

  /** Puts another camera, or none, in the place of the simulated robot's. */
  async function withRobot<T>(camera: (stamp: number) => Rgbd | undefined, task: () => Promise<T>): Promise<T> {
    const observe = SimRobot.prototype.observe
    const spy = vi.spyOn(SimRobot.prototype, 'observe').mockImplementation(async function (this: SimRobot) {
      const { stamp, source, target, eeInBase, wrench } = await observe.call(this)
      const rgbd = camera(stamp)
      return { stamp, source, target, eeInBase, ...(wrench ? { wrench } : {}), ...(rgbd ? { rgbd } : {}) }
    })
    return task().finally(() => spy.mockRestore())
  }
  /** A camera that counts its pictures. */
  const withCamera = <T>(task: () => Promise<T>) => withRobot((stamp) => exampleRgbd(Math.round(stamp * 30) % 24), task)
  const withoutCamera = <T>(task: () => Promise<T>) => withRobot(() => undefined, task)

  test('the simulated robot has a camera, whose pictures show the parts', async () => {
    const { dataset } = await recordDataset({ ...options('simulated'), pictureSize: { width: 64, height: 64 } })
    const [episode] = (await readDataset(dataset)).episodes
    const { rgbd, targetInCamera } = episode?.frames[0] ?? {}
    expect([rgbd?.intrinsics.width, rgbd?.intrinsics.height]).toEqual([64, 64])
    const [u, v] = project(rgbd?.intrinsics as Intrinsics, targetInCamera?.position as Vec3) as [number, number]
    expect(Math.min(u, v)).toBeGreaterThan(0)
    expect(Math.max(u, v)).toBeLessThan(63)
    expect(episode?.metadata.settings.look).toBe('plain')
  })

  test('every third frame has a picture, of its own moment, and the rest is as without', async () => {
    const result = await withCamera(() => recordDataset(options('seen')))
    const { episodes, warnings } = await readDataset(result.dataset)
    expect(warnings).toEqual([])
    const frames = episodes[0]?.frames ?? []
    // At 30 frames and 10 pictures a second.
    expect(frames.map(({ rgbd }) => rgbd !== undefined)).toEqual(frames.map((_, i) => i % 3 === 0))
    for (const { stamp, rgbd } of frames) {
      if (rgbd) expect(rgbd.rgb).toEqual(exampleRgbd(Math.round(stamp * 30) % 24).rgb)
    }
    expect(result).toMatchObject({ episodes: 1, seated: 1, pictures: Math.ceil(frames.length / 3) })
    expect(episodes[0]?.metadata.settings.pictureRate).toBe(10)

    const { rgbd, ...rest } = options('unseen')
    const blind = await recordDataset({ ...rest, rgbd: false, pictureSize: undefined as never })
    const unseen = (await readDataset(blind.dataset)).episodes[0]?.frames
    expect(frames.map(({ rgbd, ...poses }) => poses)).toEqual(unseen)
  })

  test.each([
    [30, [0, 1, 2, 3, 4, 5, 6]],
    [20, [0, 2, 3, 5, 6]],
    [15, [0, 2, 4, 6]],
  ])('pictures at %i Hz are in the frames nearest to their times', async (pictureRate, expected) => {
    const { dataset } = await withCamera(() => recordDataset({ ...options(`at-${pictureRate}`), pictureRate }))
    const [episode] = (await readDataset(dataset)).episodes
    const withPicture = episode?.frames.slice(0, 7).flatMap(({ rgbd }, i) => (rgbd ? [i] : []))
    expect(withPicture).toEqual(expected)
  })

  test('a camera that takes pictures of another size is refused', async () => {
    const refusal = withCamera(() => recordDataset({ ...options('small'), pictureSize: { width: 160, height: 120 } }))
    await expect(refusal).rejects.toThrow("the robot's camera takes pictures of 32x24, got --picture-size 160x120")
    expect(await readdir(folder)).not.toContain('small')
  })

  test('a robot without a camera is refused before a dataset is begun, or with --force, emptied', async () => {
    await expect(withoutCamera(() => recordDataset(options('blind')))).rejects.toThrow(
      'the robot gives no picture: it has no camera, or a part is out of its sight; record without --rgbd',
    )
    expect(await readdir(folder)).not.toContain('blind')
    await writeExampleDataset(join(folder, 'kept'), 2)
    const again = withoutCamera(() => recordDataset({ ...options('kept'), force: true }))
    await expect(again).rejects.toThrow('the robot gives no picture')
    expect(await episodeBytes('kept')).toHaveLength(2)
  })
})
