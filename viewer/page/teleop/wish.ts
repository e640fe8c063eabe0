// What hands ask for, before anybody knows in whose axes: each of six numbers from −1 to 1, of the fastest allowed. Pure.
import type { Vec3 } from '../../../geometry/index.ts'

/** Axes of the operator: to the right, away from the operator, up. Turning is right-handed about each. */
export interface Wish {
  linear: Vec3
  angular: Vec3
}

export const noWish = (): Wish => ({ linear: [0, 0, 0], angular: [0, 0, 0] })

/** Hands add up; no vector grows longer than 1, so that a diagonal is no faster than a side. */
export function addWishes(wishes: readonly Wish[]): Wish {
  const sum = noWish()
  for (const { linear, angular } of wishes) {
    for (const i of [0, 1, 2] as const) {
      sum.linear[i] += linear[i]
      sum.angular[i] += angular[i]
    }
  }
  return { linear: shortened(sum.linear), angular: shortened(sum.angular) }
}

function shortened(v: Vec3): Vec3 {
  const length = Math.hypot(...v)
  return length > 1 ? [v[0] / length, v[1] / length, v[2] / length] : v
}

export const isNone = ({ linear, angular }: Wish): boolean => [...linear, ...angular].every((value) => value === 0)

/** Seconds from standing to full speed, and from full speed to standing. */
const RISE = 0.15
const FALL = 0.05

/** From `now` towards `wanted` in `dt` s: a key that is pressed is no jump, and one that is let go stops sooner. */
export function ramped(now: Wish, wanted: Wish, dt: number): Wish {
  const step = (from: number, to: number) => {
    const slows = from !== 0 && (Math.sign(to) !== Math.sign(from) || Math.abs(to) < Math.abs(from))
    const most = dt / (slows ? FALL : RISE)
    return Math.abs(to - from) <= most ? to : from + Math.sign(to - from) * most
  }
  const steps = (from: Vec3, to: Vec3): Vec3 => [step(from[0], to[0]), step(from[1], to[1]), step(from[2], to[2])]
  return { linear: steps(now.linear, wanted.linear), angular: steps(now.angular, wanted.angular) }
}
