// Following a wish within limits of speed, acceleration and jerk, for calls at any times.
//
// What is limited is what can be measured: the divided differences of the poses that were given out, over the times at
// which they were (the second one doubled and the third one times six, as derivatives go). They are averages of the
// derivatives of any curve through the poses. At all times there is one that goes on into the future: a parabola through
// the last three poses, and from there on a stop (stop-plan.ts). A wish is granted if its own differences keep the
// limits, and if from the motion it leads to there is again a stop that keeps every limit and every bound of place.
// Otherwise as much of it is granted as possible; and if nothing of it is, the stop is what is done, which was found
// good before. So there is always a way to go on that breaks nothing, whatever is wished and whenever one is asked.
import {
  conjugateQuat,
  multiplyQuat,
  normalizeQuat,
  type Quat,
  quatToRotationVector,
  rotationVectorToQuat,
  type Vec3,
} from '../geometry/index.ts'
import { after, atRest, gentleStop, hullOf, type Stop, speedToStopWithin, topSpeed } from './stop-plan.ts'
import { dot, lengthOf, minus, plus, times } from './vector.ts'

/** Places or orientations: what a way between two of them is. */
export interface Space<X> {
  /** from `a` to `b`, in the base */
  way(a: X, b: X): Vec3
  /** where that way leads from `a` */
  moved(a: X, way: Readonly<Vec3>): X
}

export const PLACES: Space<Readonly<Vec3>> = {
  way: (a, b) => minus(b, a),
  moved: (a, way) => plus(a, way),
}

/** Ways are rotation vectors: `log(b a⁻¹)`. */
export const ROTATIONS: Space<Readonly<Quat>> = {
  way: (a, b) => quatToRotationVector(multiplyQuat(b, conjugateQuat(a))),
  moved: (a, way) => normalizeQuat(multiplyQuat(rotationVectorToQuat(way as Vec3), a)),
}

/** Of a motion: m or rad, and seconds. */
export interface Rates {
  speed: number
  acceleration: number
  jerk: number
}

export type BoundName = 'workspace' | 'tilt' | 'reach'

/** A set to stay in. By how much the hull of these points is outside, in any unit: no more than 0 is inside. */
export interface Bound<X> {
  name: BoundName
  excess(points: readonly X[]): number
  /** the nearest in the set; the same object when that is itself */
  into(point: X): X
}

/** Where less speed is allowed: what moves faster must be able to stop before, m. */
export interface SlowZone {
  distance: number
  speed: number
}

/**
 * Why a wish was not granted: it had `got` of what is allowed; it would have been too fast to stop before the slow zone,
 * or within a bound; or it could have been reached but not been stayed at: it is approached so that it can.
 */
export type Refusal =
  | { by: 'speed' | 'slow' | 'acceleration' | 'jerk'; got: number; allowed: number }
  | { by: 'bound'; name: BoundName }
  | { by: 'approach' }

/** What a bound measures may be so much: 0, or what the stop under way has anyway. */
interface Allowed<X> {
  excess: Bound<X>['excess']
  most: number
  refusal: Refusal
}

interface Sample<X> {
  value: X
  time: number
}

/** Calls closer than this, s, are too close to measure anything by: they count as one, and nothing moves between. */
const LEAST_INTERVAL = 5e-5
/** So much of braking's distance is kept in reserve when something at rest is approached. */
const APPROACH = 1.5
/** Differences are rounded, and limits are touched. */
const ROUNDING = 1 + 1e-9

export class Follower<X> {
  readonly #space: Space<X>
  /** the last three, newest last */
  #samples: Sample<X>[]
  /** that the stop's offset is counted from */
  #origin: X
  #stop: Stop = atRest()
  /** a hard stop is carried out to its end */
  #halting = false
  #wanted: X

  /** At rest at `start`. */
  constructor(space: Space<X>, start: X, time: number) {
    this.#space = space
    this.#samples = [{ value: start, time }]
    this.#origin = start
    this.#wanted = start
  }

  get value(): X {
    return this.#newest.value
  }

  get time(): number {
    return this.#newest.time
  }

  get isHalting(): boolean {
    return this.#halting
  }

  /** Where the stop under way ends. */
  get resting(): X {
    return this.#space.moved(this.#origin, hullOf(this.#stop)[2])
  }

  get isAtRest(): boolean {
    return this.#stop.duration === 0
  }

  get #newest(): Sample<X> {
    return this.#samples.at(-1) as Sample<X>
  }

  /** Stands still from `time` on, s. */
  rest(time: number): void {
    const { value } = this.#newest
    this.#samples = [{ value, time }]
    this.#origin = value
    this.#wanted = value
    this.#stop = atRest()
    this.#halting = false
  }

  /** Goes on with the stop. */
  brake(time: number): void {
    if (!(time - this.time >= LEAST_INTERVAL)) return
    this.#stop = after(this.#stop, time - this.time)
    this.#push(this.#space.moved(this.#origin, this.#stop.offset), time)
    this.#wanted = this.value
    if (this.#halting && this.isAtRest) this.rest(time)
  }

  /** Shortens the stop to so long for each unit of speed (s per m/s or rad/s), and goes on with it to its end. */
  halt(time: number, perSpeed: number): void {
    if (!this.#halting && !this.isAtRest) {
      const duration = Math.min(this.#stop.duration, perSpeed * lengthOf(this.#stop.velocity))
      this.#stop = { ...this.#stop, duration }
      this.#halting = true
    }
    this.brake(time)
  }

  /** Goes towards `wanted`; says why, if it does not get there. */
  follow(wanted: X, time: number, rates: Rates, bounds: readonly Bound<X>[], slow?: SlowZone): Refusal | undefined {
    const elapsed = time - this.time
    if (!(elapsed >= LEAST_INTERVAL)) return undefined
    if (this.#halting) {
      this.brake(time)
      return undefined
    }
    const stopped = after(this.#stop, elapsed)
    const going = this.#places(this.#origin, stopped)
    const allow = (excess: Bound<X>['excess'], refusal: Refusal): Allowed<X> => {
      return { excess, most: Math.max(0, excess(going)), refusal }
    }
    const kept = bounds.map(({ name, excess }) => allow(excess, { by: 'bound', name }))
    const test = (value: X, allowed = kept) => this.#consider(value, time, rates, allowed, slow)
    const pace = { ...rates, speed: Math.min(rates.speed, allowedBefore(slow, rates)) }
    let aim = this.#aim(wanted, elapsed, pace)
    let bounded: BoundName | undefined
    for (const { name, into } of bounds) {
      const inside = into(aim)
      if (inside !== aim) bounded ??= name
      aim = inside
    }
    const isBehind = lengthOf(this.#space.way(this.value, this.#wanted)) > 1e-9
    const careful = [...kept, allow(this.#beyond(wanted, elapsed, rates), { by: 'approach' })]
    this.#wanted = wanted
    const why = (): Refusal => {
      if (bounded) return { by: 'bound', name: bounded }
      const refusal = test(wanted)
      return 'duration' in refusal ? { by: 'approach' } : refusal
    }
    let granted = test(aim, isBehind ? careful : kept)
    let value = aim
    if (!('duration' in granted)) {
      const braked = this.#space.moved(this.#origin, stopped.offset)
      const rest = this.#space.way(braked, aim)
      let [low, high] = [0, 1]
      for (let i = 0; i < 12; i++) {
        const middle = (low + high) / 2
        const some = this.#space.moved(braked, times(rest, middle))
        const result = test(some, careful)
        if ('duration' in result) {
          low = middle
          granted = result
          value = some
        } else high = middle
      }
      if (!('duration' in granted)) {
        const refusal = why()
        this.brake(time)
        this.#wanted = wanted
        return refusal
      }
    }
    const refusal = value === wanted ? undefined : why()
    this.#push(value, time)
    this.#origin = value
    this.#stop = granted
    return refusal
  }

  #push(value: X, time: number): void {
    this.#samples = [...this.#samples.slice(-2), { value, time }]
  }

  #places(origin: X, stop: Stop): X[] {
    return hullOf(stop).map((offset) => this.#space.moved(origin, offset))
  }

  /** Where to go in this time if nothing but speed and braking's distance mattered: with the wish, and closer to it. */
  #aim(wanted: X, elapsed: number, rates: Rates): X {
    const { way, moved } = this.#space
    const here = this.value
    let move = way(this.#wanted, wanted)
    let lag = way(here, this.#wanted)
    // A wish that leaps has no speed.
    if (lengthOf(move) > rates.speed * elapsed) {
      move = [0, 0, 0]
      lag = way(here, wanted)
    }
    const left = lengthOf(lag)
    const closing = speedToStopWithin(left / APPROACH, rates) * elapsed
    const step = left > closing ? plus(move, lag, closing / left) : way(here, wanted)
    const length = lengthOf(step)
    const longest = rates.speed * elapsed
    if (length > longest) return moved(here, times(step, longest / length))
    return left > closing ? moved(here, step) : wanted
  }

  /**
   * By how much one comes to rest beyond the wish, or, if that moves on by itself, beyond where it could: who is behind
   * and went there would swing about it.
   */
  #beyond(wanted: X, elapsed: number, rates: Rates): Bound<X>['excess'] {
    const { way } = this.#space
    const here = this.value
    const rest = way(here, wanted)
    const distance = lengthOf(rest)
    if (distance === 0) return () => 0
    const direction = times(rest, 1 / distance)
    const pace = Math.max(0, dot(way(this.#wanted, wanted), direction)) / elapsed
    const { duration } = gentleStop(times(direction, Math.min(pace, rates.speed)), [0, 0, 0], rates)
    const furthest = distance + (pace * duration) / 2
    return (places) => Math.max(...places.map((place) => dot(way(here, place), direction))) - furthest
  }

  /** The stop from the motion that `value` at `time` leads to; or why it must not be. */
  #consider(
    value: X,
    time: number,
    { speed, acceleration, jerk }: Rates,
    bounds: readonly Allowed<X>[],
    slow: SlowZone | undefined,
  ): Stop | Refusal {
    const motion = this.#differences(value, time)
    const refuse = (by: 'speed' | 'acceleration' | 'jerk', got: number, allowed: number) =>
      got > allowed * ROUNDING ? { by, got, allowed } : undefined
    const refusal =
      refuse('speed', lengthOf(motion.mean), speed) ??
      refuse('acceleration', lengthOf(motion.acceleration), acceleration) ??
      refuse('jerk', motion.jerk, jerk)
    if (refusal) return refusal
    const stop = gentleStop(motion.velocity, motion.acceleration, { acceleration, jerk })
    const fastest = topSpeed(stop)
    const tooFast = refuse('speed', fastest, speed)
    if (tooFast) return tooFast
    if (slow && fastest > slow.speed * ROUNDING) {
      const furthest = Math.max(...hullOf(stop).map(lengthOf))
      if (lengthOf(motion.mean) * (time - this.time) + furthest > slow.distance) {
        return { by: 'slow', got: fastest, allowed: slow.speed }
      }
    }
    const places = this.#places(value, stop)
    return bounds.find(({ excess, most }) => excess(places) > most + 1e-12)?.refusal ?? stop
  }

  /** What the poses with `value` at `time` added say of the motion; before the first one there was rest. */
  #differences(value: X, time: number) {
    const { value: here, time: now } = this.#newest
    const elapsed = time - now
    const known = this.#samples.map((sample) => ({ way: this.#space.way(here, sample.value), time: sample.time }))
    while (known.length < 3) {
      const [oldest] = known
      known.unshift({ way: oldest?.way ?? [0, 0, 0], time: (oldest?.time ?? now) - elapsed })
    }
    const [a, b, c] = known as [(typeof known)[0], (typeof known)[0], (typeof known)[0]]
    const first = times(minus(b.way, a.way), 1 / (b.time - a.time))
    const second = times(minus(c.way, b.way), 1 / (c.time - b.time))
    const mean = times(minus(this.#space.way(here, value), c.way), 1 / elapsed)
    const before = times(minus(second, first), 2 / (c.time - a.time))
    const acceleration = times(minus(mean, second), 2 / (time - b.time))
    return {
      mean,
      acceleration,
      /** at the end of the parabola through the last three */
      velocity: plus(mean, acceleration, elapsed / 2),
      jerk: (3 * lengthOf(minus(acceleration, before))) / (time - a.time),
    }
  }
}

/** Speed at which it can stop before the slow zone begins, or that of the zone. */
function allowedBefore(slow: SlowZone | undefined, rates: Rates): number {
  return slow ? Math.max(slow.speed, speedToStopWithin(slow.distance / APPROACH, rates)) : Number.POSITIVE_INFINITY
}
