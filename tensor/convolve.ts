// Convolution along time, as matrix products: directly or, where there is enough of it, with fewer multiplications.
import * as tf from '@tensorflow/tfjs'
import { fastFilter, type Matrix, MOST_TAPS } from './fast-filter.ts'

type Save = (tensors: tf.Tensor[]) => void

/**
 * `y_t = Σ_k x_{t+k−before} W_k + b`, as long as x and with zeros around it: B,T,C → B,T,O; weight: K,C,O. Carries its own
 * gradient.
 */
export function convolve(x: tf.Tensor3D, weight: tf.Tensor3D, bias: tf.Tensor, before: number): tf.Tensor3D {
  const how = paysToTransform(x.shape, weight.shape) ? convolveFast : convolveDirectly
  return how(x, weight, bias, before)
}

/**
 * Fewest rows (B·T), channels and taps for which the transforms cost less than they save: all that a training batch
 * convolves, but for downsampling, single taps and the nine numbers of the poses, and nothing that a sampler does for one
 * observation, which is limited by reading the weights, and transformed ones are more.
 */
const WORTHWHILE = { rows: 256, channels: 48, taps: 3 }

function paysToTransform(
  [batch, time, channels]: readonly [number, number, number],
  [taps]: readonly [number, number, number],
): boolean {
  return (
    batch * time >= WORTHWHILE.rows && channels >= WORTHWHILE.channels && taps >= WORTHWHILE.taps && taps <= MOST_TAPS
  )
}

/** One product of x's unfolded steps. Its gradient in x is a convolution too: `dx_s = Σ_k dy_{s−k+before} W_kᵀ`. */
export function convolveDirectly(x: tf.Tensor3D, weight: tf.Tensor3D, bias: tf.Tensor, before: number): tf.Tensor3D {
  const [kernel, inputs, outputs] = weight.shape
  const [batch, time] = x.shape
  const after = kernel - 1 - before
  const rows = (unfolded: tf.Tensor, columns: number) => tf.reshape(unfolded, [batch * time, columns]) as tf.Tensor2D
  const convolution = tf.customGrad((input, w, b, save) => {
    ;(save as Save)([input as tf.Tensor, w as tf.Tensor])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedInput, savedWeight] = saved as [tf.Tensor3D, tf.Tensor3D]
      const backward = rows(unfold(dy as tf.Tensor3D, after, before, true), kernel * outputs)
      const transposed = tf.transpose(savedWeight, [0, 2, 1])
      const forward = rows(unfold(savedInput, before, after), kernel * inputs)
      const slopes = rows(dy, outputs)
      return [
        tf.reshape(tf.matMul(backward, tf.reshape(transposed, [kernel * outputs, inputs])), [batch, time, inputs]),
        tf.reshape(tf.matMul(forward, slopes, true), [kernel, inputs, outputs]),
        tf.sum(slopes, 0),
      ]
    }
    const columns = rows(unfold(input as tf.Tensor3D, before, after), kernel * inputs)
    const y = tf.add(tf.matMul(columns, tf.reshape(w as tf.Tensor, [kernel * inputs, outputs])), b as tf.Tensor)
    return { value: tf.reshape(y, [batch, time, outputs]), gradFunc }
  })
  return convolution(x, weight, bias) as tf.Tensor3D
}

/** The steps from `before` before to `after` after each, or the other way round, zeros beyond the ends: B,T,C → B,T,K·C. */
function unfold(x: tf.Tensor3D, before: number, after: number, backwards = false): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const kernel = before + 1 + after
  if (kernel === 1) return x
  const padded = tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
  ])
  const steps = Int32Array.from({ length: time * kernel }, (_, i) => {
    const tap = i % kernel
    return Math.floor(i / kernel) + (backwards ? kernel - 1 - tap : tap)
  })
  return tf.reshape(tf.gather(padded, tf.tensor1d(steps, 'int32'), 1), [batch, time, kernel * channels])
}

/**
 * The same by {@link fastFilter}: `V = Bᵀ x` and `U = G W` are multiplied product by product, `y = Aᵀ (V_p U_p)`. The
 * gradient goes the same way back: with `M = A dy`, `dx = B (M_p U_pᵀ)` and `dW = Gᵀ (V_pᵀ M_p)`.
 */
export function convolveFast(x: tf.Tensor3D, weight: tf.Tensor3D, bias: tf.Tensor, before: number): tf.Tensor3D {
  const [kernel, inputs, outputs] = weight.shape
  const [batch, time] = x.shape
  const filter = fastFilter(time, kernel, before)
  const { products: n, tiles } = filter
  const matrix = ({ rows, columns, data }: Matrix) => tf.tensor2d(data, [rows, columns])
  // One matrix for all samples. The WebAssembly backend does not broadcast; compiled, the copies are none.
  const onTime = (m: Matrix, sequence: tf.Tensor, transposed = false) =>
    tf.matMul(tf.tile(tf.expandDims(matrix(m), 0), [batch, 1, 1]), sequence, transposed)
  const swapped = (y: tf.Tensor, first: number, second: number, channels: number) =>
    tf.transpose(tf.reshape(y, [first, second, tiles * channels]), [1, 0, 2])
  /** B,n·tiles,C → n,B·tiles,C */
  const byProduct = (y: tf.Tensor, channels: number) =>
    tf.reshape(swapped(y, batch, n, channels), [n, batch * tiles, channels])
  /** n,B·tiles,C → B,n·tiles,C */
  const bySample = (y: tf.Tensor, channels: number) =>
    tf.reshape(swapped(y, n, batch, channels), [batch, n * tiles, channels])
  const flat = [kernel, inputs * outputs] as [number, number]
  const convolution = tf.customGrad((input, w, b, save) => {
    const V = byProduct(onTime(filter.samples, input as tf.Tensor), inputs)
    const U = tf.reshape(tf.matMul(matrix(filter.taps), tf.reshape(w as tf.Tensor, flat)), [n, inputs, outputs])
    ;(save as Save)([V, U])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedV, savedU] = saved as [tf.Tensor, tf.Tensor]
      const M = byProduct(onTime(filter.outputs, dy, true), outputs)
      const dV = tf.matMul(M, savedU, false, true)
      const dU = tf.reshape(tf.matMul(savedV, M, true), [n, inputs * outputs])
      return [
        onTime(filter.samples, bySample(dV, inputs), true),
        tf.reshape(tf.matMul(matrix(filter.taps), dU, true), [kernel, inputs, outputs]),
        tf.sum(dy, [0, 1]),
      ]
    }
    const y = onTime(filter.outputs, bySample(tf.matMul(V, U), outputs))
    return { value: tf.add(y, b as tf.Tensor), gradFunc }
  })
  return convolution(x, weight, bias) as tf.Tensor3D
}
