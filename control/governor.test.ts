import fc from 'fast-check'
import { expect, test } from 'vitest'
import { axisAngleToQuat, identityPose, makePose, type Pose, poseDistance, type Vec3 } from '../geometry/index.ts'
import { Governor } from './governor.ts'
import { INTERVENTIONS } from './interventions.ts'
import type { Limits } from './limits.ts'
import type { Observation } from './robot.ts'

const limits: Limits = {
  workspace: { low: [0.2, -0.3, 0], high: [0.8, 0.3, 0.5] },
  speed: 0.1,
  angularSpeed: 1,
  acceleration: 5,
  angularAcceleration: 50,
  jerk: 200,
  angularJerk: 2000,
  contactZone: { low: [-0.01, -0.01, -0.03], high: [0.01, 0.01, 0.01], speed: 0.01 },
  reach: { translation: 0.02, rotation: 0.1 },
  creep: { speed: 0.1, until: 0.01 },
  force: 25,
  torque: 5,
  retract: 0,
  staleAfter: 0.5,
  poseStaleAfter: 0.5,
  planStaleAfter: 1,
  poseJump: { translation: 0.03, rotation: 0.5 },
}
const START = makePose([0.5, 0, 0.2])
const FREE = makePose([0, 0, 0.2])
const IN_CONTACT = makePose([0, 0, 0])

const seen = (eeInBase: Pose, stamp: number, force: Vec3 = [0, 0, 0]): Observation => ({
  stamp,
  source: { pose: identityPose(), stamp, confidence: 1 },
  target: { pose: identityPose(), stamp, confidence: 1 },
  eeInBase,
  wrench: { force, torque: [0, 0, 0] },
})

const guard = (governor: Governor, wanted: Pose, observation: Observation, sourceInTarget: Pose, now: number) =>
  governor.guard({ wanted, observation, sourceInTarget, now, plannedAt: now })

const moved = (x: number, y = 0, z = 0): Pose => makePose([0.5 + x, y, 0.2 + z])
const kinds = ({ interventions }: { interventions: { kind: string }[] }) => interventions.map(({ kind }) => kind)

/** A governor that has let the start position pass at time 0. */
function begun(): Governor {
  const governor = new Governor(limits)
  guard(governor, START, seen(START, 0), FREE, 0)
  return governor
}

test('a wish within all limits goes through as it is', () => {
  // 1 mm in 0.02 s is 50 mm/s of 100.
  const wish = moved(0.001)
  expect(guard(begun(), wish, seen(START, 0.02), FREE, 0.02)).toEqual({ eeInBase: wish, interventions: [] })
})

test('a jump becomes a step at the speed limit, slower where contact is to be expected', () => {
  const free = guard(begun(), moved(0.01), seen(START, 0.02), FREE, 0.02)
  expect(free.interventions).toEqual([{ kind: 'speed', message: '500 mm/s and 0 °/s wanted, limit 100 mm/s' }])
  // 0.1 m/s · 0.02 s
  expect(free.eeInBase.position[0]).toBeCloseTo(0.502, 12)
  const touching = guard(begun(), moved(0.01), seen(START, 0.02), IN_CONTACT, 0.02)
  // 0.01 m/s · 0.02 s
  expect(touching.eeInBase.position[0]).toBeCloseTo(0.5002, 12)
})

test('where contact is unknown, the speed is that of contact', () => {
  const nowhere: Pose = { position: [Number.NaN, 0, 1], orientation: [0, 0, 0, 1] }
  expect(guard(begun(), moved(0.01), seen(START, 0.02), nowhere, 0.02).eeInBase.position[0]).toBeCloseTo(0.5002, 12)
})

test('no time passed means no motion, of the position alone or of the orientation alone either', () => {
  for (const wish of [moved(0.01), makePose(START.position, axisAngleToQuat([0, 0, 1], 0.05))]) {
    expect(guard(begun(), wish, seen(START, 0), FREE, 0).eeInBase).toEqual(START)
  }
})

test('a long silence does not earn a long step', () => {
  // 0.1 m/s for at most 0.1 s, though 5 s have passed.
  expect(guard(begun(), moved(0.3), seen(START, 5), FREE, 5).eeInBase.position[0]).toBeCloseTo(0.51, 12)
})

test('a clock that once said NaN frees no motion', () => {
  const governor = begun()
  expect(kinds(guard(governor, moved(0.1), seen(START, 0), FREE, Number.NaN))).toEqual(['stale'])
  expect(guard(governor, moved(0.1), seen(START, 0.02), FREE, 0.02).eeInBase.position[0]).toBeCloseTo(0.502, 12)
})

test('the command stays within reach of the end effector', () => {
  const governor = begun()
  let result = guard(governor, START, seen(START, 0), FREE, 0)
  // The end effector is stuck at the start: the command stops 20 mm ahead of it.
  for (let tick = 1; tick < 100; tick++) result = guard(governor, moved(0.1), seen(START, tick / 50), FREE, tick / 50)
  expect(result.eeInBase.position[0]).toBeCloseTo(0.52, 12)
  expect(result.interventions.at(-1)).toEqual({ kind: 'reach', message: 'command 22.0 mm ahead of the end effector' })
})

test('the command stays in the workspace', () => {
  const governor = new Governor(limits)
  const edge = makePose([0.7995, 0, 0.2])
  guard(governor, edge, seen(edge, 0), FREE, 0)
  const result = guard(governor, makePose([0.801, 0, 0.2]), seen(edge, 0.02), FREE, 0.02)
  expect(result.eeInBase.position).toEqual([0.8, 0, 0.2])
  expect(result.interventions).toEqual([{ kind: 'workspace', message: '[0.801, 0.000, 0.200] m is outside' }])
})

test.each([
  ['too much force', [0, 0, 30]],
  ['a broken force sensor', [0, 0, Number.NaN]],
] satisfies [string, Vec3][])('under %s the command goes no further, but may come back', (_, force) => {
  const governor = begun()
  const pressed = guard(governor, moved(0.002), seen(START, 0.02), FREE, 0.02).eeInBase
  const held = guard(governor, moved(0.004), seen(START, 0.04, force), FREE, 0.04)
  expect(held.eeInBase).toEqual(pressed)
  expect(kinds(held)).toEqual(['force'])
  const back = guard(governor, moved(0.001), seen(START, 0.06, force), FREE, 0.06)
  expect(back).toEqual({ eeInBase: moved(0.001), interventions: [] })
})

test.each([
  ['is old', 0.4, 1],
  ['is of the future', 1.1, 1],
  ['has no stamp', Number.NaN, 1],
])('an observation that %s holds the last command', (_, stamp, now) => {
  const result = guard(begun(), moved(0.001), seen(START, stamp), FREE, now)
  expect(result.eeInBase).toEqual(START)
  expect(kinds(result)).toEqual(['stale'])
})

test.each<[string, Pose]>([
  ['NaN', { position: [Number.NaN, 0, 0.2], orientation: [0, 0, 0, 1] }],
  ['an infinity', { position: [0.5, Number.POSITIVE_INFINITY, 0.2], orientation: [0, 0, 0, 1] }],
  ['a zero quaternion', { position: START.position, orientation: [0, 0, 0, 0] }],
  ['a quaternion of length 2', { position: START.position, orientation: [0, 0, 0, 2] }],
  ['a quaternion beyond all numbers', { position: START.position, orientation: [1e308, 1e308, 1e308, 1e308] }],
])('%s is never sent on, and never believed of the end effector', (_, bad) => {
  const wished = guard(begun(), bad, seen(START, 0.02), FREE, 0.02)
  expect([wished.eeInBase, kinds(wished)]).toEqual([START, ['invalid']])
  const observed = guard(begun(), moved(0.001), seen(bad, 0.02), FREE, 0.02)
  expect([observed.eeInBase, kinds(observed)]).toEqual([START, ['invalid']])
  expect(() => guard(new Governor(limits), START, seen(bad, 0), FREE, 0)).toThrow('there is nothing to hold')
})

test('interventions are counted by kind', () => {
  const governor = begun()
  for (const now of [1, 2, 3]) guard(governor, moved(0.001), seen(START, 0), FREE, now)
  guard(governor, moved(0.1), seen(START, 3.02), FREE, 3.02)
  expect([...governor.counts]).toEqual([
    ['stale', 3],
    ['speed', 1],
  ])
})

const number = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true })
const anyNumber = fc.oneof(number(-1, 1), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e160, 0))
const orientation = fc
  .tuple(number(-1, 1), number(-1, 1), number(0.1, 1), number(-4, 4))
  .map(([x, y, z, angle]) => axisAngleToQuat([x, y, z], angle))
const inWorkspace: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(number(0.2, 0.8), number(-0.3, 0.3), number(0, 0.5)),
  orientation,
})
const near: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(number(0.49, 0.51), number(-0.01, 0.01), number(0.19, 0.21)),
  orientation: number(-0.05, 0.05).map((angle) => axisAngleToQuat([1, 0, 0], angle)),
})
const anyPose: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(anyNumber, anyNumber, anyNumber),
  orientation: fc.oneof(orientation, fc.tuple(anyNumber, anyNumber, anyNumber, anyNumber)),
})
const step = fc.record({
  wanted: fc.oneof(near, inWorkspace, anyPose),
  /** undefined: the end effector is where it was last told to be */
  ee: fc.option(fc.oneof(near, inWorkspace, anyPose), { nil: undefined }),
  source: fc.oneof(fc.constantFrom(FREE, IN_CONTACT), anyPose),
  force: fc.oneof(number(0, 40), anyNumber).map((value): Vec3 => [0, 0, value]),
  elapsed: fc.oneof(
    { weight: 5, arbitrary: number(0, 0.05) },
    { weight: 1, arbitrary: fc.oneof(number(-1, 3), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY)) },
  ),
  age: fc.oneof({ weight: 5, arbitrary: number(0, 0.1) }, { weight: 1, arbitrary: fc.oneof(number(-1, 2), anyNumber) }),
})

const isInWorkspace = ({ position }: Pose): boolean =>
  position.every((x, i) => x >= limits.workspace.low[i as 0] && x <= limits.workspace.high[i as 0])

test('an end effector that seems to have jumped is followed at the speed limit', () => {
  const result = guard(begun(), moved(0.001), seen(moved(0.25), 0.02), FREE, 0.02)
  // 0.1 m/s · 0.02 s, though the reach of 20 mm asks for 230 mm.
  expect(result.eeInBase.position[0]).toBeCloseTo(0.502, 12)
  expect(kinds(result)).toEqual(['reach', 'speed'])
})

test('whatever is asked and seen, commands keep every limit, and every change has a reason', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const governor = begun()
      let [command, time, clock] = [START, 0, 0]
      for (const { wanted, ee = command, source, force, elapsed, age } of steps) {
        const now = clock + elapsed
        if (Number.isFinite(now)) clock = now
        const { eeInBase, interventions } = guard(governor, wanted, seen(ee, now - age, force), source, now)
        for (const { kind, message } of interventions) {
          expect(INTERVENTIONS).toContain(kind)
          expect(message.length).toBeGreaterThan(5)
        }
        const did = new Set(interventions.map(({ kind }) => kind))
        const held = did.has('invalid') || did.has('stale') || did.has('force')

        expect(Math.hypot(...eeInBase.orientation)).toBeCloseTo(1, 6)
        for (const axis of [0, 1, 2] as const) {
          expect(eeInBase.position[axis]).toBeGreaterThanOrEqual(limits.workspace.low[axis])
          expect(eeInBase.position[axis]).toBeLessThanOrEqual(limits.workspace.high[axis])
        }

        const passed = Number.isFinite(now) ? Math.min(0.1, Math.max(0, now - time)) : 0
        const { low, high } = limits.contactZone
        const isFree =
          source.position.every(Number.isFinite) && source.position.some((x, i) => x < low[i as 0] || x > high[i as 0])
        const moved = poseDistance(command, eeInBase)
        const ahead = poseDistance(ee, eeInBase)
        if (held) {
          expect(eeInBase).toEqual(command)
        } else {
          expect(moved.translation).toBeLessThan((isFree ? limits.speed : 0.01) * passed + 1e-9)
          expect(moved.rotation).toBeLessThan(limits.angularSpeed * passed + 1e-6)
          const before = poseDistance(ee, command).translation
          if (isInWorkspace(ee)) {
            // An end effector that was carried off takes a while to follow; the command comes no further ahead of it.
            expect(ahead.translation).toBeLessThan(Math.max(limits.reach.translation, before) + 1e-9)
            if (!(Math.hypot(...force) <= limits.force)) expect(ahead.translation).toBeLessThan(before + 1e-9)
          }
        }
        if (did.size === 0 && passed > 0) {
          const { translation, rotation } = poseDistance(wanted, eeInBase)
          expect(translation).toBeLessThan(0.0011 * poseDistance(command, wanted).translation + 1e-9)
          expect(rotation).toBeLessThan(0.0011 * poseDistance(command, wanted).rotation + 1e-6)
        }
        command = eeInBase
        if (Number.isFinite(now)) time = now
      }
    }),
    { numRuns: 500 },
  )
})
