// An onlooker with a ruler and a clock: what tests expect of every command that a governor gives out, whatever it was asked.
//
// It knows the limits and what was asked and said, and nothing of how the governor thinks. Where a limit can only be kept from some
// moment on (a part that is suddenly seen near the target, an end effector that suddenly stands), it waits for that moment.
import { expect } from 'vitest'
import { identityPose, type Pose, poseDistance, type Quat, rotateVector, type Vec3 } from '../geometry/index.ts'
import { isValidPose, type TrackedPose } from '../perception/index.ts'
import { type Guarded, type GuardRequest, HARD_STOP } from './governor.ts'
import { INTERVENTIONS, type Intervention } from './interventions.ts'
import type { Limits } from './limits.ts'
import { PLACES, ROTATIONS, type Space } from './motion-limits.ts'
import { lengthOf, minus, times } from './vector.ts'

/** Those that brake within all limits, but for force and torque … */
const GENTLE = new Set<Intervention>([
  ...(['pause', 'workspace', 'tilt', 'reach', 'contact', 'creep', 'speed', 'acceleration', 'jerk'] as const),
  ...(['force', 'torque'] as const),
])
/** … and those that end in rest, hard. */
const HARD: Intervention[] = ['stop', 'invalid', 'stale', 'lost', 'jump', 'plan']
/** Calls within 50 µs count as one. */
const ONE_CALL = 5e-5
const LONGEST_STEP = 0.1
/** Further than a tracked pose may ever leap, m. */
const LEAP = 0.5

interface Sample<X> {
  value: X
  time: number
}

export class Onlooker {
  readonly #limits: Limits
  #command = identityPose()
  #clock = 0
  /** of the last call that counted */
  #counted = 0
  /** Those since the last time that it was not moved by its own plan. */
  #places: Sample<Readonly<Vec3>>[] = []
  #turns: Sample<Readonly<Quat>>[] = []
  /** What may not be exceeded: the limits, or what it began with. */
  #mostOutside: number[] = []
  #mostTilt = 0
  #ee = identityPose()
  /** how far it may be from an end effector that stands, m and rad */
  #reach = { translation: Number.POSITIVE_INFINITY, rotation: Number.POSITIVE_INFINITY }
  /** s */
  #inZoneFor = 0
  #heldFor = 0
  #creeping = false
  readonly #seen = { source: new Sighting(), target: new Sighting() }

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Somebody resumed: what the tracker says next is believed. */
  resumed(): void {
    this.#seen.source.forget()
    this.#seen.target.forget()
  }

  /** `began`: it began, or began anew, in this call; so in the first. */
  see(request: GuardRequest, { eeInBase, interventions }: Guarded, began: boolean): void {
    const { observation, now } = request
    const kinds = new Set(interventions.map(({ kind }) => kind))
    for (const { kind, message } of interventions) {
      expect(INTERVENTIONS).toContain(kind)
      expect(message.length).toBeGreaterThan(5)
    }
    expect(Math.hypot(...eeInBase.orientation)).toBeCloseTo(1, 9)
    const step = poseDistance(this.#command, eeInBase)
    const elapsed = Number.isFinite(now) ? now - this.#clock : 0
    if (Number.isFinite(now)) this.#clock = now
    const counts = now - this.#counted >= ONE_CALL || now < this.#counted
    if (counts) this.#counted = now
    if (began) this.#begins(eeInBase, observation.eeInBase)
    else if (elapsed <= 0) expect(eeInBase).toEqual(this.#command)
    else this.#isNoFaster(step, elapsed)
    this.#isInside(eeInBase)
    this.#isSmooth(eeInBase, kinds, step.translation > 0 || step.rotation > 0, counts, now)
    this.#isWithinReach(eeInBase, observation.eeInBase, step, elapsed, began)
    this.#isSlowInZone(request.sourceInTarget, step.translation, elapsed)
    this.#holds(kinds, step, elapsed, began)
    this.#followsNoLeap(request, kinds, began || (elapsed < 0 && kinds.has('time')))
    this.#creeps(eeInBase, request.wanted, step, elapsed, began)
    if (kinds.size === 0 && elapsed > 2 * ONE_CALL && !began) {
      expect(poseDistance(eeInBase, request.wanted).translation).toBeLessThan(1e-9)
    }
    this.#command = eeInBase
  }

  /** It begins where the end effector is, and may not go further out than that is. */
  #begins(command: Pose, ee: Pose): void {
    expect(poseDistance(command, ee).translation).toBe(0)
    this.#mostOutside = outside(this.#limits, command).map((excess) => Math.max(0, excess))
    this.#mostTilt = Math.max(this.#limits.tilt?.angle ?? Math.PI, tiltOf(this.#limits, command))
    ;[this.#places, this.#turns] = [[], []]
    this.resumed()
  }

  #isNoFaster(step: Step, elapsed: number): void {
    const passed = Math.min(elapsed + ONE_CALL, LONGEST_STEP)
    expect(step.translation).toBeLessThanOrEqual(this.#limits.speed * passed * (1 + 1e-6) + 1e-12)
    expect(step.rotation).toBeLessThanOrEqual(this.#limits.angularSpeed * passed * 1.002 + 1e-9)
  }

  #isInside(command: Pose): void {
    for (const [i, excess] of outside(this.#limits, command).entries()) {
      expect(excess).toBeLessThanOrEqual((this.#mostOutside[i] as number) + 1e-11)
    }
    expect(tiltOf(this.#limits, command)).toBeLessThanOrEqual(this.#mostTilt + 1e-7)
  }

  /** A hard stop, and what comes of a clock that fails, has limits of its own. */
  #isSmooth(command: Pose, kinds: Set<Intervention>, moved: boolean, counts: boolean, now: number): void {
    const forced = (kinds.has('force') || kinds.has('torque')) && moved
    if (forced || [...kinds].some((kind) => !GENTLE.has(kind))) [this.#places, this.#turns] = [[], []]
    else if (counts) {
      this.#places = [...this.#places.slice(-3), { value: command.position, time: now }]
      this.#turns = [...this.#turns.slice(-3), { value: command.orientation, time: now }]
      // Rounding of differences over microseconds is larger than any limit.
      if (this.#places.some(({ time }, i) => i > 0 && time - (this.#places[i - 1] as Sample<unknown>).time <= 3e-4))
        return
      const [place, turn] = [newest(PLACES, this.#places), newest(ROTATIONS, this.#turns)]
      expect(place.acceleration).toBeLessThanOrEqual(this.#limits.acceleration * 1.01)
      expect(place.jerk).toBeLessThanOrEqual(this.#limits.jerk * 1.001)
      expect(turn.acceleration).toBeLessThanOrEqual(this.#limits.angularAcceleration * 1.01)
      expect(turn.jerk).toBeLessThanOrEqual(this.#limits.angularJerk * 1.01)
    }
  }

  /** Ahead of an end effector that stands: no further than the stop that was under way when it stood still. */
  #isWithinReach(command: Pose, ee: Pose, step: Step, elapsed: number, began: boolean): void {
    const { reach, speed, acceleration, jerk, angularSpeed, angularAcceleration, angularJerk } = this.#limits
    const ahead = poseDistance(command, ee)
    if (began) this.#reach = { ...reach }
    else if (!isValidPose(ee) || JSON.stringify(ee) !== JSON.stringify(this.#ee)) {
      this.#reach = {
        translation: Math.max(reach.translation, ahead.translation + longestStop(speed, acceleration, jerk).way),
        rotation: Math.max(
          reach.rotation,
          ahead.rotation + longestStop(angularSpeed, angularAcceleration, angularJerk).way,
        ),
      }
    } else {
      expect(ahead.translation).toBeLessThanOrEqual(this.#reach.translation + 1e-11)
      expect(ahead.rotation).toBeLessThanOrEqual(this.#reach.rotation * 1.001)
      if (elapsed > 2 * ONE_CALL) {
        if (step.translation === 0) this.#reach.translation = Math.max(reach.translation, ahead.translation)
        if (step.rotation === 0) this.#reach.rotation = Math.max(reach.rotation, ahead.rotation)
      }
    }
    this.#ee = ee
  }

  #isSlowInZone({ position }: Pose, step: number, elapsed: number): void {
    const { contactZone, speed, acceleration, jerk } = this.#limits
    // Nobody knows where NaN is.
    const inZone =
      !position.every(Number.isFinite) ||
      position.every((x, i) => x >= contactZone.low[i as 0] && x <= contactZone.high[i as 0])
    if (!inZone) this.#inZoneFor = 0
    else if (elapsed > 0) {
      if (this.#inZoneFor > longestStop(speed, acceleration, jerk).duration) {
        expect(step).toBeLessThanOrEqual(
          contactZone.speed * Math.min(elapsed + ONE_CALL, LONGEST_STEP) * (1 + 1e-6) + 1e-12,
        )
      }
      this.#inZoneFor += elapsed
    }
  }

  #holds(kinds: Set<Intervention>, step: Step, elapsed: number, began: boolean): void {
    if (began || !HARD.some((kind) => kinds.has(kind))) this.#heldFor = 0
    else if (elapsed > 0) {
      if (this.#heldFor > HARD_STOP + ONE_CALL) expect(step).toEqual({ translation: 0, rotation: 0 })
      this.#heldFor += elapsed
    }
  }

  #followsNoLeap({ observation, now }: GuardRequest, kinds: Set<Intervention>, forgets: boolean): void {
    if (!Number.isFinite(now)) return
    if (forgets) this.resumed()
    for (const name of ['source', 'target'] as const) {
      if (!this.#seen[name].leapt(observation[name], now)) continue
      expect([...HARD, 'pause', 'time'].some((kind) => kinds.has(kind as Intervention))).toBe(true)
    }
  }

  #creeps(command: Pose, wanted: Pose, step: Step, elapsed: number, began: boolean): void {
    const { creep, reach, speed, angularSpeed } = this.#limits
    const passed = Math.min(Math.max(0, elapsed) + ONE_CALL, LONGEST_STEP)
    if (began) this.#creeping = true
    else if (this.#creeping) {
      expect(step.translation).toBeLessThanOrEqual(creep.speed * passed * (1 + 1e-6) + 1e-12)
      expect(step.rotation).toBeLessThanOrEqual(((angularSpeed * creep.speed) / speed) * passed * 1.002 + 1e-9)
    }
    const left = poseDistance(command, wanted)
    if (left.translation <= creep.until + 1e-9 && left.rotation <= reach.rotation + 1e-9) this.#creeping = false
  }
}

type Step = ReturnType<typeof poseDistance>

/** What is believed of an object, which a leap does not change. */
class Sighting {
  #place: Readonly<Vec3> | undefined
  #stamp = Number.NEGATIVE_INFINITY
  #hasLeapt = false

  forget(): void {
    this.#place = undefined
    this.#stamp = Number.NEGATIVE_INFINITY
    this.#hasLeapt = false
  }

  leapt({ pose, stamp, confidence }: TrackedPose, now: number): boolean {
    if (confidence > 0 && isValidPose(pose) && stamp > this.#stamp && stamp <= now + 0.01) {
      this.#hasLeapt = this.#place !== undefined && lengthOf(minus(pose.position, this.#place)) > LEAP
      if (!this.#hasLeapt) [this.#place, this.#stamp] = [pose.position, stamp]
    }
    return this.#hasLeapt
  }
}

/** Of the gentle stops from any motion within the limits: no way is longer, no time either. */
function longestStop(speed: number, acceleration: number, jerk: number): { way: number; duration: number } {
  const kept = (2 * acceleration + Math.sqrt(4 * acceleration ** 2 + 6 * jerk * speed)) / jerk
  const duration = 1.5 * Math.max(kept, (1.5 * speed) / acceleration)
  return { duration, way: (speed * duration) / 2 + (acceleration * duration ** 2) / 12 }
}

/** Largest divided differences of the newest of up to four samples, as derivatives go. */
function newest<X>({ way }: Space<X>, samples: readonly Sample<X>[]): { acceleration: number; jerk: number } {
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
    acceleration: acceleration ? lengthOf(acceleration) : 0,
    jerk: acceleration && before ? (3 * lengthOf(minus(acceleration, before))) / (time(0) - time(3)) : 0,
  }
}

/** By how much a pose is outside each side of the workspace, m. */
export const outside = ({ workspace }: Limits, { position }: Pose): number[] =>
  position.flatMap((x, i) => [workspace.low[i as 0] - x, x - workspace.high[i as 0]])

/** rad; the axes of the tests' cones are the z axes */
const tiltOf = ({ tilt }: Limits, { orientation }: Pose): number =>
  tilt ? Math.acos(Math.min(1, Math.max(-1, rotateVector(orientation, [0, 0, 1])[2]))) : 0
