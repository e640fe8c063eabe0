import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GuardEvent, guardSettings } from './guard.ts'
import { PYTHON, replayHere, replayInPython, type TimedEvent } from './testing/replay.ts'

const { base, maxAge, maxAhead, silence, firstCommand } = guardSettings('base')

interface PoseDraw {
  age: number
  frame: string
  x: number
  w: number
}
const poseDraw = (age: fc.Arbitrary<number>, others: fc.Arbitrary<Omit<PoseDraw, 'age'>>): fc.Arbitrary<PoseDraw> =>
  fc.tuple(age, others).map(([age, rest]) => ({ age, ...rest }))

const sound = fc.record({
  frame: fc.constant(base),
  x: fc.double({ min: 0.3, max: 0.5, noNaN: true }),
  w: fc.constant(1),
})
const unsound = fc.record({
  frame: fc.constantFrom(base, base, 'camera', ''),
  x: fc.constantFrom(0.4, 0.4, Number.NaN, Number.NEGATIVE_INFINITY),
  w: fc.constantFrom(1, 1, 0, 1.0005, 2, Number.NaN),
})
const freshAge = fc.double({ min: 0, max: 0.02, noNaN: true })
const anyAge = fc.constantFrom(-1, -0.03, 0, 0.02, 0.1, 0.149, 0.16, 0.3, 3, Number.NaN)

type Draw =
  | { kind: 'command'; draw: PoseDraw; publisher: string }
  | { kind: 'measured'; draw: PoseDraw }
  | Exclude<GuardEvent, { kind: 'command' | 'measured' }>

const command = (draw: fc.Arbitrary<PoseDraw>, publisher: fc.Arbitrary<string>): fc.Arbitrary<Draw> =>
  fc.record({ kind: fc.constant('command' as const), draw, publisher })
const measured = (draw: fc.Arbitrary<PoseDraw>): fc.Arbitrary<Draw> =>
  fc.record({ kind: fc.constant('measured' as const), draw })

/** Mostly what happens when all is well, so that streams last, and everything else now and then. */
const anyDraw: fc.Arbitrary<Draw> = fc.oneof(
  { weight: 14, arbitrary: command(poseDraw(freshAge, sound), fc.constant('a')) },
  { weight: 2, arbitrary: command(poseDraw(anyAge, unsound), fc.constantFrom('a', 'a', 'b')) },
  { weight: 8, arbitrary: measured(poseDraw(freshAge, sound)) },
  { weight: 1, arbitrary: measured(poseDraw(anyAge, unsound)) },
  { weight: 6, arbitrary: fc.constant<Draw>({ kind: 'tick' }) },
  { weight: 4, arbitrary: fc.constant<Draw>({ kind: 'arm' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Draw>(
      { kind: 'disarm' },
      { kind: 'stop', active: true },
      { kind: 'stop', active: false },
      { kind: 'stop', active: false },
      { kind: 'publishers', count: 1 },
      { kind: 'publishers', count: 1 },
      { kind: 'publishers', count: 2 },
    ),
  },
)

const waits = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: 0.001, max: 0.02, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1.5, noNaN: true }) },
)
/** Of ROS time against the steady clock, s. */
const jumps = fc.oneof(
  { weight: 80, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-2, -0.02, 0.02, 2) },
)

/** Arms at first, since otherwise little happens, and then does anything. */
const anyEvents: fc.Arbitrary<TimedEvent[]> = fc
  .array(fc.tuple(anyDraw, waits, jumps), { minLength: 40, maxLength: 150 })
  .map((list) => {
    let now = { ros: 1000, steady: 0 }
    const first: Draw[] = [
      { kind: 'measured', draw: { age: 0, frame: base, x: 0.4, w: 1 } },
      { kind: 'arm' },
      { kind: 'tick' },
    ]
    const opening = first.map((draw): [Draw, number, number] => [draw, 0.001, 0])
    return [...opening, ...list].map(([draw, wait, jump]) => {
      now = { ros: now.ros + wait + jump, steady: now.steady + wait }
      return { now, event: eventOf(draw, now.ros) }
    })
  })

function eventOf(draw: Draw, ros: number): GuardEvent {
  if (draw.kind !== 'command' && draw.kind !== 'measured') return draw
  const { age, frame, x, w } = draw.draw
  const pose = { stamp: ros - age, frame, pose: { position: [x, 0, 0.3], orientation: [0, 0, 0, w] } } as const
  return draw.kind === 'command'
    ? { kind: 'command', command: pose, publisher: draw.publisher }
    : { kind: 'measured', measured: pose }
}

describe('whatever happens', () => {
  it('each command that goes through is sound, fresh, newer than the one before and of one publisher since arming', () => {
    let passed = 0
    fc.assert(
      fc.property(anyEvents, (events) => {
        const done = replayHere(events)
        let armedAt: TimedEvent['now'] | undefined
        let stream: { stamp: number; publisher: string; at: number } | undefined
        let pressed = false
        for (const [i, { now, event }] of events.entries()) {
          const { send, reply, state } = done[i] as (typeof done)[number]
          if (event.kind === 'arm' && reply?.success) {
            armedAt = now
            stream = undefined
          }
          if (event.kind === 'stop') pressed = event.active
          if (state.state !== 'armed') armedAt = undefined
          if (event.kind !== 'command' || send !== event.command) continue
          passed++
          const { stamp, frame, pose } = event.command
          if (!armedAt) throw new Error('a command went through a guard that was not armed')
          expect(pressed).toBe(false)
          expect(frame).toBe(base)
          expect(pose.position.every(Number.isFinite)).toBe(true)
          expect(Math.abs(Math.hypot(...pose.orientation) - 1)).toBeLessThan(0.002)
          expect(now.ros - stamp).toBeLessThanOrEqual(maxAge)
          expect(stamp - now.ros).toBeLessThanOrEqual(maxAhead)
          expect(stamp).toBeGreaterThanOrEqual(armedAt.ros)
          if (stream) {
            expect(stamp).toBeGreaterThan(stream.stamp)
            expect(event.publisher).toBe(stream.publisher)
            expect(now.steady - stream.at).toBeLessThanOrEqual(silence)
          } else expect(now.steady - armedAt.steady).toBeLessThanOrEqual(firstCommand)
          stream = { stamp, publisher: event.publisher, at: now.steady }
        }
      }),
      { numRuns: 200 },
    )
    expect(passed, 'the events are worth looking at').toBeGreaterThan(1000)
  })

  it('a stream that ends leaves a pose to hold, and the counters count every command', () => {
    let ended = 0
    fc.assert(
      fc.property(anyEvents, (events) => {
        const done = replayHere(events)
        let [streaming, commands] = [false, 0]
        for (const [i, { event }] of events.entries()) {
          const { send, state } = done[i] as (typeof done)[number]
          if (event.kind === 'command') {
            commands++
            if (send === event.command) streaming = true
          }
          expect(state.accepted + state.rejected).toBe(commands)
          if (!streaming || state.reason.startsWith('obeys') || state.reason.startsWith('refused')) continue
          ended++
          streaming = false
          expect(send, state.reason).toBeDefined()
          expect(send?.pose.position.every(Number.isFinite)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
    expect(ended, 'the events are worth looking at').toBeGreaterThan(50)
  })
})

describe.skipIf(!PYTHON)(`rules in two languages${PYTHON ? '' : ' (skipped: no python3)'}`, () => {
  it('do the same, whatever happens', () => {
    const runs = fc.sample(anyEvents, { numRuns: 400, seed: 7 })
    const inPython = replayInPython(runs)
    for (const [i, events] of runs.entries()) {
      const here = replayHere(events)
      // Vitest's own comparison of forty thousand takes ten seconds.
      if (!isDeepStrictEqual(inPython[i], here)) expect(inPython[i]).toEqual(here)
    }
    const states = inPython.flat().map(({ state }) => state.state)
    for (const state of ['idle', 'armed', 'holding', 'stopped'] as const) {
      expect(states.filter((s) => s === state).length, state).toBeGreaterThan(1000)
    }
  })
})
