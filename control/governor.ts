// The safety governor: every command passes through it, whatever planned it and whichever robot follows.
//
// It answers each wanted end-effector pose with one that keeps every limit, and says what it changed and why. It knows
// nothing of the task but where contact is to be expected.
import { interpolateLinear, type Pose, poseDistance, type Vec3 } from '../geometry/index.ts'
import { type Change, type Intervention, InterventionLog, type LogEntry } from './interventions.ts'
import type { Limits } from './limits.ts'
import type { Observation } from './robot.ts'
import { type GovernorState, StopLatch } from './stop-latch.ts'

export interface GuardRequest {
  /** end effector in the base */
  wanted: Pose
  observation: Observation
  /** the part as the controller believes it to be: says where contact is */
  sourceInTarget: Pose
  /** when the command will be sent, s */
  now: number
  /** when the newest plan was made, s; what is not planned says `now` */
  plannedAt: number
}

export interface Guarded {
  eeInBase: Pose
  /** what was changed, in the order it was decided; empty when the wish went through */
  interventions: Change[]
}

export class Governor {
  readonly #limits: Limits
  #last: { pose: Pose; time: number } | undefined
  readonly #log = new InterventionLog()
  readonly #latch = new StopLatch()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** How often each kind of intervention was needed. */
  get counts(): ReadonlyMap<Intervention, number> {
    return this.#log.counts
  }

  /** When each kind of intervention began and ended. */
  get log(): readonly LogEntry[] {
    return this.#log.entries
  }

  get state(): GovernorState {
    return this.#latch.state
  }

  /** Brakes within the limits and holds, until `resume`. */
  pause(): void {
    this.#latch.pause()
  }

  resume(): void {
    this.#latch.resume()
  }

  /** Holds from the next command on, until `rearm`. `reason` names who stopped: a key, a joystick, a topic. */
  stop(reason: string): void {
    this.#latch.stop(reason)
  }

  /** Releases a stop: the next command starts from where the end effector is observed. */
  rearm(): void {
    if (this.#latch.rearm()) this.#last = undefined
  }

  /**
   * A command for `now` (s) that keeps every limit. `sourceInTarget`: the part as observed, to know where contact is.
   * Throws a RangeError when the first observation does not say where the end effector is.
   */
  guard({ wanted, observation, sourceInTarget, now }: GuardRequest): Guarded {
    const { eeInBase } = observation
    if (!this.#last && !isValidPose(eeInBase)) {
      throw new RangeError('the first observation has no valid pose of the end effector: there is nothing to hold')
    }
    const previous = this.#last ?? { pose: eeInBase, time: now }
    const interventions: Guarded['interventions'] = []
    const intervene = (kind: Intervention, message: string) => {
      interventions.push({ kind, message })
    }
    const decide = (): Pose => {
      if (this.#latch.state === 'stopped') {
        intervene('stop', `stopped by ${this.#latch.reason}: rearm to go on`)
        return previous.pose
      }
      if (this.#latch.state === 'paused') {
        intervene('pause', 'paused: resume to go on')
        return previous.pose
      }
      const age = now - observation.stamp
      if (!isValidPose(wanted)) {
        intervene('invalid', 'the wanted pose is not finite, or its quaternion not of length 1')
        return previous.pose
      }
      if (!isValidPose(eeInBase)) {
        intervene('invalid', 'the observed pose of the end effector is not finite, or its quaternion not of length 1')
        return previous.pose
      }
      // Time running backwards is as bad as no news.
      if (!(age >= -1e-6 && age <= this.#limits.staleAfter)) {
        intervene('stale', `observation is ${age.toFixed(3)} s old, limit ${this.#limits.staleAfter} s`)
        return previous.pose
      }
      const elapsed = now > previous.time ? Math.min(now - previous.time, LONGEST_STEP) : 0
      const force = Math.hypot(...(observation.wrench?.force ?? [0, 0, 0]))
      // A sensor that says NaN says nothing good.
      if (!(force <= this.#limits.force) && deeper(wanted, previous.pose, eeInBase)) {
        intervene('force', `${force.toFixed(1)} N, limit ${this.#limits.force} N`)
        return previous.pose
      }
      const step = this.#withinSpeed(wanted, previous.pose, sourceInTarget, elapsed, intervene)
      const bounded = this.#withinBox(this.#withinReach(step, eeInBase, intervene), intervene)
      // An end effector that was carried off, or seems so, is followed no faster than anything else.
      return bounded === step ? step : this.#withinSpeed(bounded, previous.pose, sourceInTarget, elapsed, intervene)
    }
    const pose = decide()
    this.#last = { pose, time: Number.isFinite(now) ? now : previous.time }
    this.#log.note(interventions, now)
    return { eeInBase: pose, interventions }
  }

  #withinSpeed(wanted: Pose, from: Pose, sourceInTarget: Pose, elapsed: number, intervene: Report): Pose {
    const { contactZone, speed, angularSpeed } = this.#limits
    const limit = isOutside(sourceInTarget.position, contactZone) ? speed : contactZone.speed
    const { translation, rotation } = poseDistance(from, wanted)
    const fraction = Math.min(share(limit * elapsed, translation), share(angularSpeed * elapsed, rotation))
    if (fraction === 1) return wanted
    if (elapsed > 0 && fraction < 0.999) {
      const [mm, degrees] = [(translation / elapsed) * 1e3, ((rotation / elapsed) * 180) / Math.PI]
      intervene(
        'speed',
        `${mm.toFixed(0)} mm/s and ${degrees.toFixed(0)} °/s wanted, limit ${(limit * 1e3).toFixed(0)} mm/s`,
      )
    }
    return interpolateLinear(from, wanted, fraction)
  }

  #withinReach(wanted: Pose, eeInBase: Pose, intervene: Report): Pose {
    const { reach } = this.#limits
    const { translation, rotation } = poseDistance(eeInBase, wanted)
    const fraction = Math.min(share(reach.translation, translation), share(reach.rotation, rotation))
    if (fraction === 1) return wanted
    intervene('reach', `command ${(translation * 1e3).toFixed(1)} mm ahead of the end effector`)
    return interpolateLinear(eeInBase, wanted, fraction)
  }

  #withinBox(wanted: Pose, intervene: Report): Pose {
    const { low, high } = this.#limits.workspace
    const position = wanted.position.map((value, i) =>
      Math.min(Math.max(value, low[i as 0]), high[i as 0]),
    ) as unknown as Vec3
    if (position.every((value, i) => value === wanted.position[i])) return wanted
    intervene('workspace', `[${wanted.position.map((value) => value.toFixed(3)).join(', ')}] m is outside`)
    return { position, orientation: wanted.orientation }
  }
}

type Report = (kind: Intervention, message: string) => void

/** A longer silence does not earn a longer step, s. */
const LONGEST_STEP = 0.1

/** How much of `wanted` is allowed, 0 to 1. */
const share = (allowed: number, wanted: number): number => (wanted > allowed ? allowed / wanted : 1)

const isValidPose = ({ position, orientation }: Pose): boolean =>
  position.every(Number.isFinite) && Math.abs(Math.hypot(...orientation) - 1) < 1e-3

/** Certainly outside: false for a point that is not finite. */
const isOutside = (point: Readonly<Vec3>, { low, high }: { low: Vec3; high: Vec3 }): boolean =>
  point.every(Number.isFinite) && point.some((value, i) => value < low[i as 0] || value > high[i as 0])

/** Whether `wanted` stretches the spring between command and end effector further than `previous` did. */
const deeper = (wanted: Pose, previous: Pose, eeInBase: Pose): boolean =>
  poseDistance(wanted, eeInBase).translation > poseDistance(previous, eeInBase).translation
