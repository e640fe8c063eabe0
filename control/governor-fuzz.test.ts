// Whatever is asked, seen and said, and whenever: what is commanded keeps every limit.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  axisAngleToQuat,
  identityPose,
  makePose,
  type Pose,
  poseDistance,
  type Quat,
  rotateVector,
  type Vec3,
} from '../geometry/index.ts'
import { exampleLimits } from './example-limits.ts'
import { Governor, HARD_STOP } from './governor.ts'
import { INTERVENTIONS } from './interventions.ts'
import type { Limits } from './limits.ts'
import { PLACES, ROTATIONS, type Space } from './motion-limits.ts'
import { lengthOf, minus, times } from './vector.ts'

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

/** For some calls in a row. */
const stretch = fc.record({
  calls: fc.integer({ min: 1, max: 25 }),
  /** leaps there, or drifts in that direction */
  wish: fc.oneof(
    mostly(fc.oneof(near, far), anyPose).map((pose) => ({ leap: pose })),
    fc.tuple(number(-0.12, 0.12), number(-0.12, 0.12), number(-0.12, 0.12)).map((drift) => ({ drift: drift as Vec3 })),
  ),
  /** undefined: it follows at once; `stuck`: it stays where it is */
  ee: mostly(fc.constantFrom(undefined, undefined, 'stuck' as const), fc.oneof(near, anyPose)),
  source: mostly(fc.oneof(fc.constantFrom(FREE, identityPose()), near), anyPose),
  force: mostly(number(0, 30), anyNumber),
  interval: fc.constantFrom(1 / 60, 1 / 30, 0.01, 0.1),
  jitter: fc.array(mostly(number(0, 1), fc.constantFrom(0, -30, 60, Number.NaN, 1e-7)), { minLength: 4, maxLength: 4 }),
  age: mostly(number(0, 0.1), fc.oneof(number(-1, 2), anyNumber)),
  planAge: mostly(number(0, 0.9), fc.oneof(number(-1, 2), anyNumber)),
  confidence: mostly(fc.constant(1), fc.constantFrom(0, Number.NaN)),
  act: mostly(fc.constant(undefined), fc.constantFrom('pause', 'resume', 'stop', 'rearm', 'resume', 'rearm')),
})

interface Sample<X> {
  value: X
  time: number
}

/** Largest divided differences of the newest of up to four samples, as derivatives go. */
function newest<X>({ way }: Space<X>, samples: readonly Sample<X>[]) {
  const speeds: Vec3[] = []
  for (const [i, b] of samples.entries()) {
    const a = samples[i - 1]
    if (a) speeds.push(times(way(a.value, b.value), 1 / (b.time - a.time)))
  }
  const time = (back: number) => (samples.at(-1 - back) as Sample<X>).time
  const [c, b, a] = [speeds.at(-1), speeds.at(-2), speeds.at(-3)]
  const acceleration = c && b && times(minus(c, b), 2 / (time(0) - time(2)))
  const before = b && a && times(minus(b, a), 2 / (time(1) - time(3)))
  return {
    speed: c ? lengthOf(c) : 0,
    acceleration: acceleration ? lengthOf(acceleration) : 0,
    jerk: acceleration && before ? (3 * lengthOf(minus(acceleration, before))) / (time(0) - time(3)) : 0,
  }
}

const outside = ({ position }: Pose): number[] =>
  position.flatMap((x, i) => [limits.workspace.low[i as 0] - x, x - limits.workspace.high[i as 0]])
const tilt = ({ orientation }: Pose): number =>
  Math.acos(Math.min(1, Math.max(-1, rotateVector(orientation, [0, 0, 1])[2])))

/** Has had its first call, which begins wherever the end effector is. */
function atStart(): Governor {
  const governor = new Governor(limits)
  const seen = { pose: identityPose(), stamp: 0, confidence: 1 }
  const observation = { stamp: 0, source: seen, target: seen, eeInBase: START }
  governor.guard({ wanted: START, observation, sourceInTarget: FREE, now: 0, plannedAt: 0 })
  return governor
}

test('whatever is asked, seen and said, commands keep every limit, and every change has a reason', () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
      const governor = atStart()
      let [now, clock, command, wanted, ee] = [0, 0, START, START, START]
      // What may not be exceeded: 0, or what a rearmed end effector was outside by.
      let [allowed, allowedTilt] = [outside(START).map(() => 0), 0.3]
      // Those since the last time that it was not moved by its own plan.
      let places: Sample<Readonly<Vec3>>[] = []
      let turns: Sample<Readonly<Quat>>[] = []
      let rearmed = false
      for (const {
        calls,
        wish,
        source,
        force,
        interval,
        jitter,
        age,
        planAge,
        confidence,
        act,
        ...rest
      } of stretches) {
        if (act === 'stop') governor.stop('fuzz')
        else if (act) {
          rearmed ||= act === 'rearm' && governor.state === 'stopped'
          governor[act]()
        }
        if ('leap' in wish) wanted = wish.leap
        for (let call = 0; call < calls; call++) {
          if ('drift' in wish) {
            wanted = {
              ...wanted,
              position: wanted.position.map((x, i) => x + (wish.drift[i] as number) * interval) as Vec3,
            }
          }
          now = clock + interval * (jitter[call % 4] as number)
          const elapsed = now - clock
          if (Number.isFinite(now)) clock = now
          ee = rest.ee === 'stuck' ? ee : (rest.ee ?? command)
          const seen = { pose: identityPose(), stamp: now - age, confidence }
          const { eeInBase, interventions } = governor.guard({
            wanted,
            observation: {
              stamp: now - age,
              source: seen,
              target: seen,
              eeInBase: ee,
              wrench: { force: [0, 0, force], torque: [0, 0, 0] },
            },
            sourceInTarget: source,
            now,
            plannedAt: now - planAge,
          })
          const kinds = new Set(interventions.map(({ kind }) => kind))
          for (const { kind, message } of interventions) {
            expect(INTERVENTIONS).toContain(kind)
            expect(message.length).toBeGreaterThan(5)
          }

          expect(Math.hypot(...eeInBase.orientation)).toBeCloseTo(1, 9)
          const step = poseDistance(command, eeInBase)
          const began = rearmed && !kinds.has('invalid') && !kinds.has('stale')
          if (began && Number.isFinite(now)) {
            // It begins where the end effector is, and may not go further out than that is.
            rearmed = false
            expect(poseDistance(eeInBase, ee).translation).toBe(0)
            allowed = outside(eeInBase).map((excess) => Math.max(0, excess))
            allowedTilt = Math.max(0.3, tilt(eeInBase))
            ;[places, turns] = [[], []]
          } else if (!(elapsed > 0)) expect(eeInBase).toEqual(command)
          else {
            // Calls within 50 µs count as one.
            const passed = Math.min(elapsed + 5e-5, 0.1)
            expect(step.translation).toBeLessThanOrEqual(limits.speed * passed * (1 + 1e-6) + 1e-12)
            expect(step.rotation).toBeLessThanOrEqual(limits.angularSpeed * passed * 1.002 + 1e-9)
          }
          for (const [i, excess] of outside(eeInBase).entries()) {
            expect(excess).toBeLessThanOrEqual((allowed[i] as number) + 1e-11)
          }
          expect(tilt(eeInBase)).toBeLessThanOrEqual(allowedTilt + 1e-7)

          // A hard stop, and what comes of a clock that fails, has limits of its own.
          const gentle = [...kinds].every((kind) => GENTLE.has(kind))
          const forced = (kinds.has('force') || kinds.has('torque')) && step.translation > 0
          if (!gentle || forced) [places, turns] = [[], []]
          else if (elapsed > 0) {
            places = [...places.slice(-3), { value: eeInBase.position, time: now }]
            turns = [...turns.slice(-3), { value: eeInBase.orientation, time: now }]
            // Rounding of differences over microseconds is larger than any limit.
            if (places.every(({ time }, i) => i === 0 || time - (places[i - 1] as Sample<unknown>).time > 1e-4)) {
              const [moved, turned] = [newest(PLACES, places), newest(ROTATIONS, turns)]
              expect(moved.acceleration).toBeLessThanOrEqual(limits.acceleration * 1.01)
              expect(moved.jerk).toBeLessThanOrEqual(limits.jerk * 1.001)
              expect(turned.acceleration).toBeLessThanOrEqual(limits.angularAcceleration * 1.01)
              expect(turned.jerk).toBeLessThanOrEqual(limits.angularJerk * 1.01)
            }
          }
          if (kinds.size === 0 && elapsed > 1e-4 && !began) {
            expect(poseDistance(eeInBase, wanted).translation).toBeLessThan(1e-9)
          }
          command = eeInBase
        }
      }
    }),
    { numRuns: 300 },
  )
})

const GENTLE = new Set(['pause', 'workspace', 'tilt', 'reach', 'contact', 'creep', 'speed', 'acceleration', 'jerk'])

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
        expect(Math.max(...outside(command))).toBeLessThanOrEqual(1e-11)
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
