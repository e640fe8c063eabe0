import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useEagerBackend } from './backend.ts'
import {
  countParameters,
  initializeParameters,
  joinParameters,
  type ParameterSpecs,
  prefixed,
  segmentsOf,
  sliceParameters,
  smallFirst,
  splitParameters,
} from './parameters.ts'
import { Random } from './random.ts'

const SPECS: ParameterSpecs = {
  'a.weight': { shape: [2, 3], init: { fanIn: 4 } },
  'a.bias': { shape: [3], init: 'zeros' },
  scale: { shape: [], init: 'ones' },
}
const flat = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)

beforeAll(async () => {
  await useEagerBackend('wasm')
})
beforeEach(() => void tf.engine().startScope())
afterEach(() => void tf.engine().endScope())

describe('the flat vector of parameters', () => {
  it('counts every number once', () => {
    // 2·3 + 3 + 1
    expect(countParameters(SPECS)).toBe(10)
    expect(countParameters({})).toBe(0)
  })

  it('holds parameters one after the other, in the order of the specs', () => {
    const parts = sliceParameters(SPECS, flat)
    expect(Object.entries(parts).map(([name, part]) => [name, [...part]])).toEqual([
      ['a.weight', [1, 2, 3, 4, 5, 6]],
      ['a.bias', [7, 8, 9]],
      ['scale', [10]],
    ])
  })

  it('is sliced into views, not copies', () => {
    const vector = flat.slice()
    const { scale } = sliceParameters(SPECS, vector)
    ;(scale as Float32Array)[0] = -1
    expect(vector[9]).toBe(-1)
  })

  it('must have the length that the specs ask for', () => {
    expect(() => sliceParameters(SPECS, new Float32Array(9))).toThrow(new RangeError('expected 10 parameters, got 9'))
  })

  it('splits into tensors of the right shapes, and joins to what it was', () => {
    const tensors = splitParameters(SPECS, tf.tensor1d(flat))
    expect(Object.entries(tensors).map(([name, { shape }]) => [name, shape])).toEqual([
      ['a.weight', [2, 3]],
      ['a.bias', [3]],
      ['scale', []],
    ])
    expect([...joinParameters(Object.values(tensors)).dataSync()]).toEqual([...flat])
  })

  it('takes the gradients of its parts back to their places', () => {
    const loss = (vector: tf.Tensor) => {
      const parts = splitParameters(SPECS, vector)
      return tf.add(tf.sum(tf.mul(parts['a.bias'] as tf.Tensor, 2)), tf.square(parts.scale as tf.Tensor))
    }
    const gradient = tf.grad(loss)(tf.tensor1d(flat))
    // d(2·bias) is 2 in places 6 to 8, d(scale²) is 2·10 in place 9.
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2, 20])
  })
})

describe('segments', () => {
  const large = { shape: [256, 128], init: 'zeros' } as const
  const mixed: ParameterSpecs = {
    w: large,
    b: { shape: [64], init: 'ones' },
    v: large,
    c: { shape: [], init: 'zeros' },
  }
  const outline = (specs: ParameterSpecs) =>
    segmentsOf(specs).map(({ specs: own, begin, end }) => [Object.keys(own), begin, end])

  it('put neighbouring small tensors together and leave each large one by itself', () => {
    // 256·128 = 32 768 numbers are large.
    expect(outline(smallFirst(mixed))).toEqual([
      [['b', 'c'], 0, 65],
      [['w'], 65, 32_833],
      [['v'], 32_833, 65_601],
    ])
    expect(outline(mixed).map(([names]) => names)).toEqual([['w'], ['b'], ['v'], ['c']])
    expect(outline({})).toEqual([])
  })

  it('change with neither the number nor the start values of the parameters', () => {
    const start = (specs: ParameterSpecs) => sliceParameters(specs, initializeParameters(specs, new Random(3)))
    expect(start(smallFirst(mixed))).toEqual(start(mixed))
  })
})

describe('prefixed', () => {
  it('puts the path before each name and leaves the rest', () => {
    const specs = prefixed('denoiser', SPECS)
    expect(Object.keys(specs)).toEqual(['denoiser.a.weight', 'denoiser.a.bias', 'denoiser.scale'])
    expect(Object.values(specs)).toEqual(Object.values(SPECS))
  })
})

describe('initializeParameters', () => {
  it('starts with zeros, ones and uniform numbers within ±1/√fanIn', () => {
    const specs: ParameterSpecs = { ...SPECS, 'a.weight': { shape: [1000], init: { fanIn: 4 } } }
    const parts = sliceParameters(specs, initializeParameters(specs, new Random(1)))
    expect([...(parts['a.bias'] ?? [])]).toEqual([0, 0, 0])
    expect([...(parts.scale ?? [])]).toEqual([1])
    const weights = [...(parts['a.weight'] ?? [])]
    // ±1/√4. The mean of 1000 has a standard error of (1/√12)/√1000 = 0.009; five of them.
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(0.5)
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(0.49)
    expect(Math.abs(weights.reduce((a, b) => a + b) / 1000)).toBeLessThan(0.046)
  })

  it('draws normal numbers of the deviation asked for', () => {
    const specs: ParameterSpecs = { token: { shape: [2000], init: { normal: 0.02 } } }
    const numbers = initializeParameters(specs, new Random(2))
    const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / 2000)
    // The deviation of 2000 has a standard error of 0.02/√4000 = 0.0003; five of them.
    expect(Math.abs(deviation - 0.02)).toBeLessThan(0.0016)
  })

  it('starts a parameter the same whatever others there are, and another name otherwise', () => {
    const weight = (specs: ParameterSpecs, name: string, seed = 7) => [
      ...(sliceParameters(specs, initializeParameters(specs, new Random(seed)))[name] ?? []),
    ]
    const init = { fanIn: 1 }
    const alone = weight({ w: { shape: [4], init } }, 'w')
    const among = { before: { shape: [9], init }, w: { shape: [4], init }, u: { shape: [4], init } }
    expect(weight(among, 'w')).toEqual(alone)
    expect(weight(among, 'u')).not.toEqual(alone)
    expect(weight(among, 'w', 8)).not.toEqual(alone)
  })
})
