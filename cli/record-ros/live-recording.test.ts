import { describe, expect, test } from 'vitest'
import type { EpisodeOutcome, Frame } from '../../demos/index.ts'
import { makePose } from '../../geometry/index.ts'
import { exampleRgbd } from '../child.ts'
import {
  type EpisodeSink,
  LiveRecording,
  type LiveRecordingOptions,
  type RecordingPhase,
  type RecordingWord,
} from './live-recording.ts'
import { ButtonWords, promptOf, wordOfKey, wordOfText } from './words.ts'

class FakeSink implements EpisodeSink {
  readonly stamps: number[] = []
  outcome: EpisodeOutcome | undefined
  discarded = false
  byteCount = 1000
  /** of append, when it is to fail */
  failure: Error | undefined
  /** when given, appended frames wait for it */
  gate: Promise<void> | undefined
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  async append({ stamp }: Frame): Promise<void> {
    await this.gate
    if (this.failure) throw this.failure
    this.stamps.push(stamp)
  }

  async finish(outcome: EpisodeOutcome): Promise<void> {
    this.outcome = outcome
  }

  async discard(): Promise<void> {
    this.discarded = true
  }
}

function recordingInto(options: LiveRecordingOptions = {}) {
  const sinks: FakeSink[] = []
  const recording = new LiveRecording(async () => {
    const sink = new FakeSink(`${sinks.length}.mcap`)
    sinks.push(sink)
    return sink
  }, options)
  return { recording, sinks }
}

const frame = (stamp: number, extra: Partial<Frame> = {}): Frame => {
  const pose = makePose([0, 0, stamp])
  return { stamp, sourceInCamera: pose, targetInCamera: pose, eeInBase: pose, cameraInBase: pose, ...extra }
}

test('frames are written between start and stop, with the stamps that they came with', async () => {
  const { recording, sinks } = recordingInto()
  recording.see(frame(100))
  expect(await recording.word('start')).toBe('recording 0.mcap')
  for (const stamp of [100.1, 100.2, 100.3]) recording.see(frame(stamp))
  expect([recording.frames, recording.seconds]).toEqual([3, expect.closeTo(0.2, 9)])
  expect(await recording.word('stop')).toBe('stopped after 0.2 s, 3 frames')
  recording.see(frame(100.4))
  expect(await recording.word('good')).toBe('kept 0.mcap: marked good by the operator, 3 frames')
  expect(sinks[0]).toMatchObject({
    stamps: [100.1, 100.2, 100.3],
    outcome: {
      seated: true,
      reason: 'marked good by the operator',
      seatSeconds: expect.closeTo(0.2, 9),
      peakForceN: 0,
    },
  })
})

test('a frame that was seen before, or is older, is not written again', async () => {
  const { recording, sinks } = recordingInto()
  await recording.word('start')
  for (const stamp of [1, 1, 0.5, 2, 2]) recording.see(frame(stamp))
  await recording.word('bad')
  expect(sinks[0]?.stamps).toEqual([1, 2])
})

test('a clock that was set back by more than late messages are is told, and the episode can be cut there', async () => {
  const { recording, sinks } = recordingInto()
  await recording.word('start')
  expect([100, 100.1, 99.5, 98].map((stamp) => recording.see(frame(stamp)))).toEqual([
    undefined,
    undefined,
    undefined,
    'the clock of the robot was set back',
  ])
  expect(await recording.cut('the clock was set back')).toBe('kept 0.mcap: the clock was set back, 2 frames')
  expect(sinks[0]).toMatchObject({ stamps: [100, 100.1], outcome: { seated: false } })
  expect(await recording.cut('again')).toBe('')
  expect(recording.phase).toBe('waiting')
})

test('a clock that was set forward is told from frames that are missing: time has not passed here as well', async () => {
  let now = 0
  const { recording } = recordingInto({ now: () => now })
  await recording.word('start')
  const see = (time: number, stamp: number) => {
    now = time
    return recording.see(frame(stamp))
  }
  expect([see(0, 100), see(5, 105), see(5.1, 105.9)]).toEqual([undefined, undefined, undefined])
  expect(see(5.2, 107.1)).toBe('the clock of the robot was set forward')
})

test('what a connection that was held up delivers at once is no clock set forward, even with a gap in it', async () => {
  let now = 0
  const { recording } = recordingInto({ now: () => now })
  await recording.word('start')
  expect(recording.see(frame(100))).toBeUndefined()
  now = 10
  for (const stamp of [101, 104, 109.9]) expect(recording.see(frame(stamp))).toBeUndefined()
})

test('far fewer pictures than were asked for are told of with the episode', async () => {
  const { recording } = recordingInto({ pictureRate: 10 })
  const episode = async (hasPicture: (i: number) => boolean) => {
    await recording.word('start')
    // 2 s at 15 Hz: 20 pictures are asked for.
    for (let i = 0; i <= 30; i++) recording.see(frame(i / 15, hasPicture(i) ? { rgbd: exampleRgbd(0) } : {}))
    return recording.word('good')
  }
  expect(await episode((i) => i % 3 === 0)).toBe('kept 0.mcap: marked good by the operator, 31 frames, 11 pictures')
  expect(await episode(() => false)).toMatch(
    /^kept 1\.mcap: marked good by the operator, 31 frames, 0 pictures\nwarning: 0 pictures in 2\.0 s, expected about 20: /,
  )
})

test('what keeps an episode from beginning is asked when its turn has come', async () => {
  const { recording } = recordingInto()
  await recording.word('start')
  recording.see(frame(1))
  await recording.word('stop')
  // While the one before is put away, nothing waits yet.
  const words = [recording.word('good'), recording.word('toggle', () => 'not started: no pictures')]
  expect((await Promise.all(words))[1]).toBe('not started: no pictures')
  expect(recording.phase).toBe('waiting')
})

test('an episode’s largest force and its pictures are counted', async () => {
  const { recording, sinks } = recordingInto()
  await recording.word('toggle')
  recording.see(frame(1, { wrench: { force: [3, 4, 0], torque: [0, 0, 0] }, rgbd: exampleRgbd(0) }))
  recording.see(frame(2, { wrench: { force: [0, 0, 1], torque: [0, 0, 0] } }))
  await recording.word('bad')
  expect(sinks[0]?.outcome).toEqual({
    seated: false,
    reason: 'marked bad by the operator',
    seatSeconds: null,
    peakForceN: 5,
  })
  expect(recording.kept).toEqual([{ path: '0.mcap', good: false, frames: 2, pictures: 1, seconds: 1, bytes: 1000 }])
})

describe('each word in each phase', () => {
  const into: Record<Exclude<RecordingPhase, 'over'>, RecordingWord[]> = {
    waiting: [],
    recording: ['start'],
    judging: ['start', 'stop'],
  }
  test.for<[keyof typeof into, RecordingWord, RecordingPhase, string]>([
    ['waiting', 'start', 'recording', 'opened'],
    ['waiting', 'toggle', 'recording', 'opened'],
    ['waiting', 'stop', 'waiting', 'none'],
    ['waiting', 'good', 'waiting', 'none'],
    ['waiting', 'discard', 'waiting', 'none'],
    ['waiting', 'quit', 'over', 'none'],
    ['recording', 'start', 'recording', 'opened'],
    ['recording', 'stop', 'judging', 'opened'],
    ['recording', 'toggle', 'judging', 'opened'],
    ['recording', 'good', 'waiting', 'good'],
    ['recording', 'bad', 'waiting', 'bad'],
    ['recording', 'discard', 'waiting', 'discarded'],
    ['recording', 'quit', 'over', 'bad'],
    ['judging', 'start', 'judging', 'opened'],
    ['judging', 'stop', 'judging', 'opened'],
    ['judging', 'toggle', 'judging', 'opened'],
    ['judging', 'good', 'waiting', 'good'],
    ['judging', 'bad', 'waiting', 'bad'],
    ['judging', 'discard', 'waiting', 'discarded'],
    ['judging', 'quit', 'over', 'bad'],
  ])('%s: %s leads to %s, and the episode is then %s', async ([phase, word, next, state]) => {
    const { recording, sinks } = recordingInto()
    for (const [i, before] of into[phase].entries()) {
      await recording.word(before)
      recording.see(frame(i))
    }
    expect(recording.phase).toBe(phase)
    expect(await recording.word(word)).not.toBe('')
    expect(recording.phase).toBe(next)
    const [sink] = sinks
    const found = !sink
      ? 'none'
      : sink.discarded
        ? 'discarded'
        : !sink.outcome
          ? 'opened'
          : sink.outcome.seated
            ? 'good'
            : 'bad'
    expect(found).toBe(state)
  })
})

test.for<RecordingWord>(['good', 'bad', 'discard'])(
  'frames that come while the episode is put away (%s) are not its',
  async (word) => {
    const { recording, sinks } = recordingInto()
    await recording.word('start')
    recording.see(frame(1))
    const [sink] = sinks as [FakeSink]
    let putAway = () => {}
    const slow = new Promise<void>((resolve) => {
      putAway = resolve
    })
    sink.finish = () => slow
    sink.discard = () => slow
    const done = recording.word(word)
    await new Promise((resolve) => setImmediate(resolve))
    recording.see(frame(2))
    putAway()
    await done
    expect(sink.stamps).toEqual([1])
  },
)

test('words said at once are carried out one after the other', async () => {
  const { recording, sinks } = recordingInto()
  await Promise.all([recording.word('toggle'), recording.word('toggle'), recording.word('toggle')])
  // Started, then stopped without a frame and so not kept, then started again.
  expect([recording.phase, sinks.map(({ discarded }) => discarded)]).toEqual(['recording', [true, false]])
})

test('an interruption keeps the episode underway, whole and not marked good', async () => {
  const { recording, sinks } = recordingInto()
  await recording.word('start')
  recording.see(frame(1))
  expect(await recording.end('interrupted')).toBe('kept 0.mcap: interrupted, 1 frames')
  expect(sinks[0]?.outcome).toMatchObject({ seated: false, reason: 'interrupted' })
  expect(recording.phase).toBe('over')
  expect(await recording.end('again')).toBe('')
})

/** An episode underway of which one frame is written, and no other can be. */
async function recordingOntoFullDisk() {
  const { recording, sinks } = recordingInto()
  await recording.word('start')
  recording.see(frame(1))
  const [sink] = sinks as [FakeSink]
  await new Promise((resolve) => setImmediate(resolve))
  sink.failure = new Error('the disk is full')
  return { recording, sinks, sink }
}

test('a frame that cannot be written ends the recording with its reason, and what was before it is kept', async () => {
  const { recording, sink } = await recordingOntoFullDisk()
  recording.see(frame(2))
  await new Promise((resolve) => setImmediate(resolve))
  expect(() => recording.see(frame(3))).toThrow('the disk is full')
  await expect(recording.word('good')).rejects.toThrow('the disk is full')
  expect(await recording.end('a frame could not be written')).toBe(
    'kept 0.mcap: a frame could not be written, 2 frames',
  )
  expect(sink.outcome).toMatchObject({ seated: false })
})

test('an episode that misses a frame is not called good, and what a file does not take is not called kept', async () => {
  const { recording, sinks } = await recordingOntoFullDisk()
  recording.see(frame(2))
  await expect(recording.word('good')).rejects.toThrow('the disk is full')
  expect(recording.kept).toEqual([])
  await recording.word('start')
  recording.see(frame(3))
  const second = sinks[1] as FakeSink
  second.finish = () => Promise.reject(new Error('the disk is full'))
  await expect(recording.end('interrupted')).rejects.toThrow('the disk is full')
  expect(recording.kept.filter(({ path }) => path === second.path)).toEqual([])
})

test.for<[RecordingWord, RecordingPhase]>([
  ['discard', 'waiting'],
  ['quit', 'over'],
])('when the last frames could not be written, %s leads on all the same', async ([word, phase]) => {
  const { recording, sink } = await recordingOntoFullDisk()
  recording.see(frame(2))
  await recording.word('stop')
  sink.finish = () => Promise.reject(new Error('the disk is full'))
  expect(() => recording.rethrow()).toThrow('the disk is full')
  await expect(recording.word('good')).rejects.toThrow('the disk is full')
  expect(recording.phase).toBe('judging')
  await recording.word(word)
  expect(recording.phase).toBe(phase)
  // Who quits is to know that something is missing, and by the exit code, too.
  if (word === 'quit') expect(() => recording.rethrow()).toThrow('the disk is full')
  else expect(() => recording.rethrow()).not.toThrow()
})

describe('a disk that is too slow is noticed before memory is full', () => {
  const slowly = async () => {
    const { recording, sinks } = recordingInto()
    await recording.word('start')
    recording.see(frame(0))
    const [sink] = sinks as [FakeSink]
    sink.gate = new Promise(() => {})
    return recording
  }

  test('of frames', async () => {
    const recording = await slowly()
    expect(() => {
      for (let i = 1; i < 1000; i++) recording.see(frame(i))
    }).toThrow('150 frames (0 MB of pictures) wait to be written')
  })

  test('of large pictures', async () => {
    const recording = await slowly()
    const rgbd = { ...exampleRgbd(0), rgb: new Uint8Array(200e6) }
    expect(() => {
      for (let i = 1; i < 1000; i++) recording.see(frame(i, { rgbd }))
    }).toThrow('3 frames (400 MB of pictures) wait to be written')
  })
})

describe('words', () => {
  test.for<[string, RecordingWord | undefined]>([
    [' ', 'toggle'],
    ['\r', 'toggle'],
    ['G', 'good'],
    ['b', 'bad'],
    ['x', 'discard'],
    ['q', 'quit'],
    ['k', undefined],
    ['constructor', undefined],
  ])('by key: %j', ([key, word]) => {
    expect(wordOfKey(key)).toBe(word)
  })

  test.for<[string, RecordingWord | undefined]>([
    [' Start\n', 'start'],
    ['good', 'good'],
    ['go', undefined],
  ])('by text: %j', ([text, word]) => {
    expect(wordOfText(text)).toBe(word)
  })

  test('by joystick: once for each press, and what was pressed before the first message does not count', () => {
    const buttons = new ButtonWords({ record: 1, pause: 2 })
    const pressed = (record: number, pause: number, phase: RecordingPhase) =>
      buttons.see([false, record === 1, pause === 1], phase)
    expect(pressed(1, 0, 'waiting')).toBeUndefined()
    expect(pressed(0, 0, 'waiting')).toBeUndefined()
    expect(pressed(1, 0, 'waiting')).toBe('toggle')
    expect(pressed(1, 0, 'recording')).toBeUndefined()
    expect(pressed(0, 1, 'recording')).toBeUndefined()
    expect(pressed(0, 0, 'judging')).toBeUndefined()
    expect(pressed(0, 1, 'judging')).toBe('bad')
    expect(pressed(1, 0, 'judging')).toBe('good')
  })

  test('the operator is told what there is to do in each phase', () => {
    expect(promptOf('waiting')).toContain('space starts')
    expect(promptOf('judging')).toContain('g: good')
  })
})
