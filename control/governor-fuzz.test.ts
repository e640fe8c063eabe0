// Whatever is asked, seen and said, and whenever: what is commanded keeps every limit.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  axisAngleToQuat,
  identityPose,
  makePose,
  multiplyQuat,
  type Pose,
  poseDistance,
  type Quat,
  rotationVectorToQuat,
  type Vec3,
} from '../geometry/index.ts'
import { exampleLimits } from './example-limits.ts'
import { Governor, HARD_STOP } from './governor.ts'
import type { Limits } from './limits.ts'
import { Onlooker, outside } from './onlooker.ts'
import type { Wrench } from './robot.ts'
import { plus, times } from './vector.ts'

/** Narrower than the example's: they are met sooner. */
const limits: Limits = {
  ...exampleLimits,
  workspace: { low: [0.45, -0.05, 0.15], high: [0.55, 0.05, 0.25] },
  tilt: { axisInEe: [0, 0, 1], axisInBase: [0, 0, 1], angle: 0.3 },
  angularSpeed: 0.5,
  acceleration: 0.7,
  angularAcceleration: 3,
  jerk: 10,
  angularJerk: 40,
  creep: { speed: 0.03, until: 0.005 },
}
const START = makePose([0.5, 0, 0.2])
const FREE = makePose([0, 0, 0.2])

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const anyNumber = fc.oneof(number(-1, 1), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e160, 0))
const orientation: fc.Arbitrary<Quat> = fc
  .tuple(number(-1, 1), number(-1, 1), number(0.1, 1), number(-4, 4))
  .map(([x, y, z, angle]) => axisAngleToQuat([x, y, z], angle))
const near: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(number(0.44, 0.56), number(-0.06, 0.06), number(0.14, 0.26)),
  orientation: fc
    .tuple(number(-1, 1), number(-1, 1), number(-0.5, 0.5))
    .map(([x, y, angle]) => axisAngleToQuat([x, y, 0.5], angle)),
})
const far: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(number(-1, 2), number(-1, 1), number(-1, 1)),
  orientation,
})
const anyPose: fc.Arbitrary<Pose> = fc.record({
  position: fc.tuple(anyNumber, anyNumber, anyNumber),
  orientation: fc.oneof(orientation, fc.tuple(anyNumber, anyNumber, anyNumber, anyNumber)),
})
/** Mostly `normal`, now and then something else. */
const mostly = <A, B>(normal: fc.Arbitrary<A>, rare: fc.Arbitrary<B>) =>
  fc.oneof({ weight: 12, arbitrary: normal }, { weight: 1, arbitrary: rare })

const within = (most: number): fc.Arbitrary<Vec3> =>
  fc.tuple(number(-most, most), number(-most, most), number(-most, most))

/** For some calls in a row. */
const stretch = fc.record({
  calls: fc.integer({ min: 1, max: 25 }),
  /** leaps there, or drifts in that direction, and turns */
  wish: fc.oneof(
    mostly(fc.oneof(near, far), anyPose).map((pose) => ({ leap: pose })),
    fc.record({ drift: within(0.12), spin: within(0.6) }),
  ),
  /** undefined: it follows at once; `stuck`: it stays where it is */
  ee: mostly(fc.constantFrom(undefined, undefined, 'stuck' as const), fc.oneof(near, anyPose)),
  source: mostly(fc.oneof(fc.constantFrom(FREE, identityPose()), near), anyPose),
  force: mostly(number(0, 30), anyNumber),
  torque: mostly(number(0, 5.5), anyNumber),
  interval: fc.constantFrom(1 / 60, 1 / 30, 0.01, 0.1),
  jitter: fc.array(mostly(number(0, 1), fc.constantFrom(0, -30, 60, Number.NaN, 1e-7)), { minLength: 4, maxLength: 4 }),
  age: mostly(number(0, 0.1), fc.oneof(number(-1, 2), anyNumber)),
  /** s more: one observation overtakes another */
  late: fc.array(mostly(fc.constant(0), number(0, 0.1)), { minLength: 4, maxLength: 4 }),
  planAge: mostly(number(0, 0.9), fc.oneof(number(-1, 2), anyNumber)),
  confidence: mostly(fc.constant(1), fc.constantFrom(0, Number.NaN)),
  sourceLeap: mostly(fc.constant(0), fc.oneof(number(0, 0.02), fc.constant(1))),
  targetLeap: mostly(fc.constant(0), fc.oneof(number(0, 0.02), fc.constant(1))),
  /** what people do, all at once */
  acts: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom('pause', 'resume', 'stop', 'rearm', 'resume', 'rearm'), { maxLength: 3 }),
    },
  ),
})

/** Has had its first call, which begins wherever the end effector is. */
function atStart({ retract = limits.retract, onlooker }: { retract?: number; onlooker?: Onlooker } = {}): Governor {
  const governor = new Governor({ ...limits, retract })
  const seen = { pose: identityPose(), stamp: 0, confidence: 1 }
  const observation = { stamp: 0, source: seen, target: seen, eeInBase: START }
  const request = { wanted: START, observation, sourceInTarget: FREE, now: 0, plannedAt: 0 }
  const guarded = governor.guard(request)
  onlooker?.see(request, guarded, true)
  return governor
}

/** The wish `interval` s later. */
function drifted({ position, orientation }: Pose, way: Vec3, spin: Vec3, interval: number): Pose {
  return {
    position: plus(position, way, interval),
    orientation: multiplyQuat(rotationVectorToQuat(times(spin, interval)), orientation),
  }
}

test('whatever is asked, seen and said, commands keep every limit, and every change has a reason', () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
      const onlooker = new Onlooker(limits)
      const governor = atStart({ onlooker })
      let [clock, command, wanted, ee] = [0, START, START, START]
      for (const { calls, wish, interval, jitter, acts, ...said } of stretches) {
        for (const act of acts) {
          if (act === 'stop') governor.stop('fuzz')
          else governor[act]()
          if (act === 'resume') onlooker.resumed()
        }
        if ('leap' in wish) wanted = wish.leap
        for (let call = 0; call < calls; call++) {
          if ('drift' in wish) wanted = drifted(wanted, wish.drift, wish.spin, interval)
          const now = clock + interval * (jitter[call % 4] as number)
          if (Number.isFinite(now)) clock = now
          ee = said.ee === 'stuck' ? ee : (said.ee ?? command)
          const stamp = now - said.age - (said.late[call % 4] as number)
          const seen = (leap: number) => ({ pose: makePose([leap, 0, 0]), stamp, confidence: said.confidence })
          const request = {
            wanted,
            observation: {
              stamp,
              source: seen(said.sourceLeap),
              target: seen(said.targetLeap),
              eeInBase: ee,
              wrench: { force: [0, 0, said.force] as Vec3, torque: [0, said.torque, 0] as Vec3 },
            },
            sourceInTarget: said.source,
            now,
            plannedAt: now - said.planAge,
          }
          const waits = governor.state !== 'stopped' && governor.isSilent
          const guarded = governor.guard(request)
          onlooker.see(request, guarded, waits && !governor.isSilent)
          command = guarded.eeInBase
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('ahead of an end effector that is stuck, no stream of wishes brings the command out of reach', () => {
  const wishes = fc.array(fc.record({ wanted: fc.oneof(near, far), calls: fc.integer({ min: 1, max: 15 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(wishes, number(0.01, 0.1), fc.boolean(), (list, interval, pauses) => {
      const governor = atStart()
      let now = 0.02
      for (const { wanted, calls } of list) {
        if (pauses) governor[governor.state === 'paused' ? 'resume' : 'pause']()
        for (let call = 0; call < calls; call++) {
          const seen = { pose: identityPose(), stamp: now, confidence: 1 }
          const observation = { stamp: now, source: seen, target: seen, eeInBase: START }
          const { eeInBase } = governor.guard({ wanted, observation, sourceInTarget: FREE, now, plannedAt: now })
          const { translation, rotation } = poseDistance(eeInBase, START)
          expect(translation).toBeLessThanOrEqual(limits.reach.translation + 1e-11)
          expect(rotation).toBeLessThanOrEqual(limits.reach.rotation * 1.001)
          now += interval
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('whatever it was doing, a stop is at rest within 60 ms, inside the workspace', () => {
  fc.assert(
    fc.property(fc.array(far, { minLength: 1, maxLength: 6 }), number(0.005, 0.05), (wishes, interval) => {
      const governor = atStart()
      let [now, command] = [0, START]
      const call = (wanted: Pose) => {
        now += interval
        const seen = { pose: identityPose(), stamp: now, confidence: 1 }
        const observation = { stamp: now, source: seen, target: seen, eeInBase: command }
        command = governor.guard({ wanted, observation, sourceInTarget: FREE, now, plannedAt: now }).eeInBase
        expect(Math.max(...outside(limits, command))).toBeLessThanOrEqual(1e-11)
      }
      for (const wanted of wishes) for (let tick = 0; tick < 8; tick++) call(wanted)
      governor.stop('fuzz')
      const stoppedAt = now
      while (now < stoppedAt + HARD_STOP - 1e-9) call(wishes[0] as Pose)
      const held = command
      for (let tick = 0; tick < 5; tick++) call(wishes[0] as Pose)
      expect(command).toEqual(held)
    }),
    { numRuns: 200 },
  )
})

test('pressed too hard against an end effector that stands, no stream of wishes brings the command deeper than its stop', () => {
  const wish = fc.tuple(within(0.03), within(0.06)).map(([way, spin]) => drifted(START, way, spin, 1))
  const wishes = fc.array(fc.record({ wanted: wish, calls: fc.integer({ min: 1, max: 12 }) }), {
    minLength: 2,
    maxLength: 10,
  })
  const wrench = fc.constantFrom({ force: 30, torque: 0 }, { force: 0, torque: 6 })
  fc.assert(
    fc.property(
      wishes,
      fc.integer({ min: 1, max: 40 }),
      number(0.01, 0.05),
      wrench,
      fc.constantFrom(0, 0.002),
      (list, free, interval, { force, torque }, retract) => {
        const governor = atStart({ retract })
        let [now, command, calls] = [0, START, 0]
        let [deepest, deepestTurn] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
        for (const { wanted, calls: more } of list) {
          for (let call = 0; call < more; call++) {
            now += interval
            const seen = { pose: identityPose(), stamp: now, confidence: 1 }
            const isPressed = calls++ >= free
            const felt: Wrench = { force: [0, 0, isPressed ? force : 0], torque: [0, isPressed ? torque : 0, 0] }
            const observation = { stamp: now, source: seen, target: seen, eeInBase: START, wrench: felt }
            const before = command
            command = governor.guard({ wanted, observation, sourceInTarget: FREE, now, plannedAt: now }).eeInBase
            if (!isPressed) continue
            if (calls === free + 1) {
              // The way of the hard stop, with the acceleration that it had: v T / 2 + a T² / 12.
              const { translation, rotation } = poseDistance(before, START)
              deepest = translation + (limits.speed * HARD_STOP) / 2 + (limits.acceleration * HARD_STOP ** 2) / 12
              deepestTurn =
                rotation + (limits.angularSpeed * HARD_STOP) / 2 + (limits.angularAcceleration * HARD_STOP ** 2) / 12
            }
            const { translation, rotation } = poseDistance(command, START)
            expect(translation).toBeLessThanOrEqual(Math.max(retract, deepest) + 1e-8)
            expect(rotation).toBeLessThanOrEqual(
              Math.max((retract * limits.reach.rotation) / limits.reach.translation, deepestTurn) + 1e-6,
            )
            const step = poseDistance(before, command)
            // Once it rests, that is how deep it may be.
            if (retract === 0 && step.translation === 0 && step.rotation === 0)
              [deepest, deepestTurn] = [translation, rotation]
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})
