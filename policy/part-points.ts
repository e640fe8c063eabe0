// Where the points that a picture shows lie in the tracked part's frame: what a network would take long to find out for
// itself. If the tracker is off by 1 mm across the part's axis, the faces that each patch sees lie off by 1 mm. Along the
// axis a part looks the same from end to end: its ends, its shoulders and the fingers that hold it tell its place there, slice
// by slice, and how the points of a slice lie tells which way its faces look.
import * as tf from '@tensorflow/tfjs'
import { IMAGE_CHANNELS } from '../perception/index.ts'
import { type ImageConfig, tokenGrid } from './config.ts'

/** Numbers of a patch: how much of it shows what is near the part, and the mean x, y, z of that. */
const PER_PATCH = 4

/** Slices across the axis, from one end of the frame to the other; each fades into its neighbours. */
const SLICES = 16

/** Numbers of a slice: how many of the points lie in it, 1 for as many as in the others, their mean x and y, and their lie. */
const PER_SLICE = 5

/** What a slice of fewer points says fades to 0. */
const LEAST_POINTS = 4

/** The target ends at 0; what is seen no further above it than this may be the target's, m. */
const ABOVE_TARGET = 2e-3

/** Makes a degree of the lie as loud as a millimetre of the mean. */
const LIE_GAIN = 4

/** Points that lie less far apart than this have no lie, in units of the frame: about half a millimetre. */
const LEAST_SPREAD = 0.03

/** Numbers of a picture. */
export const partPointsWidth = (image: ImageConfig): number => tokenGrid(image) ** 2 * PER_PATCH + SLICES * PER_SLICE

/** B,S,S,9 → B,partPointsWidth. Near the part is what is not held at ±1 across its axis: there it would be out of reach. */
export function partPoints(picture: tf.Tensor4D, image: ImageConfig): tf.Tensor2D {
  const [B, S] = picture.shape
  const channels = (first: number, count: number) =>
    tf.reshape(tf.slice(picture, [0, 0, 0, first], [-1, -1, -1, count]), [B, S * S, count])
  const xyz = channels(IMAGE_CHANNELS, 3)
  // A pixel without a reading has 0, 0, 0.
  const near = tf.mul(within(tf.slice(xyz, [0, 0, 0], [-1, -1, 2])), tf.step(tf.max(tf.abs(xyz), 2, true)))
  const overTarget = tf.step(tf.sub(channels(IMAGE_CHANNELS - 1, 1), ABOVE_TARGET / image.xyzScaleM))
  return tf.concat([patches(xyz, near, image), slices(xyz, tf.mul(near, overTarget))], 1) as tf.Tensor2D
}

/** 1 where none of the last dimension's numbers is held at ±1, else 0. */
const within = (numbers: tf.Tensor): tf.Tensor => tf.step(tf.sub(1 - 1e-6, tf.max(tf.abs(numbers), -1, true)))

/** xyz: B,S·S,3; near: B,S·S,1 → B,g·g·PER_PATCH */
function patches(xyz: tf.Tensor, near: tf.Tensor, image: ImageConfig): tf.Tensor {
  const B = xyz.shape[0] as number
  const grid = tokenGrid(image)
  const side = image.size / grid
  const means = (x: tf.Tensor) => tf.mean(tf.reshape(x, [B, grid, side, grid, side, x.shape[2] as number]), [2, 4]) // B,g,g,C
  const share = means(near)
  const mean = tf.div(means(tf.mul(near, xyz)), tf.maximum(share, 1e-3))
  return tf.reshape(tf.concat([share, mean], 3), [B, grid ** 2 * PER_PATCH])
}

/**
 * xyz: B,S·S,3; part: B,S·S,1, 1 for the points that count → B,SLICES·PER_SLICE. The lie of a slice's points is two numbers
 * that turn with them by twice the angle and do not change when they are moved: of their covariance, `c_xy / (c_xx + c_yy)`
 * and `(c_xx − c_yy) / 2 (c_xx + c_yy)`.
 */
function slices(xyz: tf.Tensor, part: tf.Tensor): tf.Tensor {
  const [B, pixels] = xyz.shape as [number, number, number]
  const [x, y, z] = tf.split(xyz, 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor]
  const height = tf.reshape(tf.mul(tf.add(z, 1), (SLICES - 1) / 2), [B, 1, pixels])
  const places = tf.tensor2d(Array.from({ length: SLICES }, (_, slice) => [slice]))
  const weights = tf.relu(tf.sub(1, tf.abs(tf.sub(height, places)))) as tf.Tensor3D // B,SLICES,S·S
  const counted = tf.mul(part, within(z))
  const moments = tf.concat([x, y, tf.square(x), tf.square(y), tf.mul(x, y)], 2)
  const sums = tf.matMul(weights, tf.concat([counted, tf.mul(counted, moments)], 2) as tf.Tensor3D)
  const [count, ...sumsOf] = tf.split(sums, 6, 2) as [tf.Tensor, ...tf.Tensor[]]
  const share = tf.div(count, tf.maximum(tf.mean(count, 1, true), 1 / SLICES))
  const sure = tf.minimum(1, tf.div(count, LEAST_POINTS))
  const means = sumsOf.map((sum) => tf.div(sum, tf.maximum(count, 1e-3)))
  const [mx, my, mxx, myy, mxy] = means as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
  const [cxx, cyy, cxy] = [tf.sub(mxx, tf.square(mx)), tf.sub(myy, tf.square(my)), tf.sub(mxy, tf.mul(mx, my))]
  const spread = tf.add(tf.add(cxx, cyy), LEAST_SPREAD ** 2)
  const lie = [cxy, tf.div(tf.sub(cxx, cyy), 2)].map((c) => tf.mul(tf.div(c, spread), LIE_GAIN))
  const told = tf.mul(tf.concat([mx, my, ...lie], 2), sure)
  return tf.reshape(tf.concat([share, told], 2), [B, SLICES * PER_SLICE])
}
