// Where the points that a picture shows lie in the tracked part's frame: what a network would take long to find out for
// itself. If the tracker is off by 1 mm across the part's axis, the faces that each patch sees lie off by 1 mm. Along the
// axis a part looks the same from end to end, and tells its place by its ends and shoulders alone; these show slice by slice.
//
// In simulation, of a square peg in its hole, a linear function of the slices tells a tracker's error along the axis to
// 0.6 mm (1.5 before), one of the patches to 1 mm.
import * as tf from '@tensorflow/tfjs'
import { IMAGE_CHANNELS } from '../perception/index.ts'
import { type ImageConfig, tokenGrid } from './config.ts'

/** Numbers of a patch: how much of it shows what is near the part, and the mean x, y, z of that. */
const PER_PATCH = 4

/** Slices across the axis, from one end of the frame to the other; each fades into its neighbours. */
const SLICES = 16

/** Numbers of a slice: how many of the points lie in it, 1 for as many as in the others, and their mean x, y, x², xy, y². */
const PER_SLICE = 6

/** The means of a slice of fewer points fade to 0. */
const LEAST_POINTS = 4

/** Numbers of a picture. */
export const partPointsWidth = (image: ImageConfig): number => tokenGrid(image) ** 2 * PER_PATCH + SLICES * PER_SLICE

/** B,S,S,9 → B,partPointsWidth. Near the part is what is not held at ±1 across its axis: there it would be out of reach. */
export function partPoints(picture: tf.Tensor4D, image: ImageConfig): tf.Tensor2D {
  const [B, S] = picture.shape
  const points = tf.slice(picture, [0, 0, 0, IMAGE_CHANNELS], [-1, -1, -1, 3])
  const xyz = tf.reshape(points, [B, S * S, 3]) as tf.Tensor3D
  // A pixel without a reading has 0, 0, 0.
  const near = tf.mul(within(tf.slice(xyz, [0, 0, 0], [-1, -1, 2])), tf.step(tf.max(tf.abs(xyz), 2, true)))
  return tf.concat([patches(xyz, near, tokenGrid(image)), slices(xyz, near)], 1) as tf.Tensor2D
}

/** 1 where none of the last dimension's numbers is held at ±1, else 0. */
const within = (numbers: tf.Tensor): tf.Tensor => tf.step(tf.sub(1 - 1e-6, tf.max(tf.abs(numbers), -1, true)))

/** xyz: B,S·S,3; near: B,S·S,1 → B,g·g·PER_PATCH */
function patches(xyz: tf.Tensor3D, near: tf.Tensor, grid: number): tf.Tensor {
  const [B, pixels] = xyz.shape
  const side = Math.sqrt(pixels) / grid
  const means = (x: tf.Tensor) => tf.mean(tf.reshape(x, [B, grid, side, grid, side, x.shape[2] as number]), [2, 4]) // B,g,g,C
  const share = means(near)
  const mean = tf.div(means(tf.mul(near, xyz)), tf.maximum(share, 1e-3))
  return tf.reshape(tf.concat([share, mean], 3), [B, grid ** 2 * PER_PATCH])
}

/** xyz: B,S·S,3; near: B,S·S,1 → B,SLICES·PER_SLICE */
function slices(xyz: tf.Tensor3D, near: tf.Tensor): tf.Tensor {
  const [B] = xyz.shape
  const [x, y, z] = [0, 1, 2].map((axis) => tf.slice(xyz, [0, 0, axis], [-1, -1, 1])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ]
  const apart = 2 / (SLICES - 1)
  const middles = tf.tensor1d(Array.from({ length: SLICES }, (_, i) => i * apart - 1))
  const closeness = tf.relu(tf.sub(1, tf.div(tf.abs(tf.sub(z, middles)), apart)))
  const weights = tf.mul(closeness, tf.mul(near, within(z))) as tf.Tensor3D // B,S·S,SLICES
  const numbers = tf.concat([tf.onesLike(x), x, y, tf.square(x), tf.mul(x, y), tf.square(y)], 2) as tf.Tensor3D
  const sums = tf.matMul(weights, numbers, true) // B,SLICES,PER_SLICE
  const counts = tf.slice(sums, [0, 0, 0], [-1, -1, 1])
  const share = tf.div(counts, tf.maximum(tf.mean(counts, 1, true), 1 / SLICES))
  const means = tf.div(tf.slice(sums, [0, 0, 1], [-1, -1, PER_SLICE - 1]), tf.maximum(counts, LEAST_POINTS))
  return tf.reshape(tf.concat([share, means], 2), [B, SLICES * PER_SLICE])
}
