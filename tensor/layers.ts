// Layers as pure functions. Sequences are B,T,C (batch, time, channels); `p` holds the parameters and `name` the path of
// the layer's own. Each `…Spec` function gives the parameters that its layer reads.
//
// Convolution and normalisation carry their own gradients: the closed forms take a fraction of the operations that
// differentiating their parts would, and every backend has what they are made of.
import * as tf from '@tensorflow/tfjs'
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
  const weight = parameter(p, `${name}.weight`) as tf.Tensor2D
  return tf.add(project(x, weight), parameter(p, `${name}.bias`))
}

/** `x W` on the last axis. */
export function project(x: tf.Tensor, weight: tf.Tensor2D): tf.Tensor {
  const rows = tf.reshape(x, [-1, weight.shape[0]])
  return tf.reshape(tf.matMul(rows, weight), [...x.shape.slice(0, -1), weight.shape[1]])
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
 * `dx = a dy − r mean(scale dy) − r³ (x − μ) mean(scale dy (x − μ))`, `r = 1/√(var + ε)`.
 */
export function groupNorm(p: Parameters, name: string, x: tf.Tensor3D, groups: number): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const split = [batch, time, groups, channels / groups] // B,T,G,c
  const perChannel = [1, 1, groups, channels / groups]
  const meanOfGroup = (perStep: tf.Tensor) => tf.mean(tf.mean(perStep, 1, true), 3, true) // B,1,G,1
  const normalization = tf.customGrad((input, scale, bias, save) => {
    const grouped = tf.reshape(input as tf.Tensor, split)
    const centred = tf.sub(grouped, meanOfGroup(grouped))
    const inverse = tf.rsqrt(tf.add(meanOfGroup(tf.square(centred)), EPSILON))
    const channelScale = tf.reshape(scale as tf.Tensor, perChannel)
    const factor = tf.mul(channelScale, inverse) // B,1,G,c
    const y = tf.add(tf.mul(centred, factor), tf.reshape(bias as tf.Tensor, perChannel))
    ;(save as Save)([centred, inverse, channelScale])
    const gradFunc = (gradient: tf.Tensor, saved: tf.Tensor[]) => {
      const [c, r, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      const dy = tf.reshape(gradient, split)
      const sum = tf.sum(dy, 1, true) // B,1,G,c
      const correlation = tf.sum(tf.mul(dy, c), 1, true)
      const meanOf = (perChannelSum: tf.Tensor) =>
        tf.div(tf.sum(tf.mul(s, perChannelSum), 3, true), (time * channels) / groups) // B,1,G,1
      const slope = tf.mul(meanOf(correlation), tf.mul(r, tf.square(r)))
      const offset = tf.mul(meanOf(sum), r)
      const dx = tf.sub(tf.sub(tf.mul(dy, tf.mul(s, r)), tf.mul(c, slope)), offset)
      return [
        tf.reshape(dx, [batch, time, channels]),
        tf.reshape(tf.sum(tf.mul(correlation, r), 0), [channels]),
        tf.reshape(tf.sum(sum, 0), [channels]),
      ]
    }
    return { value: tf.reshape(y, [batch, time, channels]), gradFunc }
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
  return tf.add(convolve(x, weight), parameter(p, `${name}.bias`))
}

/** `y_t = Σ_k x_{t+k−K/2} W_k`, whose gradient in x is a convolution too: `dx_s = Σ_k dy_{s−k+K/2} W_kᵀ`. */
function convolve(x: tf.Tensor3D, weight: tf.Tensor3D): tf.Tensor3D {
  const [kernel, inputs, outputs] = weight.shape
  const [batch, time] = x.shape
  const taps = Array.from({ length: kernel }, (_, k) => k)
  const rows = (unfolded: tf.Tensor, columns: number) => tf.reshape(unfolded, [batch * time, columns]) as tf.Tensor2D
  const convolution = tf.customGrad((input, w, save) => {
    const columns = rows(unfold(input as tf.Tensor3D, taps), kernel * inputs)
    const y = tf.matMul(columns, tf.reshape(w as tf.Tensor, [kernel * inputs, outputs]) as tf.Tensor2D)
    ;(save as Save)([input as tf.Tensor, w as tf.Tensor])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedInput, savedWeight] = saved as [tf.Tensor3D, tf.Tensor3D]
      const backward = rows(unfold(dy as tf.Tensor3D, taps.toReversed()), kernel * outputs)
      const transposed = tf.reshape(tf.transpose(savedWeight, [0, 2, 1]), [kernel * outputs, inputs]) as tf.Tensor2D
      const forward = rows(unfold(savedInput, taps), kernel * inputs)
      return [
        tf.reshape(tf.matMul(backward, transposed), [batch, time, inputs]),
        tf.reshape(tf.matMul(forward, rows(dy, outputs), true), [kernel, inputs, outputs]),
      ]
    }
    return { value: tf.reshape(y, [batch, time, outputs]), gradFunc }
  })
  return convolution(x, weight) as tf.Tensor3D
}

/** The input at each tap, side by side: B,T,C → B,T,K·C. Tap k looks k − K/2 steps ahead. */
function unfold(x: tf.Tensor3D, taps: readonly number[]): tf.Tensor3D {
  if (taps.length === 1) return x
  const [, time, channels] = x.shape
  const half = (taps.length - 1) / 2
  const padded = tf.pad(x, [
    [0, 0],
    [half, half],
    [0, 0],
  ])
  return tf.concat(
    taps.map((k) => tf.slice(padded, [0, k, 0], [-1, time, channels]) as tf.Tensor3D),
    2,
  )
}

/** Convolution of kernel 3, stride 2, padding 1 along an even time axis: B,T,C → B,T/2,O. */
export function downsample1d(p: Parameters, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  // One zero before and after, then two steps to a row: taps 0 and 1 are row m, tap 2 the first half of row m + 1.
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [0, 0],
  ])
  const pairs = tf.reshape(padded, [batch, time / 2 + 1, 2 * channels])
  const both = tf.slice(pairs, [0, 0, 0], [-1, time / 2, 2 * channels])
  const next = tf.slice(pairs, [0, 1, 0], [-1, time / 2, channels])
  const weight = parameter(p, `${name}.weight`) as tf.Tensor3D
  const y = project(tf.concat([both, next], 2), tf.reshape(weight, [3 * channels, weight.shape[2]]) as tf.Tensor2D)
  return tf.add(y, parameter(p, `${name}.bias`))
}

/** Transposed convolution of kernel 4, stride 2, padding 1: B,T,C → B,2T,O. */
export function upsample1d(p: Parameters, name: string, x: tf.Tensor3D): tf.Tensor3D {
  const [batch, time, channels] = x.shape
  const weight = parameter(p, `${name}.weight`) as tf.Tensor3D
  const outputs = weight.shape[2]
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [0, 0],
  ])
  const step = (offset: number) => tf.slice(padded, [0, offset, 0], [-1, time, channels])
  const tap = (k: number) => tf.reshape(tf.slice(weight, [k, 0, 0], [1, -1, -1]), [channels, outputs])
  // y_2m = x_{m−1} W_3 + x_m W_1 and y_2m+1 = x_m W_2 + x_{m+1} W_0
  const even = project(tf.concat([step(0), step(1)], 2), tf.concat([tap(3), tap(1)], 0) as tf.Tensor2D)
  const odd = project(tf.concat([step(1), step(2)], 2), tf.concat([tap(2), tap(0)], 0) as tf.Tensor2D)
  const y = tf.reshape(tf.stack([even, odd], 2), [batch, 2 * time, outputs]) as tf.Tensor3D
  return tf.add(y, parameter(p, `${name}.bias`))
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
