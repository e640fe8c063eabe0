// The goal-conditioned RGBD encoder: the picture now and the picture of the goal → a vector that says how they differ.
//
//   current B,S,S,C ─ stem ─┐
//                           ├─ trunk ─ tokens B,N,D ─ + positions ─ transformer layer ─ Linear ─ B,N·perToken
//   goal    G,S,S,C ─ stem ─┘
//
// Both pictures go through one stem and are put together channel by channel where the trunk begins. One goal may serve
// the whole batch (G = 1): then its half of the work is done once.
import * as tf from '@tensorflow/tfjs'
import { conv2d, conv2dSpec, groupNorm2d } from '../tensor/image-layers.ts'
import { linear, linearSpec, normSpec, transformerLayer, transformerLayerSpec } from '../tensor/layers.ts'
import { type ParameterSpecs, type Parameters, prefixed } from '../tensor/parameters.ts'
import { IMAGE_HEADS, type ImageConfig, imageChannels, imageFeatures, tokenGrid } from './config.ts'

const KERNEL = 3

export function imageEncoderSpec(image: ImageConfig): ParameterSpecs {
  const { stem, trunk, blocks, tokenWidth, perToken } = image
  const specs: ParameterSpecs[] = []
  for (const [level, width] of stem.entries()) {
    const below = level === 0 ? imageChannels(image) : (stem[level - 1] as number)
    specs.push(prefixed(`stem${level}`, convNormSpec(below, width)))
  }
  const seen = stem.at(-1) as number
  for (const [level, width] of trunk.entries()) {
    if (level === 0) {
      specs.push(prefixed('trunk0.current', conv2dSpec(KERNEL, seen, width, { bias: false })))
      specs.push(prefixed('trunk0.goal', conv2dSpec(KERNEL, seen, width, { bias: false })))
      specs.push(prefixed('trunk0.norm', normSpec(width)))
    } else {
      specs.push(prefixed(`trunk${level}`, convNormSpec(trunk[level - 1] as number, width)))
    }
    for (let block = 0; block < blocks; block++) {
      specs.push(prefixed(`trunk${level}.block${block}.first`, convNormSpec(width, width)))
      specs.push(prefixed(`trunk${level}.block${block}.second`, conv2dSpec(KERNEL, width, width)))
    }
  }
  const last = trunk.at(-1) as number
  specs.push(last === tokenWidth ? {} : prefixed('lift', linearSpec(last, tokenWidth)))
  specs.push(prefixed('mixer', transformerLayerSpec(tokenWidth, tokenWidth)))
  specs.push(prefixed('output', linearSpec(tokenWidth, perToken)))
  return Object.assign({}, ...specs)
}

/** current: B,S,S,C; goal: B,S,S,C or 1,S,S,C → B,features. */
export function encodeImage(
  p: Parameters,
  name: string,
  current: tf.Tensor4D,
  goal: tf.Tensor4D,
  image: ImageConfig,
): tf.Tensor2D {
  const { stem, trunk, blocks, groups } = image
  const seen = (picture: tf.Tensor4D) =>
    stem.reduce((x, _, level) => convNorm(p, `${name}.stem${level}`, x, groups, 2), picture)
  let x = join(p, `${name}.trunk0`, seen(current), seen(goal), groups)
  for (const level of trunk.keys()) {
    if (level > 0) x = convNorm(p, `${name}.trunk${level}`, x, groups, 2)
    for (let block = 0; block < blocks; block++) x = residual(p, `${name}.trunk${level}.block${block}`, x, groups)
  }
  const pixels = tf.reshape(x, [x.shape[0], x.shape[1] * x.shape[2], x.shape[3]])
  const tokens = p[`${name}.lift.weight`] ? linear(p, `${name}.lift`, pixels) : pixels
  const placed = tf.add(tokens, positions(tokenGrid(image), image.tokenWidth)) as tf.Tensor3D // B,N,D
  const mixed = transformerLayer(p, `${name}.mixer`, placed, IMAGE_HEADS)
  return tf.reshape(linear(p, `${name}.output`, mixed), [x.shape[0], imageFeatures(image)])
}

function convNormSpec(inputs: number, outputs: number): ParameterSpecs {
  return {
    ...prefixed('conv', conv2dSpec(KERNEL, inputs, outputs, { bias: false })),
    ...prefixed('norm', normSpec(outputs)),
  }
}

/** Convolution → GroupNorm → ReLU. */
function convNorm(p: Parameters, name: string, x: tf.Tensor4D, groups: number, stride = 1): tf.Tensor4D {
  return tf.relu(groupNorm2d(p, `${name}.norm`, conv2d(p, `${name}.conv`, x, stride), groups))
}

/** The trunk's first convolution: over both pictures' channels side by side, written as a sum of two. */
function join(p: Parameters, name: string, current: tf.Tensor4D, goal: tf.Tensor4D, groups: number): tf.Tensor4D {
  const both = tf.add(conv2d(p, `${name}.current`, current), conv2d(p, `${name}.goal`, goal)) as tf.Tensor4D
  return tf.relu(groupNorm2d(p, `${name}.norm`, both, groups))
}

/** `x + conv(ReLU(GroupNorm(conv(x))))` */
function residual(p: Parameters, name: string, x: tf.Tensor4D, groups: number): tf.Tensor4D {
  return tf.add(x, conv2d(p, `${name}.second`, convNorm(p, `${name}.first`, x, groups)))
}

/**
 * Where each token of a grid×grid picture lies, row by row: sines and cosines of its row in the first half of the
 * channels, of its column in the second, with periods from 2π to 10⁴·2π. Shape N,width.
 */
export function positions(grid: number, width: number): tf.Tensor2D {
  const periods = width / 4
  const table = new Float32Array(grid * grid * width)
  for (let token = 0; token < grid * grid; token++) {
    for (const [half, place] of [Math.floor(token / grid), token % grid].entries()) {
      for (let i = 0; i < periods; i++) {
        const angle = place * 10_000 ** (-i / Math.max(1, periods - 1))
        const at = token * width + (half * width) / 2 + i
        table[at] = Math.sin(angle)
        table[at + periods] = Math.cos(angle)
      }
    }
  }
  return tf.tensor2d(table, [grid * grid, width])
}
