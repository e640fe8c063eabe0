// How to come to rest from any motion, in a form whose whole course is known at a glance.
//
// A stop is a quartic in time: its velocity is the cubic that starts with the velocity v and acceleration a of now, and
// ends flat, without either, after T. With s = t/T, in Bézier form:
//
//   velocity      v,  v + aT/3,  0,  0
//   offset        0,  vT/4,  (2v + aT/3) T/4,  and there it stays
//   acceleration  a,  −3v/T − a,  0
//   jerk          (−6v/T − 4a)/T  to  (6v/T + 2a)/T,  evenly
//
// A Bézier curve lies in the hull of its control points. So a stop stays in a convex set, a box or a ball, if three
// points do; nothing needs to be simulated. What remains of a stop after a while is a stop again. A shorter stop from the
// same motion has its offsets within the hull of those of a longer one (its end lies on the Bézier curve of the longer
// one's three points): whoever has room for a gentle stop has room for a hard one.
import type { Vec3 } from '../geometry/index.ts'
import { dot, lengthOf, plus, times } from './vector.ts'

/** From a motion to rest; rotations are rotation vectors. */
export interface Stop {
  /** where it is, from a place that the owner knows, m or rad */
  readonly offset: Vec3
  /** m/s or rad/s */
  readonly velocity: Vec3
  /** m/s² or rad/s² */
  readonly acceleration: Vec3
  /** until it rests, s */
  readonly duration: number
}

const ZERO: Vec3 = [0, 0, 0]

/** Moments of a stop at which its acceleration is looked at, as shares of its duration … */
const MOMENTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
/** … and how much of a limit is used at these, so that it is kept between them. */
const BETWEEN = 0.98

export const atRest = (offset: Vec3 = ZERO): Stop => ({ offset, velocity: ZERO, acceleration: ZERO, duration: 0 })

/** The three offsets in whose hull the stop stays: where it is, a point on the way, where it ends. */
export function hullOf({ offset, velocity: v, acceleration: a, duration: T }: Stop): [Vec3, Vec3, Vec3] {
  const end = plus(times(v, T / 2), a, (T * T) / 12)
  return [offset, plus(offset, v, T / 4), plus(offset, end)]
}

/**
 * Lengths of sums of two vectors, `|α v + β a|²`, in three products: a governor asks for hundreds with every command, and
 * vectors would leave it megabytes of garbage a second.
 */
class Span {
  readonly #vv: number
  readonly #va: number
  readonly #aa: number

  constructor(v: Readonly<Vec3>, a: Readonly<Vec3>) {
    this.#vv = dot(v, v)
    this.#va = dot(v, a)
    this.#aa = dot(a, a)
  }

  squared(alpha: number, beta: number): number {
    return Math.max(0, alpha * alpha * this.#vv + 2 * alpha * beta * this.#va + beta * beta * this.#aa)
  }
}

/** Shares of `v` and of `aT` in the control points of a stop's velocity, halved three times. */
const SHARES_OF_AT = cut([0, 1 / 3, 0, 0], 3)
const SPEEDS = cut([1, 1, 0, 0], 3).map((v, i) => [v, SHARES_OF_AT[i] as number] as const)

/** Control points of the pieces of a cubic that is halved so many times: they come close to it (de Casteljau). */
function cut([p, q, r, t]: [number, number, number, number], halvings: number): number[] {
  if (halvings === 0) return [p, q, r, t]
  const middle = (x: number, y: number) => (x + y) / 2
  const [pq, qr, rt] = [middle(p, q), middle(q, r), middle(r, t)]
  const [left, right] = [middle(pq, qr), middle(qr, rt)]
  const centre = middle(left, right)
  return [...cut([p, pq, left, centre], halvings - 1), ...cut([centre, right, rt, t], halvings - 1)]
}

/** It is never faster than this: the longest control point of its velocity, cut in eight. */
export function topSpeed({ velocity, acceleration, duration: T }: Stop): number {
  const span = new Span(velocity, acceleration)
  let most = 0
  for (const [v, a] of SPEEDS) most = Math.max(most, span.squared(v, a * T))
  return Math.sqrt(most)
}

/** What remains of the stop after `time`, s. */
export function after(stop: Stop, time: number): Stop {
  const { offset, velocity: v, acceleration: a, duration: T } = stop
  const [, middle, end] = hullOf(stop)
  if (!(time < T)) return atRest(end)
  if (!(time > 0)) return stop
  const s = time / T
  const r = 1 - s
  const [b0, b1] = [r ** 4, 4 * s * r ** 3]
  const bent = plus(times(offset, b0), middle, b1)
  return {
    offset: plus(bent, end, 1 - b0 - b1),
    velocity: times(plus(times(v, 1 + 2 * s), a, s * T), r * r),
    acceleration: times(plus(times(a, r), plus(times(v, -3 / T), a, -1), 2 * s), r),
    duration: T - time,
  }
}

function isGentle(span: Span, T: number, acceleration: number, jerk: number): boolean {
  const x = 1 / T
  const jerks = (jerk * T) ** 2
  if (!(span.squared(6 * x, 4) <= jerks && span.squared(6 * x, 2) <= jerks)) return false
  const most = (BETWEEN * acceleration) ** 2
  for (const s of MOMENTS) {
    if (!((1 - s) ** 2 * span.squared(-6 * s * x, 1 - 3 * s) <= most)) return false
  }
  return true
}

/**
 * The shortest stop that bisection finds within `acceleration` and `jerk`. The acceleration of now is taken as it is.
 */
export function gentleStop(velocity: Vec3, acceleration: Vec3, limits: { acceleration: number; jerk: number }): Stop {
  const [v, a] = [lengthOf(velocity), lengthOf(acceleration)]
  if (v === 0 && a === 0) return atRest()
  const span = new Span(velocity, acceleration)
  const gentle = (T: number) => isGentle(span, T, limits.acceleration, limits.jerk)
  // From 6 v/T² + 4 a/T = jerk on, jerk is kept; acceleration is when both parts of it have become small.
  let long = (2 * a + Math.sqrt(4 * a * a + 6 * limits.jerk * v)) / limits.jerk
  for (let i = 0; i < 60 && !gentle(long); i++) long *= 1.5
  let short = 0
  for (let i = 0; i < 12; i++) {
    const middle = (short + long) / 2
    if (gentle(middle)) long = middle
    else short = middle
  }
  return { offset: ZERO, velocity, acceleration, duration: long }
}

/** How far a gentle stop from this speed goes: with T = max(3v/2a, √(6v/j)), `vT/2`. Its inverse: the speed for a way. */
export function speedToStopWithin(way: number, { acceleration, jerk }: { acceleration: number; jerk: number }): number {
  return Math.min(Math.sqrt((4 / 3) * acceleration * way), (2 * way * Math.sqrt(jerk / 6)) ** (2 / 3))
}
