// Layers for pictures, as pure functions. Pictures are B,H,W,C (batch, height, width, channels).
import * as tf from '@tensorflow/tfjs'
import { groupNorm } from './layers.ts'
import type { ParameterSpecs, Parameters } from './parameters.ts'

/** `weight` is kernel,kernel,in,out. */
export function conv2dSpec(kernel: number, inputs: number, outputs: number): ParameterSpecs {
  const init = { fanIn: kernel * kernel * inputs }
  return { weight: { shape: [kernel, kernel, inputs, outputs], init }, bias: { shape: [outputs], init } }
}

/**
 * Convolution with an odd kernel and zero padding of half a kernel: B,H,W,C → B,⌈H/stride⌉,⌈W/stride⌉,O. The kernel's
 * size is that of the parameter.
 */
export function conv2d(p: Parameters, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const [weight, bias] = [p[`${name}.weight`], p[`${name}.bias`]]
  if (!weight || !bias) throw new Error(`no parameters "${name}.weight" and "${name}.bias"`)
  return tf.add(convolve(x, weight as tf.Tensor4D, stride), bias)
}

/**
 * `y_ij = Σ_kl x_{si+k−K/2, sj+l−K/2} W_kl`. The gradient in x is the transposed convolution; the one in W is, for each
 * tap, a product of the pixels that the tap saw with the gradients of what it gave: no backend but libtensorflow has a
 * kernel for it.
 */
function convolve(x: tf.Tensor4D, weight: tf.Tensor4D, stride: number): tf.Tensor4D {
  const [kernel, , inputs, outputs] = weight.shape
  const half = (kernel - 1) / 2
  const convolution = tf.customGrad((input, w, save) => {
    const y = tf.conv2d(input as tf.Tensor4D, w as tf.Tensor4D, stride, half, 'NHWC', 1, 'floor')
    ;(save as (tensors: tf.Tensor[]) => void)([input as tf.Tensor, w as tf.Tensor])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedInput, savedWeight] = saved as [tf.Tensor4D, tf.Tensor4D]
      const slopes = dy as tf.Tensor4D
      const rows = tf.reshape(slopes, [-1, outputs]) as tf.Tensor2D
      const taps = seenByTaps(savedInput, kernel, stride, slopes.shape).map((seen) =>
        tf.matMul(tf.reshape(seen, [-1, inputs]) as tf.Tensor2D, rows, true),
      )
      return [
        tf.conv2dTranspose(slopes, savedWeight, savedInput.shape, stride, half, 'floor'),
        tf.reshape(tf.stack(taps), savedWeight.shape),
      ]
    }
    return { value: y, gradFunc }
  })
  return convolution(x, weight) as tf.Tensor4D
}

/** For each tap of a kernel, row by row, the pixels it looks at: as many as there are outputs. */
function seenByTaps(x: tf.Tensor4D, kernel: number, stride: number, output: readonly number[]): tf.Tensor4D[] {
  const half = (kernel - 1) / 2
  const margin: [number, number] = [half, half]
  const padded = tf.pad(x, [[0, 0], margin, margin, [0, 0]])
  const [batch, height, width, channels] = [output[0], output[1], output[2], x.shape[3]] as number[] as [
    number,
    number,
    number,
    number,
  ]
  return Array.from({ length: kernel * kernel }, (_, tap) => {
    const [row, column] = [Math.floor(tap / kernel), tap % kernel]
    return tf.stridedSlice(
      padded,
      [0, row, column, 0],
      [batch, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, channels],
      [1, stride, stride, 1],
    ) as tf.Tensor4D
  })
}

/** Group normalisation over the picture and the channels of each group. */
export function groupNorm2d(p: Parameters, name: string, x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const pixels = tf.reshape(x, [batch, height * width, channels]) as tf.Tensor3D
  return tf.reshape(groupNorm(p, name, pixels, groups), x.shape)
}

/** The mean of each block of size×size pixels; height and width must be multiples of `size`. */
export function averagePool2d(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.mean(blocks(x, size), [2, 4]) as tf.Tensor4D
}

/** The largest of each block of size×size pixels; height and width must be multiples of `size`. */
export function maxPool2d(x: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.max(blocks(x, size), [2, 4]) as tf.Tensor4D
}

/** B,H,W,C → B,H/size,size,W/size,size,C */
function blocks(x: tf.Tensor4D, size: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape
  if (height % size !== 0 || width % size !== 0) {
    throw new Error(`pooling by ${size}: expected a picture of multiples of that, got ${height}×${width}`)
  }
  return tf.reshape(x, [batch, height / size, size, width / size, size, channels])
}
