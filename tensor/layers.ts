// Layers as pure functions. Sequences are B,T,C (batch, time, channels); `p` holds the parameters and `name` the path of
// the layer's own. Each `…Spec` function gives the parameters that its layer reads.
//
// Convolution and normalisation carry their own gradients: the closed forms take a fraction of the operations that
// differentiating their parts would, and every backend has what they are made of.
import * as tf from '@tensorflow/tfjs'
import { composite, isRecording } from './compile/record.ts'
import { convolve } from './convolve.ts'
import { type ParameterSpecs, type Parameters, prefixed } from './parameters.ts'

type Save = (tensors: tf.Tensor[]) => void

function parameter(p: Parameters, name: string): tf.Tensor {
  const tensor = p[name]
  if (!tensor) throw new Error(`no parameter "${name}"; there are ${Object.keys(p).length} others`)
  return tensor
}

export function linearSpec(inputs: number, outputs: number): ParameterSpecs {
  return {
    weight: { shape: [inputs, outputs], init: { fanIn: inputs } },
    bias: { shape: [outputs], init: { fanIn: inputs } },
  }
}

/** `x W + b` on the last axis. */
export function linear(p: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  return project(x, parameter(p, `${name}.weight`) as tf.Tensor2D, parameter(p, `${name}.bias`))
}

/** `x W`, or `x W + b`, on the last axis. */
export function project(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor): tf.Tensor {
  const product = tf.matMul(tf.reshape(x, [-1, weight.shape[0]]), weight)
  return tf.reshape(bias ? tf.add(product, bias) : product, [...x.shape.slice(0, -1), weight.shape[1]])
}

export function normSpec(channels: number): ParameterSpecs {
  return { scale: { shape: [channels], init: 'ones' }, bias: { shape: [channels], init: 'zeros' } }
}

const EPSILON = 1e-5

/** Layer normalisation over the last axis. */
export function layerNorm(p: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  const normal = standardize(x, [x.rank - 1])
  return tf.add(tf.mul(normal, parameter(p, `${name}.scale`)), parameter(p, `${name}.bias`))
}

/**
 * Group normalisation of x: B,T,C over time and the channels of each group, `y = (x − μ) a + bias` with
 * `a = scale / √(var + ε)`. Its gradient needs the whole of dy in two sums over time alone, `Σ dy` and `Σ dy (x − μ)`;
 * all else happens between numbers per channel or per group:
 * `dx = a dy − (r³ (x − μ) mean(scale dy (x − μ)) + r mean(scale dy))`, `r = 1/√(var + ε)`.
 *
 * Where numbers per group meet the whole, they are spread over the group's channels first: a row of channels broadcasts
 * over time many times faster than a number over a short group.
 */
export function groupNorm(p: Parameters, name: string, x: tf.Tensor3D, groups: number): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const members = channels / groups
  const sumOfGroup = (row: tf.Tensor) => tf.sum(tf.reshape(row, [batch, groups, members]), 2, true) // B,G,1
  const meanOfGroup = (row: tf.Tensor) => tf.mul(sumOfGroup(row), 1 / (time * members))
  const spread = (perGroup: tf.Tensor) => tf.reshape(tf.tile(perGroup, [1, 1, members]), [batch, 1, channels])
  const sumOverTime = (whole: tf.Tensor) => tf.sum(whole, 1, true) // B,1,C
  const normalization = tf.customGrad((input, scale, bias, save) => {
    const centred = tf.sub(input as tf.Tensor, spread(meanOfGroup(sumOverTime(input as tf.Tensor))))
    const inverse = tf.rsqrt(tf.add(meanOfGroup(sumOverTime(tf.square(centred))), EPSILON)) // B,G,1
    const factor = tf.mul(spread(inverse), scale as tf.Tensor) // B,1,C
    ;(save as Save)([centred, inverse, factor, scale as tf.Tensor])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [c, r, a, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
      const sum = sumOverTime(dy)
      const correlation = sumOverTime(tf.mul(dy, c))
      const slope = tf.mul(meanOfGroup(tf.mul(s, correlation)), tf.mul(r, tf.square(r)))
      const offset = tf.mul(meanOfGroup(tf.mul(s, sum)), r)
      return [
        tf.sub(tf.mul(dy, a), tf.add(tf.mul(c, spread(slope)), spread(offset))),
        tf.sum(tf.mul(correlation, spread(r)), [0, 1]),
        tf.sum(sum, [0, 1]),
      ]
    }
    if (batch === 1 && isRecording()) {
      const parameters = { scale: scale as tf.Tensor, bias: bias as tf.Tensor }
      const y = composite('GroupNorm', { x: input as tf.Tensor, ...parameters }, { groups, epsilon: EPSILON })
      return { value: y, gradFunc }
    }
    return { value: tf.add(tf.mul(centred, factor), bias as tf.Tensor), gradFunc }
  })
  return normalization(x, parameter(p, `${name}.scale`), parameter(p, `${name}.bias`)) as tf.Tensor3D
}

/**
 * `y = (x − mean) / √(var + ε)` over `axes`, with the gradient
 * `dx = (dy − mean(dy) − y · mean(dy · y)) / √(var + ε)`
 */
export function standardize(x: tf.Tensor, axes: number[]): tf.Tensor {
  const standard = tf.customGrad((input, save) => {
    const centred = tf.sub(input as tf.Tensor, tf.mean(input as tf.Tensor, axes, true))
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), EPSILON))
    const y = tf.mul(centred, inverse)
    ;(save as Save)([y, inverse])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normal, scale] = saved as [tf.Tensor, tf.Tensor]
      const mean = tf.mean(dy, axes, true)
      const correlation = tf.mean(tf.mul(dy, normal), axes, true)
      return tf.mul(tf.sub(tf.sub(dy, mean), tf.mul(normal, correlation)), scale)
    }
    return { value: y, gradFunc }
  })
  return standard(x)
}

/** `weight` is kernel,in,out. */
export function conv1dSpec(kernel: number, inputs: number, outputs: number): ParameterSpecs {
  const init = { fanIn: kernel * inputs }
  return { weight: { shape: [kernel, inputs, outputs], init }, bias: { shape: [outputs], init } }
}

/** Convolution along time with an odd kernel, stride 1 and zero padding that keeps the length: B,T,C → B,T,O. */
export function conv1d(p: Parameters, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const weight = parameter(p, `${name}.weight`) as tf.Tensor3D
  return convolve(x, weight, parameter(p, `${name}.bias`), (weight.shape[0] - 1) / 2)
}

/** Convolution of kernel 3, stride 2, padding 1 along an even time axis: B,T,C → B,T/2,O. */
export function downsample1d(p: Parameters, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const weight = parameter(p, `${name}.weight`) as tf.Tensor3D
  const outputs = weight.shape[2]
  // With two steps to a row, y_m = r_{m−1} [0; W_0] + r_m [W_1; W_2].
  const pairs = tf.reshape(x, [batch, time / 2, 2 * channels]) as tf.Tensor3D
  const rows = tf.pad(tf.reshape(weight, [3 * channels, outputs]) as tf.Tensor2D, [
    [channels, 0],
    [0, 0],
  ])
  return convolve(pairs, tf.reshape(rows, [2, 2 * channels, outputs]), parameter(p, `${name}.bias`), 1)
}

/** Transposed convolution of kernel 4, stride 2, padding 1: B,T,C → B,2T,O. */
export function upsample1d(p: Parameters, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const [batch, time] = x.shape
  const weight = parameter(p, `${name}.weight`) as tf.Tensor3D
  const outputs = weight.shape[2]
  // y_2m = x_{m−1} W_3 + x_m W_1 and y_2m+1 = x_m W_2 + x_{m+1} W_0: side by side, a convolution of kernel 3.
  const [w0, w1, w2, w3] = tf.split(weight, 4) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]
  const none = tf.zerosLike(w0)
  const even = tf.concat([w3, w1, none])
  const odd = tf.concat([none, w2, w0])
  const bias = parameter(p, `${name}.bias`)
  const both = convolve(x, tf.concat([even, odd], 2), tf.concat([bias, bias]), 1)
  return tf.reshape(both, [batch, 2 * time, outputs])
}

/**
 * Mish, `x tanh(ln(1 + eˣ))`, as `x w` with `w = u/(2 − u)`, `u = s(2 − s)`, `s = σ(x)`: no overflow, and no softplus,
 * which onnxruntime computes one number at a time. The slope is `w + s (x − y w)`.
 */
export function mish(x: tf.Tensor): tf.Tensor {
  const activation = tf.customGrad((input, save) => {
    const z = input as tf.Tensor
    const s = tf.sigmoid(z)
    const u = tf.mul(s, tf.sub(2, s))
    const w = tf.div(u, tf.sub(2, u))
    const y = tf.mul(z, w)
    ;(save as Save)([z, s, w, y])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedZ, savedS, savedW, savedY] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
      const bend = tf.mul(savedS, tf.sub(savedZ, tf.mul(savedY, savedW)))
      return tf.mul(dy, tf.add(savedW, bend))
    }
    return { value: y, gradFunc }
  })
  return activation(x)
}

/** GELU, `x Φ(x) = x (1 + erf(x/√2))/2`. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
}

export function transformerLayerSpec(width: number, hidden: number): ParameterSpecs {
  return {
    ...prefixed('query', linearSpec(width, width)),
    ...prefixed('key', linearSpec(width, width)),
    ...prefixed('value', linearSpec(width, width)),
    ...prefixed('output', linearSpec(width, width)),
    ...prefixed('norm1', normSpec(width)),
    ...prefixed('hidden', linearSpec(width, hidden)),
    ...prefixed('contract', linearSpec(hidden, width)),
    ...prefixed('norm2', normSpec(width)),
  }
}

/** Encoder layer with self-attention among the N tokens of a sample, norm after each residual: B,N,D → B,N,D. */
export function transformerLayer(p: Parameters, name: string, x: tf.Tensor3D, heads: number): tf.Tensor3D {
  const attended = attention(p, name, x, heads)
  const first = layerNorm(p, `${name}.norm1`, tf.add(x, attended))
  const hidden = gelu(linear(p, `${name}.hidden`, first))
  return layerNorm(p, `${name}.norm2`, tf.add(first, linear(p, `${name}.contract`, hidden))) as tf.Tensor3D
}

/** Multi-head scaled dot-product attention. */
function attention(p: Parameters, name: string, x: tf.Tensor3D, heads: number): tf.Tensor {
  const [batch, tokens, width] = x.shape
  const split = (part: string) =>
    tf.transpose(tf.reshape(linear(p, `${name}.${part}`, x), [batch, tokens, heads, width / heads]), [0, 2, 1, 3])
  const [query, key, value] = [split('query'), split('key'), split('value')]
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(width / heads)) // B,heads,N,N
  const mixed = tf.matMul(tf.softmax(scores), value) // B,heads,N,width/heads
  return linear(p, `${name}.output`, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]))
}

/** Sinusoidal embedding of steps (shape [B]) with periods from 2π to 10⁴·2π: B → B,width. */
export function sinusoidalEmbedding(steps: tf.Tensor1D, width: number): tf.Tensor2D {
  const half = width / 2
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10_000) * i) / (half - 1)))
  const angles = tf.mul(tf.reshape(steps, [-1, 1]), tf.tensor2d([frequencies]))
  return tf.concat([tf.sin(angles), tf.cos(angles)], 1) as tf.Tensor2D
}
