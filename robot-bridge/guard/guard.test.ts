import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Quat, Vec3 } from '../../geometry/index.ts'
import cases from './cases.json' with { type: 'json' }
import type { GuardedPose } from './guard.ts'
import { type Done, PYTHON, replayHere, replayInPython, type TimedEvent } from './testing/replay.ts'

// The table of cases. JSON knows no NaN, so numbers may be its name.

const number = z.union([z.number(), z.enum(['NaN', 'Infinity']).transform(Number)])
const Step = z.strictObject({
  do: z.enum(['command', 'measured', 'stop', 'publishers', 'arm', 'disarm', 'tick']),
  at: z.number(),
  until: z.number().optional(),
  every: z.number().optional(),
  shift: z.number().default(0),
  made: number.optional(),
  x: number.default(0.4),
  position: z.tuple([number, number, number]).optional(),
  orientation: z.tuple([number, number, number, number]).default([0, 0, 0, 1]),
  frame: z.string().default('base'),
  from: z.string().default('a'),
  active: z.boolean().default(false),
  count: z.int().default(1),
  send: z.union([z.literal('it'), z.number()]).optional(),
  reply: z.boolean().optional(),
  message: z.string().optional(),
  state: z.enum(['idle', 'armed', 'holding', 'stopped']).optional(),
  reason: z.string().optional(),
})
type Step = z.infer<typeof Step>
const Table = z.strictObject({
  about: z.array(z.string()),
  openings: z.record(z.string(), z.array(Step)),
  cases: z.array(
    z.strictObject({
      name: z.string(),
      opening: z.string().optional(),
      openingUntil: z.number().optional(),
      steps: z.array(Step).nonempty(),
    }),
  ),
})
const table = Table.parse(cases)

/** Every step of a case, in order of time, and of the opening up to when the case says or ends. */
function stepsOf({ opening = 'none', openingUntil, steps }: z.infer<typeof Table>['cases'][number]): Step[] {
  const first = table.openings[opening]
  if (!first) throw new RangeError(`expected an opening among ${Object.keys(table.openings)}, got ${opening}`)
  const own = steps.flatMap(repeated)
  const until = openingUntil ?? Math.max(...own.map(({ at }) => at))
  return [...first.flatMap(repeated).filter(({ at }) => at <= until), ...own].sort((a, b) => a.at - b.at)
}

function repeated(step: Step): Step[] {
  const { at, until = at, every = 1 } = step
  const times = Math.floor((until - at) / every + 1e-9) + 1
  return Array.from({ length: times }, (_, i) => ({ ...step, at: at + i * every }))
}

const ROS_AHEAD = 1000

function poseOf({ at, shift, made = at + shift, frame, x, position = [x, 0, 0.3], orientation }: Step): GuardedPose {
  return {
    stamp: ROS_AHEAD + made,
    frame,
    pose: { position: position satisfies Vec3, orientation: orientation satisfies Quat },
  }
}

function eventOf(step: Step): TimedEvent {
  const now = { ros: ROS_AHEAD + step.at + step.shift, steady: step.at }
  switch (step.do) {
    case 'command':
      return { now, event: { kind: 'command', command: poseOf(step), publisher: step.from } }
    case 'measured':
      return { now, event: { kind: 'measured', measured: poseOf(step) } }
    case 'stop':
      return { now, event: { kind: 'stop', active: step.active } }
    case 'publishers':
      return { now, event: { kind: 'publishers', count: step.count } }
    default:
      return { now, event: { kind: step.do } }
  }
}

function expectDone(steps: readonly Step[], done: readonly Done[]): void {
  let state = 'idle'
  let stamp = 0
  let accepted = 0
  let rejected = 0
  for (const [i, step] of steps.entries()) {
    const got = done[i] as Done
    const where = `${step.do} at ${step.at}`
    state = step.state ?? state
    if (step.send === 'it') {
      accepted++
      stamp = poseOf(step).stamp
    } else if (step.do === 'command') rejected++
    expect(got.send, where).toEqual(
      step.send === undefined
        ? undefined
        : step.send === 'it'
          ? poseOf(step)
          : {
              stamp: ROS_AHEAD + step.at + step.shift,
              frame: 'base',
              pose: { position: [step.send, 0, 0.3], orientation: [0, 0, 0, 1] },
            },
    )
    expect(got.reply?.success, where).toBe(step.reply)
    if (step.message !== undefined) expect(got.reply?.message, where).toBe(step.message)
    expect(got.state, where).toMatchObject({ state, accepted, rejected, stamp })
    if (step.reason !== undefined) expect(got.state.reason, where).toBe(step.reason)
  }
}

describe('the guard’s rules in TypeScript', () => {
  it.each(table.cases)('$name', (one) => {
    const steps = stepsOf(one)
    expectDone(steps, replayHere(steps.map(eventOf)))
  })
})

it.runIf(process.env.CI)('python3 is there when all tests have to run', () => {
  expect(PYTHON).toBeDefined()
})

describe.skipIf(!PYTHON)(`the guard’s rules in Python${PYTHON ? '' : ' (skipped: no python3)'}`, () => {
  const runs = PYTHON ? replayInPython(table.cases.map((one) => stepsOf(one).map(eventOf))) : []
  it.each(table.cases.map((one, i) => ({ ...one, done: runs[i] as Done[] })))('$name', ({ done, ...one }) => {
    expectDone(stepsOf(one), done)
  })
})
