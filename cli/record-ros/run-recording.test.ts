import { expect, test } from 'vitest'
import type { Observation } from '../../control/robot.ts'
import type { EpisodeOutcome, Frame } from '../../demos/index.ts'
import { makePose, type Pose } from '../../geometry/index.ts'
import { exampleRgbd } from '../child.ts'
import { type EpisodeSink, LiveRecording } from './live-recording.ts'
import { obey, runRecording, type WatchedRobot, waitForStreams } from './run-recording.ts'
import type { StreamState } from './streams.ts'

/** An arm that sinks by 1 mm each 33 ms of a clock that only the test moves on. */
class FakeArm implements WatchedRobot {
  readonly cameraInBase = makePose([0, 0, 1])
  time = 0
  /** streams that are silent, by name */
  readonly silent = new Set<string>()
  failure: Error | undefined
  command: Pose | undefined
  picturesRead = 0

  async observe(): Promise<Observation> {
    if (this.failure) throw this.failure
    const tick = Math.floor(this.time * 30)
    const seen = (z: number) => ({ pose: makePose([0, 0, z]), stamp: tick / 30, confidence: 1 })
    const count = () => this.picturesRead++
    return {
      stamp: 1000 + tick / 30,
      source: seen(0.5),
      target: seen(0.6),
      eeInBase: makePose([0.5, 0, 0.3 - tick / 1000]),
      wrench: { force: [0, 0, -tick], torque: [0, 0, 0] },
      get rgbd() {
        count()
        return exampleRgbd(0)
      },
    }
  }

  streams(): StreamState[] {
    return ['ee', 'source'].map((name) => ({
      name: name as 'ee' | 'source',
      topic: `/${name}`,
      leastRate: 20,
      staleAfter: 0.2,
      rate: 30,
      age: this.silent.has(name) ? undefined : 0.01,
    }))
  }

  commandInBase(): Pose | undefined {
    return this.command
  }
}

class Memory implements EpisodeSink {
  readonly frames: Frame[] = []
  readonly byteCount = 0
  outcome: EpisodeOutcome | undefined
  discarded = false
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
  async append(frame: Frame): Promise<void> {
    this.frames.push(frame)
  }
  async finish(outcome: EpisodeOutcome): Promise<void> {
    this.outcome = outcome
  }
  async discard(): Promise<void> {
    this.discarded = true
  }
}

/** Runs a recording in which things happen at given times, s. */
async function play(
  script: readonly [number, (stage: Stage) => unknown][],
  { rgbd = false, episodes }: { rgbd?: boolean; episodes?: number } = {},
) {
  const arm = new FakeArm()
  const sinks: Memory[] = []
  const told: string[] = []
  const statuses: string[] = []
  const controller = new AbortController()
  const recording = new LiveRecording(async () => {
    const sink = new Memory(`${sinks.length}.mcap`)
    sinks.push(sink)
    return sink
  })
  const stage: Stage = {
    arm,
    interrupt: () => controller.abort(),
    say: async (word) => told.push(await obey({ robot: arm, recording }, word)),
  }
  let next = 0
  await runRecording({
    robot: arm,
    recording,
    signal: controller.signal,
    rgbd,
    episodes,
    tell: (text) => told.push(text),
    status: (text) => statuses.push(text),
    sleep: async (seconds) => {
      arm.time += seconds
      for (let due = script[next]; due && due[0] <= arm.time; due = script[next]) {
        next++
        await due[1](stage)
      }
      if (arm.time > 60) throw new Error('the script did not end the recording')
    },
  })
  return { sinks, told, statuses, arm, kept: recording.kept }
}
interface Stage {
  arm: FakeArm
  interrupt(): void
  say(word: Parameters<typeof obey>[1]): Promise<unknown>
}

test('an episode holds each observation once, with its stamp, command and wrench', async () => {
  const { sinks, kept } = await play([
    [1, ({ say }) => say('start')],
    [1.5, ({ arm }) => (arm.command = makePose([0.1, 0.2, 0.3]))],
    [2, ({ say }) => say('good')],
    [3, ({ say }) => say('quit')],
  ])
  const frames = sinks[0]?.frames ?? []
  // From 1 s to 2 s at 30 Hz.
  expect(frames.length).toBeGreaterThanOrEqual(30)
  expect(frames.length).toBeLessThanOrEqual(31)
  frames.forEach(({ stamp }, i) => {
    expect(stamp).toBeCloseTo((frames[0]?.stamp ?? 0) + i / 30, 9)
  })
  expect(frames[0]?.stamp).toBeCloseTo(1001, 1)
  expect(frames[0]).not.toHaveProperty('commandInBase')
  expect(frames.at(-1)?.commandInBase).toEqual(makePose([0.1, 0.2, 0.3]))
  // 1 N more each frame: the last, from 2 s, has 59 or 60.
  expect(sinks[0]?.outcome?.peakForceN).toBeGreaterThanOrEqual(59)
  expect(kept).toHaveLength(1)
})

test('pictures are written when asked for, and not even unpacked otherwise', async () => {
  const script: [number, (stage: Stage) => unknown][] = [
    [1, ({ say }) => say('start')],
    [2, ({ say }) => say('good')],
    [2.1, ({ say }) => say('quit')],
  ]
  const without = await play(script)
  expect([without.kept[0]?.pictures, without.arm.picturesRead]).toEqual([0, 0])
  const { kept } = await play(script, { rgbd: true })
  expect(kept[0]?.pictures).toBe(kept[0]?.frames)
})

test('enough episodes end the recording', async () => {
  const { kept } = await play(
    [
      [1, ({ say }) => say('start')],
      [2, ({ say }) => say('good')],
      [3, ({ say }) => say('start')],
      [4, ({ say }) => say('bad')],
    ],
    { episodes: 2 },
  )
  expect(kept.map(({ good }) => good)).toEqual([true, false])
})

test('Ctrl-C keeps the episode underway', async () => {
  const { sinks, told } = await play([
    [1, ({ say }) => say('start')],
    [2, ({ interrupt }) => interrupt()],
  ])
  expect(sinks[0]?.outcome).toMatchObject({ seated: false, reason: 'interrupted before it was marked' })
  expect(sinks[0]?.frames.length).toBeGreaterThanOrEqual(29)
  expect(told.at(-1)).toBe('kept 0.mcap: interrupted before it was marked')
})

test('an episode does not start while something is missing, and what is missing is told', async () => {
  const { sinks, told } = await play([
    [1, ({ arm }) => arm.silent.add('source')],
    [1.1, ({ say }) => say('toggle')],
    [1.2, ({ arm }) => arm.silent.delete('source')],
    [1.3, ({ say }) => say('toggle')],
    [2, ({ say }) => say('quit')],
  ])
  expect(told[0]).toBe('not started:\n  source: nothing arrives on /source')
  expect(told[1]).toBe('recording 0.mcap')
  expect(sinks).toHaveLength(1)
})

test('a stream that falls silent during an episode is told of once, and once when it is back', async () => {
  const { told, statuses } = await play([
    [1, ({ say }) => say('start')],
    [2, ({ arm }) => arm.silent.add('source')],
    [4, ({ arm }) => arm.silent.delete('source')],
    [5, ({ say }) => say('bad')],
    [5.1, ({ say }) => say('quit')],
  ])
  expect(told.filter((line) => /source/.test(line))).toEqual([
    expect.stringMatching(/^warning: at 1\.0 s: source: nothing arrives on \/source$/),
    'source is back',
  ])
  expect(statuses).toContainEqual(
    expect.stringMatching(/^recording \d\.\d s, \d+ frames · ee 30 Hz · source STALE · space stops/),
  )
})

test('when the robot cannot be seen the episode stops, is not lost, and a new one can follow', async () => {
  const { sinks, told } = await play([
    [1, ({ say }) => say('start')],
    [2, ({ arm }) => (arm.failure = new Error('the connection is down'))],
    [3, ({ arm }) => (arm.failure = undefined)],
    [3.5, ({ say }) => say('good')],
    [4, ({ say }) => say('start')],
    [5, ({ say }) => say('good')],
    [5.1, ({ say }) => say('quit')],
  ])
  expect(sinks.map(({ outcome }) => outcome?.seated)).toEqual([true, true])
  expect(told).toContain('nothing can be seen: the connection is down')
  expect(told).toContainEqual(expect.stringMatching(/^stopped after 1\.0 s/))
  expect(told).toContain('the robot is seen again')
})

test('a recording waits for everything to arrive, and says what does not', async () => {
  const arm = new FakeArm()
  arm.silent.add('ee')
  const wait = (change: () => void) =>
    waitForStreams(arm, {
      patience: 5,
      signal: new AbortController().signal,
      tell: () => {},
      sleep: async (seconds) => {
        arm.time += seconds
        change()
      },
    })
  expect(await wait(() => {})).toEqual(['ee: nothing arrives on /ee'])
  expect(arm.time).toBeCloseTo(5, 9)
  arm.time = 0
  expect(
    await wait(() => {
      if (arm.time > 3) arm.silent.clear()
    }),
  ).toEqual([])
  expect(arm.time).toBeLessThan(3.3)
})
