// Layers for pictures, as pure functions. Pictures are B,H,W,C (batch, height, width, channels).
import * as tf from '@tensorflow/tfjs'
import { groupNorm } from './layers.ts'
import type { ParameterSpecs, Parameters } from './parameters.ts'

/** `weight` is kernel,kernel,in,out. Without a bias where a normalisation follows, which has its own. */
export function conv2dSpec(kernel: number, inputs: number, outputs: number, { bias = true } = {}): ParameterSpecs {
  const init = { fanIn: kernel * kernel * inputs }
  const weight = { shape: [kernel, kernel, inputs, outputs], init }
  return bias ? { weight, bias: { shape: [outputs], init } } : { weight }
}

/**
 * Convolution with an odd kernel and zero padding of half a kernel: B,H,W,C → B,⌈H/stride⌉,⌈W/stride⌉,O. The kernel's
 * size is that of the parameter; a bias is added where there is one.
 */
export function conv2d(p: Parameters, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const [weight, bias] = [p[`${name}.weight`], p[`${name}.bias`]]
  if (!weight) throw new Error(`no parameter "${name}.weight"`)
  const y = convolve2d(x, weight as tf.Tensor4D, stride)
  return bias ? tf.add(y, bias) : y
}

/** Unfolded pictures of more numbers than this (256 MB) are too much at once. */
const MOST_UNFOLDED = 2 ** 26

/**
 * `y_ij = Σ_kl x_{si+k−K/2, sj+l−K/2} W_kl`.
 *
 * As one matrix product over unfolded pictures: training takes half the time that onnxruntime's Conv and ConvTranspose
 * do, which want the channels first and their pictures one by one. Where unfolding would take too much memory, as the
 * usual kernels.
 */
export function convolve2d(x: tf.Tensor4D, weight: tf.Tensor4D, stride: number, most = MOST_UNFOLDED): tf.Tensor4D {
  const [batch, height, width, inputs] = x.shape
  const kernel = weight.shape[0]
  const unfolded = batch * Math.ceil(height / stride) * Math.ceil(width / stride) * kernel * kernel * inputs
  const gradient = unfolded <= most ? byUnfolding : byKernels
  return tf.customGrad((input, w, save) => {
    ;(save as (tensors: tf.Tensor[]) => void)([input as tf.Tensor, w as tf.Tensor])
    const { value, slopes } = gradient(input as tf.Tensor4D, w as tf.Tensor4D, stride)
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      slopes(dy as tf.Tensor4D, saved as [tf.Tensor4D, tf.Tensor4D])
    return { value, gradFunc }
  })(x, weight) as tf.Tensor4D
}

/** A convolution's value, and its gradients in input and weight for that of its output. */
interface Convolution {
  value: tf.Tensor4D
  slopes(dy: tf.Tensor4D, saved: [x: tf.Tensor4D, weight: tf.Tensor4D]): [tf.Tensor, tf.Tensor]
}

function byUnfolding(x: tf.Tensor4D, weight: tf.Tensor4D, stride: number): Convolution {
  const [kernel, , inputs, outputs] = weight.shape
  const [batch, height, width] = x.shape
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)]
  const half = (kernel - 1) / 2
  const taps: Taps = { size: kernel, first: -half, stride, rows, columns }
  const y = tf.matMul(unfold2d(x, taps), tf.reshape(weight, [-1, outputs]) as tf.Tensor2D)
  return {
    value: tf.reshape(y, [batch, rows, columns, outputs]),
    slopes: (dy, [savedInput, savedWeight]) => [
      gradientInInput(dy, savedWeight, stride, [height, width]),
      tf.reshape(tf.matMul(unfold2d(savedInput, taps), tf.reshape(dy, [-1, outputs]) as tf.Tensor2D, true), [
        kernel,
        kernel,
        inputs,
        outputs,
      ]),
    ],
  }
}

/**
 * `dx_{si+a, sj+b} = Σ_mn dy_{i−m, j−n} W_{a+K/2+sm, b+K/2+sn}`: for every block of s×s inputs, a product of the few
 * outputs around it with the weights laid out by place in the block, zeros where a tap does not reach.
 */
function gradientInInput(
  dy: tf.Tensor4D,
  weight: tf.Tensor4D,
  stride: number,
  [height, width]: [number, number],
): tf.Tensor4D {
  const [kernel, , inputs, outputs] = weight.shape
  const [batch, rows, columns] = dy.shape
  const half = (kernel - 1) / 2
  // Of the outputs i − m that see the block's a-th input: 0 ≤ a + half + s·m < kernel.
  const lowest = Math.ceil((-half - (stride - 1)) / stride)
  const highest = Math.floor((kernel - 1 - half) / stride)
  const size = highest - lowest + 1
  const near = unfold2d(dy, { size, first: -highest, stride: 1, rows, columns }) // B·rows·columns, size·size·O
  const none = kernel * kernel
  const places = Array.from({ length: size * size * stride * stride }, (_, i) => {
    const [a, b] = [Math.floor(i / stride) % stride, i % stride]
    const [row, column] = [Math.floor(i / (stride * stride * size)), Math.floor(i / (stride * stride)) % size]
    const tap = [a + half + stride * (highest - row), b + half + stride * (highest - column)] as const
    return tap.every((k) => k >= 0 && k < kernel) ? tap[0] * kernel + tap[1] : none
  })
  const byTap = tf.transpose(tf.reshape(weight, [kernel * kernel, inputs, outputs]), [0, 2, 1])
  const reaching = places.includes(none) ? tf.concat([byTap, tf.zeros([1, outputs, inputs])]) : byTap // K·K(+1),O,C
  const laidOut = tf.reshape(tf.gather(reaching, tf.tensor1d(places, 'int32')), [
    size * size,
    stride * stride,
    outputs,
    inputs,
  ])
  const blockWeight = tf.reshape(tf.transpose(laidOut, [0, 2, 1, 3]), [size * size * outputs, stride * stride * inputs])
  const product = tf.matMul(near, blockWeight as tf.Tensor2D)
  if (stride === 1) return tf.reshape(product, [batch, height, width, inputs])
  const blocked = tf.reshape(product, [batch, rows, columns, stride, stride, inputs])
  const whole = tf.reshape(tf.transpose(blocked, [0, 1, 3, 2, 4, 5]), [batch, rows * stride, columns * stride, inputs])
  return tf.slice(whole as tf.Tensor4D, [0, 0, 0, 0], [batch, height, width, inputs])
}

/** Which pixels are looked at: `size`×`size` of them for each output, from `first` before or after `stride` times its place. */
interface Taps {
  size: number
  first: number
  stride: number
  /** of the outputs */
  rows: number
  columns: number
}

/** What each output looks at, zeros beyond the edges: B,H,W,C → B·rows·columns,size·size·C. */
function unfold2d(x: tf.Tensor4D, { size, first, stride, rows, columns }: Taps): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape
  if (size === 1 && stride === 1) return tf.reshape(x, [-1, channels]) as tf.Tensor2D
  const margin = (length: number, outputs: number): [number, number] => [
    Math.max(0, -first),
    Math.max(0, (outputs - 1) * stride + first + size - length),
  ]
  const [vertical, horizontal] = [margin(height, rows), margin(width, columns)]
  const padded = tf.pad(x, [[0, 0], vertical, horizontal, [0, 0]])
  const [, paddedHeight, paddedWidth] = padded.shape
  const start = first + Math.max(0, -first)
  const seen = new Int32Array(rows * columns * size * size)
  let at = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < size; k++) {
        const begin = (i * stride + k + start) * paddedWidth + j * stride + start
        for (let l = 0; l < size; l++) seen[at++] = begin + l
      }
    }
  }
  const pixels = tf.reshape(padded, [batch, paddedHeight * paddedWidth, channels])
  const gathered = tf.gather(pixels, tf.tensor1d(seen, 'int32'), 1)
  return tf.reshape(gathered, [batch * rows * columns, size * size * channels]) as tf.Tensor2D
}

/**
 * The gradient in x is the transposed convolution; the one in W is, for each tap, a product of the pixels that the tap
 * saw with the gradients of what it gave: no backend but libtensorflow has a kernel for it.
 */
function byKernels(x: tf.Tensor4D, weight: tf.Tensor4D, stride: number): Convolution {
  const [kernel, , inputs, outputs] = weight.shape
  const half = (kernel - 1) / 2
  return {
    value: tf.conv2d(x, weight, stride, half, 'NHWC', 1, 'floor') as tf.Tensor4D,
    slopes: (dy, [savedInput, savedWeight]) => {
      const rows = tf.reshape(dy, [-1, outputs]) as tf.Tensor2D
      const taps = seenByTaps(savedInput, kernel, stride, dy.shape).map((seen) =>
        tf.matMul(tf.reshape(seen, [-1, inputs]) as tf.Tensor2D, rows, true),
      )
      return [
        tf.conv2dTranspose(dy, savedWeight, savedInput.shape, stride, half, 'floor'),
        tf.reshape(tf.stack(taps), savedWeight.shape),
      ]
    },
  }
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
