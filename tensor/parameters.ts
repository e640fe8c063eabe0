// Parameters: named tensors of a model, how they start, and how they lie in one flat vector.
//
// Names are dotted paths ("denoiser.down0.block1.conv1.weight"). In memory and on disk all parameters are one vector; the
// optimiser works on segments of it: the many small tensors together, so that they cost a handful of operations and not
// a handful each, and every large one by itself, so that what it reads is still in the cache when it reads it again.
import * as tf from '@tensorflow/tfjs'
import type { Random } from './random.ts'

export interface ParameterSpec {
  readonly shape: readonly number[]
  /** `fanIn` draws uniformly from ±1/√fanIn, PyTorch's start for linear and convolutional layers */
  readonly init: 'zeros' | 'ones' | { readonly fanIn: number } | { readonly normal: number }
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>

/** Tensors by parameter name. */
export type Parameters = Readonly<Record<string, tf.Tensor>>

const sizeOf = (spec: ParameterSpec): number => spec.shape.reduce((a, b) => a * b, 1)

export function countParameters(specs: ParameterSpecs): number {
  return Object.values(specs).reduce((sum, spec) => sum + sizeOf(spec), 0)
}

/** Puts `prefix.` before every name. */
export function prefixed(prefix: string, specs: ParameterSpecs): ParameterSpecs {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [`${prefix}.${name}`, spec]))
}

/** A tensor of at least so many numbers is a segment of its own. */
const LARGE = 32_768

/** The specs in the order of the flat vector that makes the fewest segments: small tensors first. */
export function smallFirst(specs: ParameterSpecs): ParameterSpecs {
  const entries = Object.entries(specs)
  const isLarge = ([, spec]: (typeof entries)[number]) => sizeOf(spec) >= LARGE
  return Object.fromEntries([...entries.filter((entry) => !isLarge(entry)), ...entries.filter(isLarge)])
}

/** A run of the flat vector. */
export interface Segment {
  specs: ParameterSpecs
  begin: number
  end: number
}

/** The flat vector in segments: neighbouring small tensors together, each large one by itself. */
export function segmentsOf(specs: ParameterSpecs): Segment[] {
  const segments: Segment[] = []
  let small: Segment | undefined
  let begin = 0
  for (const [name, spec] of Object.entries(specs)) {
    const end = begin + sizeOf(spec)
    if (small && sizeOf(spec) < LARGE) {
      small.specs = { ...small.specs, [name]: spec }
      small.end = end
    } else {
      const segment = { specs: { [name]: spec }, begin, end }
      segments.push(segment)
      small = sizeOf(spec) < LARGE ? segment : undefined
    }
    begin = end
  }
  return segments
}

/** The start values in one flat vector; each parameter draws from a stream of its own name. */
export function initializeParameters(specs: ParameterSpecs, random: Random): Float32Array {
  const flat = new Float32Array(countParameters(specs))
  let offset = 0
  for (const [name, spec] of Object.entries(specs)) {
    const part = flat.subarray(offset, offset + sizeOf(spec))
    offset += part.length
    fill(part, spec, random.fork(name))
  }
  return flat
}

function fill(out: Float32Array, { init }: ParameterSpec, random: Random): void {
  if (init === 'zeros') return
  if (init === 'ones') {
    out.fill(1)
  } else if ('normal' in init) {
    for (let i = 0; i < out.length; i++) out[i] = random.normal(0, init.normal)
  } else {
    const bound = 1 / Math.sqrt(init.fanIn)
    for (let i = 0; i < out.length; i++) out[i] = random.uniform(-bound, bound)
  }
}

/** Views of the flat vector's parts, by name. */
export function sliceParameters(specs: ParameterSpecs, flat: Float32Array): Record<string, Float32Array> {
  const size = countParameters(specs)
  if (flat.length !== size) throw new RangeError(`expected ${size} parameters, got ${flat.length}`)
  let offset = 0
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const start = offset
      offset += sizeOf(spec)
      return [name, flat.subarray(start, offset)]
    }),
  )
}

/** The flat vector (shape [P]) as tensors by name; the inverse of {@link joinParameters}. */
export function splitParameters(specs: ParameterSpecs, flat: tf.Tensor): Record<string, tf.Tensor> {
  const entries = Object.entries(specs)
  const sizes = entries.map(([, spec]) => sizeOf(spec))
  const parts = entries.length === 1 ? [flat] : tf.split(flat, sizes)
  return Object.fromEntries(
    entries.map(([name, spec], i) => [name, tf.reshape(parts[i] as tf.Tensor, [...spec.shape])]),
  )
}

/** Tensors in the order of the specs as one vector of shape [P]. */
export function joinParameters(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D))
}
