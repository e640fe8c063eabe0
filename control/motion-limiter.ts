// A commanded motion that keeps speed, acceleration and jerk within limits, whenever it is asked for its next step.
//
// A step is taken only if, after it, the motion can still be brought to rest without leaving what is allowed: the way to
// rest is kept, and when the next step would not do, that way is followed instead. So no wish, however it jumps, and no
// limit that comes near, can ask for more than the limits at once. Speed, acceleration and jerk are those of the commands
// themselves: divided differences over the times between them. Each axis has its share of acceleration and jerk, 1/√3, so
// that their sum keeps the limit in every direction.
import type { Vec3 } from '../geometry/index.ts'
import { type AxisLimits, StopProfile } from './stop-profile.ts'

export interface MotionLimits {
  speed: number
  acceleration: number
  jerk: number
}

/** A step and what follows if the motion is then brought to rest. */
export interface Stoppable {
  /** of this step */
  step: Vec3
  /** where the way to rest leads, from before the step: lowest and highest on each axis, and its end */
  low: Vec3
  high: Vec3
  end: Vec3
  /** length of the way to rest after the step, at most */
  path: number
}

/** A wish to move on: how far it is, and what is allowed on the way. */
export interface Wish {
  toGo: Vec3
  /** at present, at most what the limits say */
  speed: number
  isAllowed(after: Stoppable): boolean
}

const SHARE = 1 / Math.sqrt(3)
/** The way to rest is planned with less than is allowed: the times of later commands are not known yet. */
const RESERVE = { acceleration: 0.9, jerk: 0.5 }
/** Nothing happened before the first command: as if commands had come at this interval, s. */
const USUAL_INTERVAL = 1 / 60

export class MotionLimiter {
  readonly #limits: MotionLimits
  readonly #axis: AxisLimits
  readonly #stopping: AxisLimits
  /** of the last step, each axis */
  #velocity: Vec3 = [0, 0, 0]
  #acceleration: Vec3 = [0, 0, 0]
  /** the last two times between commands, s, newest first */
  #intervals: [number, number] = [USUAL_INTERVAL, USUAL_INTERVAL]
  /** the way to rest, and how far along it the last command was, s */
  #rest: { profiles: StopProfile[]; time: number } | undefined

  constructor(limits: MotionLimits) {
    this.#limits = limits
    this.#axis = { acceleration: limits.acceleration * SHARE, jerk: limits.jerk * SHARE }
    this.#stopping = {
      acceleration: this.#axis.acceleration * RESERVE.acceleration,
      jerk: this.#axis.jerk * RESERVE.jerk,
    }
  }

  /** m/s, or rad/s: of the last step */
  get speed(): number {
    return Math.hypot(...this.#velocity)
  }

  /** Forgets all motion: what is commanded next begins at rest. */
  reset(): void {
    this.#velocity = [0, 0, 0]
    this.#acceleration = [0, 0, 0]
    this.#rest = undefined
  }

  /**
   * The next step, `elapsed` > 0 s after the last: straight to where is wished if the limits let it, else as near as they
   * do. Without a wish, or when none is allowed, on the way to rest. `complete`: whether it leads to where was wished.
   */
  next(wish: Wish | undefined, elapsed: number): { step: Vec3; complete: boolean } {
    if (wish) {
      const speed = Math.min(wish.speed, this.#limits.speed)
      const direct = scaled(wish.toGo, 1 / elapsed)
      const candidates: [velocity: Vec3, exact: boolean][] = [
        [direct, true],
        [this.#approach(wish.toGo, elapsed, speed), false],
      ]
      for (const [wanted, exact] of candidates) {
        const motion = this.#towards(wanted, elapsed)
        if (exact && !equal(motion.velocity, wanted)) continue
        // Where the limit has just become lower, it cannot be kept at once; no faster than now, then.
        const most = Math.max(speed, this.speed) * (1 + 1e-9)
        const profiles = this.#wayToRest(motion)
        if (Math.hypot(...motion.velocity) > most || Math.hypot(...profiles.map((p) => p.peakSpeed)) > most) continue
        const after = stoppable(scaled(motion.velocity, elapsed), profiles, elapsed / 2)
        if (!wish.isAllowed(after)) continue
        this.#take(motion, elapsed, { profiles, time: elapsed / 2 })
        return { step: after.step, complete: exact }
      }
    }
    return { step: this.#brake(elapsed), complete: false }
  }

  /** The velocity for a goal `toGo` away that may stand still: no faster than can be braked in time. */
  #approach(toGo: Vec3, elapsed: number, speed: number): Vec3 {
    const distance = Math.hypot(...toGo)
    if (distance === 0) return [0, 0, 0]
    const { acceleration: A, jerk: J } = this.#stopping
    // d = v²/2A + vA/2J, solved for v: what a way to rest with all three phases takes, and more than shorter ones do.
    const ramp = (A * A) / (2 * J)
    const braked = Math.sqrt(ramp * ramp + 2 * A * distance) - ramp
    return scaled(toGo, Math.min(speed, distance / elapsed, braked) / distance)
  }

  /** As close to `wanted` as acceleration and jerk let the velocity come in this step. */
  #towards(wanted: Vec3, elapsed: number): { velocity: Vec3; acceleration: Vec3 } {
    const [before, earlier] = this.#intervals
    const span = (elapsed + before) / 2
    const change = this.#axis.jerk * ((elapsed + before + earlier) / 3)
    const acceleration = wanted.map((target, i) => {
      const [v, a] = [this.#velocity[i as 0], this.#acceleration[i as 0]]
      const least = Math.max(-this.#axis.acceleration, a - change)
      const most = Math.min(this.#axis.acceleration, a + change)
      const asked = (target - v) / span
      // So that it can fade away in time when the velocity is reached.
      const fading = Math.sqrt(2 * this.#stopping.jerk * Math.abs(target - v))
      const gentle = asked > most || asked < least ? Math.sign(asked) * Math.min(Math.abs(asked), fading) : asked
      return Math.min(Math.max(gentle, least), most)
    }) as unknown as Vec3
    const velocity = acceleration.map((a, i) => {
      const reached = this.#velocity[i as 0] + a * span
      const target = wanted[i as 0]
      // Rounding must not turn a wish that is granted into one that is not.
      return Math.abs(reached - target) <= 1e-12 * (1 + Math.abs(target)) ? target : reached
    }) as unknown as Vec3
    return { velocity, acceleration }
  }

  #wayToRest({ velocity, acceleration }: { velocity: Vec3; acceleration: Vec3 }): StopProfile[] {
    return velocity.map((speed, i) => new StopProfile({ speed, acceleration: acceleration[i as 0] }, this.#stopping))
  }

  #brake(elapsed: number): Vec3 {
    const { profiles, time } = (this.#rest ??= {
      profiles: this.#wayToRest({ velocity: this.#velocity, acceleration: this.#acceleration }),
      time: this.#intervals[0] / 2,
    })
    const later = time + elapsed
    const step = profiles.map((profile) => profile.positionAt(later) - profile.positionAt(time)) as unknown as Vec3
    const velocity = scaled(step, 1 / elapsed)
    const span = (elapsed + this.#intervals[0]) / 2
    const acceleration = velocity.map((v, i) => (v - this.#velocity[i as 0]) / span) as unknown as Vec3
    this.#take({ velocity, acceleration }, elapsed, { profiles, time: later })
    return step
  }

  #take(
    { velocity, acceleration }: { velocity: Vec3; acceleration: Vec3 },
    elapsed: number,
    rest: { profiles: StopProfile[]; time: number },
  ): void {
    this.#velocity = velocity
    this.#acceleration = acceleration
    this.#intervals = [elapsed, this.#intervals[0]]
    this.#rest = rest
  }
}

function stoppable(step: Vec3, profiles: StopProfile[], time: number): Stoppable {
  // A step's velocity is that of its middle: the profile begins there, and the step covers the half of it.
  const ranges = profiles.map((profile) => profile.rangeFrom(time))
  const here = profiles.map((profile) => profile.positionAt(time))
  const at = (i: number, position: number) => step[i as 0] + position - (here[i] as number)
  const vector = (of: (i: number) => number): Vec3 => [of(0), of(1), of(2)]
  return {
    step,
    low: vector((i) => at(i, (ranges[i] as [number, number])[0])),
    high: vector((i) => at(i, (ranges[i] as [number, number])[1])),
    end: vector((i) => at(i, (profiles[i] as StopProfile).positionAt(Number.POSITIVE_INFINITY))),
    path: profiles.reduce((sum, profile) => sum + profile.pathFrom(time), 0),
  }
}

const scaled = (v: Readonly<Vec3>, factor: number): Vec3 => [v[0] * factor, v[1] * factor, v[2] * factor]
const equal = (a: Readonly<Vec3>, b: Readonly<Vec3>): boolean => a.every((value, i) => value === b[i as 0])
