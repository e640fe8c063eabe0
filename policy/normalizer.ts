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

/** An axis on which the demonstrations hardly differ is scaled as if they differed by this, m. */
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

/** The pose behind 9 numbers, its rotation by Gram–Schmidt. */
export function decodePose9({ centre, scale }: Normalizer, numbers: Float32Array, offset = 0): Pose {
  const at = (i: number) => numbers[offset + i] as number
  const position = [0, 1, 2].map((axis) => centre[axis as 0] + scale[axis as 0] * at(axis)) as Vec3
  const rotation = Array.from({ length: POSE_WIDTH - 3 }, (_, i) => at(3 + i)) as Rotation6D
  return { position, orientation: rotation6DToQuat(rotation) }
}
