// Where the points that a picture shows lie in the tracked part's frame, patch by patch: what a network would take long to
// find out for itself. A tracker that is off by 1 mm moves these means by 1 mm.
import * as tf from '@tensorflow/tfjs'
import { IMAGE_CHANNELS } from '../perception/index.ts'
import { type ImageConfig, tokenGrid } from './config.ts'

/** Numbers of a patch: how much of it shows what is near the part, and the mean x, y, z of that. */
const PER_PATCH = 4

/** Numbers of a picture. */
export const partPointsWidth = (image: ImageConfig): number => tokenGrid(image) ** 2 * PER_PATCH

/** B,S,S,9 → B,partPointsWidth. Near the part is what lies within the unit of its frame, across its axis. */
export function partPoints(picture: tf.Tensor4D, image: ImageConfig): tf.Tensor2D {
  const [B, S] = picture.shape
  const grid = tokenGrid(image)
  const xyz = tf.slice(picture, [0, 0, 0, IMAGE_CHANNELS], [-1, -1, -1, 3])
  const across = tf.max(tf.abs(tf.slice(xyz, [0, 0, 0, 0], [-1, -1, -1, 2])), 3, true)
  // A pixel without a reading has 0, 0, 0; one that is out of reach is held at 1.
  const near = tf.mul(tf.step(tf.sub(1 - 1e-6, across)), tf.step(tf.max(tf.abs(xyz), 3, true)))
  const patches = (x: tf.Tensor) =>
    tf.mean(tf.reshape(x, [B, grid, S / grid, grid, S / grid, x.shape[3] as number]), [2, 4]) // B,g,g,C
  const share = patches(near)
  const mean = tf.div(patches(tf.mul(near, xyz)), tf.maximum(share, 1e-3))
  return tf.reshape(tf.concat([share, mean], 3), [B, partPointsWidth(image)])
}
