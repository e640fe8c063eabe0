// Between poses and the network's 9 numbers: translation scaled per axis, the first two columns of the rotation as is.
import { z } from 'zod'
import { type Pose, quatToRotation6D, type Rotation6D, rotation6DToQuat, type Vec3 } from '../geometry/index.ts'
import { POSE_WIDTH } from './widths.ts'

const vector3 = z.tuple([z.number(), z.number(), z.number()])

/** `normalised = (translation − centre) / scale`, per axis, m. */
export const Normalizer = z.strictObject({
  centre: vector3,
  scale: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
})
export type Normalizer = z.infer<typeof Normalizer>

/** An axis on which the demonstrations hardly differ is scaled as if they differed by ± this, m. */
const LEAST_HALF_RANGE = 1e-3

/**
 * Maps the box of the given translations to ±1/margin per axis. A sampler that clips to ±1 then reaches `margin` times
 * beyond the demonstrations: with 1, as published, it can never leave their box.
 */
export function fitNormalizer(poses: Iterable<Pose>, margin: number): Normalizer {
  const low: Vec3 = [Infinity, Infinity, Infinity]
  const high: Vec3 = [-Infinity, -Infinity, -Infinity]
  for (const { position } of poses) {
    for (const axis of [0, 1, 2] as const) {
      low[axis] = Math.min(low[axis], position[axis])
      high[axis] = Math.max(high[axis], position[axis])
    }
  }
  if (!low.every(Number.isFinite)) throw new RangeError('expected at least one pose to fit the normaliser to')
  const perAxis = (f: (a: number, b: number) => number) => low.map((value, axis) => f(value, high[axis as 0])) as Vec3
  return {
    centre: perAxis((a, b) => (a + b) / 2),
    scale: perAxis((a, b) => margin * Math.max((b - a) / 2, LEAST_HALF_RANGE)),
  }
}

/** Writes the pose's 9 numbers into `out` from `offset` on. */
export function encodePose9({ centre, scale }: Normalizer, pose: Pose, out: Float32Array, offset = 0): void {
  for (const axis of [0, 1, 2] as const) out[offset + axis] = (pose.position[axis] - centre[axis]) / scale[axis]
  out.set(quatToRotation6D(pose.orientation), offset + 3)
}

/**
 * Moves poses, 9 numbers each, by `error` in their own frame, in place: `R ← R R_e`, `t ← t + R t_e`. The numbers must be
 * those of rotations, as {@link encodePose9} writes them.
 */
export function shiftPoses9({ scale }: Normalizer, error: Pose, numbers: Float32Array): void {
  const [x, y, z] = error.position
  const [ax, ay, az, bx, by, bz] = quatToRotation6D(error.orientation)
  const at = (i: number) => numbers[i] as number
  for (let i = 0; i < numbers.length; i += POSE_WIDTH) {
    const [a0, a1, a2, b0, b1, b2] = [at(i + 3), at(i + 4), at(i + 5), at(i + 6), at(i + 7), at(i + 8)]
    const [c0, c1, c2] = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    numbers[i] = at(i) + (a0 * x + b0 * y + c0 * z) / scale[0]
    numbers[i + 1] = at(i + 1) + (a1 * x + b1 * y + c1 * z) / scale[1]
    numbers[i + 2] = at(i + 2) + (a2 * x + b2 * y + c2 * z) / scale[2]
    numbers[i + 3] = a0 * ax + b0 * ay + c0 * az
    numbers[i + 4] = a1 * ax + b1 * ay + c1 * az
    numbers[i + 5] = a2 * ax + b2 * ay + c2 * az
    numbers[i + 6] = a0 * bx + b0 * by + c0 * bz
    numbers[i + 7] = a1 * bx + b1 * by + c1 * bz
    numbers[i + 8] = a2 * bx + b2 * by + c2 * bz
  }
}

/** The pose behind 9 numbers, its rotation by Gram–Schmidt. */
export function decodePose9({ centre, scale }: Normalizer, numbers: Float32Array, offset = 0): Pose {
  const at = (i: number) => numbers[offset + i] as number
  const position = [0, 1, 2].map((axis) => centre[axis as 0] + scale[axis as 0] * at(axis)) as Vec3
  const rotation = Array.from({ length: POSE_WIDTH - 3 }, (_, i) => at(3 + i)) as Rotation6D
  return { position, orientation: rotation6DToQuat(rotation) }
}
