// Sums and lengths of vectors.
import type { Vec3 } from '../geometry/index.ts'

/** `a + scale b` */
export const plus = (a: Readonly<Vec3>, b: Readonly<Vec3>, scale = 1): Vec3 => [
  a[0] + scale * b[0],
  a[1] + scale * b[1],
  a[2] + scale * b[2],
]

/** `scale a` */
export const times = (a: Readonly<Vec3>, scale: number): Vec3 => [scale * a[0], scale * a[1], scale * a[2]]

/** `a − b` */
export const minus = (a: Readonly<Vec3>, b: Readonly<Vec3>): Vec3 => plus(a, b, -1)

export const dot = (a: Readonly<Vec3>, b: Readonly<Vec3>): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

export const lengthOf = (a: Readonly<Vec3>): number => Math.hypot(a[0], a[1], a[2])
