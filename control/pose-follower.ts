// A pose that follows a wish: its place and its orientation, each within its own limits.
import type { Pose, Quat, Vec3 } from '../geometry/index.ts'
import { type Bound, Follower, PLACES, type Rates, type Refusal, ROTATIONS, type SlowZone } from './motion-limits.ts'

export interface PoseBounds {
  place: readonly Bound<Readonly<Vec3>>[]
  turn: readonly Bound<Readonly<Quat>>[]
}

export interface PoseRates {
  place: Rates
  turn: Rates
}

/**
 * Rotations do not commute, so differences of rotation vectors are those of an orientation but for half the product of
 * angular speed and acceleration: this much of the limits is left to that.
 */
const CURVED = { acceleration: 0.97, jerk: 0.9 }

export class PoseFollower {
  readonly #place: Follower<Readonly<Vec3>>
  readonly #turn: Follower<Readonly<Quat>>

  /** At rest at `start`. */
  constructor(start: Pose, time: number) {
    this.#place = new Follower(PLACES, start.position, time)
    this.#turn = new Follower(ROTATIONS, start.orientation, time)
  }

  get pose(): Pose {
    return { position: this.#place.value, orientation: this.#turn.value }
  }

  /** of the last pose, s */
  get time(): number {
    return this.#place.time
  }

  /** Whether a hard stop is under way. */
  get isHalting(): boolean {
    return this.#place.isHalting || this.#turn.isHalting
  }

  get isAtRest(): boolean {
    return this.#place.isAtRest && this.#turn.isAtRest
  }

  /** Where it comes to rest if it is braked within the limits from now on. */
  get resting(): Pose {
    return { position: this.#place.resting, orientation: this.#turn.resting }
  }

  rest(time: number): void {
    this.#place.rest(time)
    this.#turn.rest(time)
  }

  brake(time: number): void {
    this.#place.brake(time)
    this.#turn.brake(time)
  }

  /** Brakes hard: from the speeds given to rest in `duration` s, sooner from less. */
  halt(time: number, { place, turn }: PoseRates, duration: number): void {
    this.#place.halt(time, duration / place.speed)
    this.#turn.halt(time, duration / turn.speed)
  }

  follow(
    { position, orientation }: Pose,
    time: number,
    { place, turn }: PoseRates,
    bounds: PoseBounds,
    slow?: SlowZone,
  ): { place?: Refusal | undefined; turn?: Refusal | undefined } {
    const curved = {
      speed: turn.speed,
      acceleration: CURVED.acceleration * turn.acceleration,
      jerk: CURVED.jerk * turn.jerk,
    }
    return {
      place: this.#place.follow(position, time, place, bounds.place, slow),
      turn: this.#turn.follow(orientation, time, curved, bounds.turn),
    }
  }
}
