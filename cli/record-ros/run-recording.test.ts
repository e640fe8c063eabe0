import { expect, test } from 'vitest'
import type { EpisodeOutcome, Frame } from '../../demos/index.ts'
import { makePose, type Pose, type Rgbd } from '../../geometry/index.ts'
import type { StreamState } from '../../robot-bridge/recorded-streams.ts'
import { exampleRgbd } from '../child.ts'
import { type EpisodeSink, LiveRecording } from './live-recording.ts'
import { obey, runRecording, type Watched, waitForStreams } from './run-recording.ts'

/** An arm that sinks by 1 mm each 33 ms of a clock that only the test moves on. */
class FakeArm implements Watched {
  cameraInBase: Pose | undefined = makePose([0, 0, 1])
  time = 0
  /** streams that are silent, by name */
  readonly silent = new Set<string>()
  /** its stamps are so much too low, s */
  setBack = 0
  /** a picture with each frame */
  rgbd: Rgbd | undefined
  #told = -1

  frames(): Frame[] {
    const frames: Frame[] = []
    for (const newest = Math.floor(this.time * 30); this.#told < newest; ) frames.push(frameOf(++this.#told))
    const { rgbd } = this
    return frames.map((frame) => ({ ...frame, stamp: frame.stamp - this.setBack, ...(rgbd && { rgbd }) }))
  }

  skip(): void {
    this.#told = Math.floor(this.time * 30)
  }

  streams(): StreamState[] {
    return ['ee', 'source'].map((name) => ({
      name: name as 'ee' | 'source',
      topic: `/${name}`,
      type: 'geometry_msgs/PoseStamped',
      leastRate: 20,
      staleAfter: 0.2,
      rate: 30,
      age: this.silent.has(name) ? undefined : 0.01,
    }))
  }
}

const frameOf = (tick: number): Frame => ({
  stamp: 1000 + tick / 30,
  sourceInCamera: makePose([0, 0, 0.5]),
  targetInCamera: makePose([0, 0, 0.6]),
  eeInBase: makePose([0.5, 0, 0.3 - tick / 1000]),
  cameraInBase: makePose([0, 0, 1]),
  wrench: { force: [0, 0, -tick], torque: [0, 0, 0] },
})

class Memory implements EpisodeSink {
  readonly frames: Frame[] = []
  readonly byteCount = 0
  outcome: EpisodeOutcome | undefined
  discarded = false
  /** when given, appended frames wait for it */
  gate: Promise<void> | undefined
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
  async append(frame: Frame): Promise<void> {
    await this.gate
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
async function play(script: readonly [number, (stage: Stage) => unknown][], { episodes }: { episodes?: number } = {}) {
  const arm = new FakeArm()
  const sinks: Memory[] = []
  const told: string[] = []
  const statuses: string[] = []
  const controller = new AbortController()
  const recording = new LiveRecording(
    async () => {
      const sink = new Memory(`${sinks.length}.mcap`)
      sinks.push(sink)
      return sink
    },
    { now: () => arm.time },
  )
  const stage: Stage = {
    arm,
    sinks,
    interrupt: () => controller.abort(),
    say: async (word) => told.push(await obey({ robot: arm, recording }, word)),
  }
  let next = 0
  await runRecording({
    robot: arm,
    recording,
    signal: controller.signal,
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
  sinks: Memory[]
  interrupt(): void
  say(word: Parameters<typeof obey>[1]): Promise<unknown>
}

test('an episode holds the frames from its start to its end, each once, with their stamps', async () => {
  const { sinks, kept } = await play([
    [1, ({ say }) => say('start')],
    [2, ({ say }) => say('good')],
    [3, ({ say }) => say('quit')],
  ])
  const frames = sinks[0]?.frames ?? []
  // From 1 s to 2 s at 30 Hz.
  expect(frames.length).toBeGreaterThanOrEqual(29)
  expect(frames.length).toBeLessThanOrEqual(31)
  frames.forEach(({ stamp }, i) => {
    expect(stamp).toBeCloseTo((frames[0]?.stamp ?? 0) + i / 30, 9)
  })
  expect(frames[0]?.stamp).toBeCloseTo(1001, 1)
  // 1 N more each frame: the last, from 2 s, has 59 or 60.
  expect(sinks[0]?.outcome?.peakForceN).toBeGreaterThanOrEqual(59)
  expect(kept).toHaveLength(1)
})

test('what cannot be written ends the recording with its reason, and the episode is whole up to there', async () => {
  const told: string[] = []
  const arm = new FakeArm()
  const sink = new Memory('0.mcap')
  sink.append = async (frame) => {
    if (sink.frames.length === 20) throw new Error('frame 20 not recorded')
    sink.frames.push(frame)
  }
  const recording = new LiveRecording(async () => sink)
  await recording.word('start')
  const loop = runRecording({
    robot: arm,
    recording,
    signal: new AbortController().signal,
    tell: (text) => told.push(text),
    status: () => {},
    sleep: async (seconds) => {
      arm.time += seconds
    },
  })
  await expect(loop).rejects.toThrow('frame 20 not recorded')
  expect(told).toEqual([expect.stringMatching(/^kept 0\.mcap: a frame could not be written, /)])
  expect(sink.outcome).toMatchObject({ seated: false })
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
  expect(told.at(-1)).toMatch(/^kept 0\.mcap: interrupted before it was marked, \d+ frames$/)
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

test.for([
  ['back', 3],
  ['forward', -100],
] as const)(
  'a clock that is set %s ends the episode, kept and not good, and the next begins anew',
  async ([way, by]) => {
    const { sinks, told, kept } = await play([
      [5, ({ say }) => say('start')],
      [
        6,
        ({ arm }) => {
          arm.setBack = by
        },
      ],
      [7, ({ say }) => say('start')],
      [8, ({ say }) => say('good')],
      [9, ({ say }) => say('quit')],
    ])
    expect(told[1]).toMatch(`warning: kept 0.mcap: the clock of the robot was set ${way}, `)
    expect(kept.map(({ good }) => good)).toEqual([false, true])
    expect(sinks[1]?.frames[0]?.stamp).toBeCloseTo(1007 - by, 1)
  },
)

test('frames that come faster than they can be written end the episode, not the recording', async () => {
  let written = () => {}
  const { sinks, told, kept } = await play([
    [1, ({ say }) => say('start')],
    [
      1.01,
      ({ arm, sinks: [sink] }) => {
        arm.rgbd = { ...exampleRgbd(0), rgb: new Uint8Array(100e6) }
        if (sink) {
          sink.gate = new Promise((resolve) => {
            written = resolve
          })
        }
      },
    ],
    [
      2,
      ({ arm }) => {
        arm.rgbd = undefined
      },
    ],
    [2.1, () => written()],
    [3, ({ say }) => say('start')],
    [4, ({ say }) => say('good')],
    [5, ({ say }) => say('quit')],
  ])
  expect(told.slice(1, 3)).toEqual([
    expect.stringMatching(/^warning: 0\.mcap: \d+ frames \(500 MB of pictures\) wait to be written/),
    expect.stringMatching(/^kept 0\.mcap: frames came faster than they could be written, \d+ frames$/),
  ])
  expect(sinks[0]?.outcome).toMatchObject({ seated: false })
  expect(kept.map(({ good }) => good)).toEqual([false, true])
})

test('frames that fail to be written after the stop end the recording too', async () => {
  const sink = new Memory('0.mcap')
  let fail = () => {}
  const arm = new FakeArm()
  const recording = new LiveRecording(async () => sink)
  await recording.word('start')
  sink.append = () =>
    new Promise((_, reject) => {
      fail = () => reject(new Error('the disk is full'))
    })
  recording.see(frameOf(0))
  await recording.word('stop')
  const loop = runRecording({
    robot: arm,
    recording,
    signal: new AbortController().signal,
    tell: () => {},
    status: () => {},
    sleep: async (seconds) => {
      arm.time += seconds
      if (arm.time > 1) fail()
      if (arm.time > 60) throw new Error('the recording did not end')
    },
  })
  await expect(loop).rejects.toThrow('the disk is full')
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
  arm.cameraInBase = undefined
  expect(await wait(() => {})).toEqual([
    'ee: nothing arrives on /ee',
    expect.stringMatching(/^camera: its place in the base is not known: put cameraInBase into the profile/),
  ])
  expect(arm.time).toBeCloseTo(5, 9)
  arm.time = 0
  arm.cameraInBase = makePose([0, 0, 1])
  expect(
    await wait(() => {
      if (arm.time > 3) arm.silent.clear()
    }),
  ).toEqual([])
  expect(arm.time).toBeLessThan(3.3)
})
