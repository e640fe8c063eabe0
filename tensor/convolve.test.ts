import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from './backend.ts'
import { compile, type TensorMap } from './compile/index.ts'
import { convolveDirectly, convolveFast } from './convolve.ts'
import { fastFilter, MOST_TAPS } from './fast-filter.ts'
import { Random } from './random.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

const normal = (random: Random, shape: number[]) =>
  tf.tensor(random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b))), shape)

/** Largest difference over the largest number. */
function relativeError(actual: tf.Tensor, expected: tf.Tensor): number {
  const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number
  return difference / (tf.max(tf.abs(expected)).dataSync()[0] as number)
}

describe('the fast filter', () => {
  it('multiplies 9 times where the filter itself would 25 times, and gives the same', () => {
    const { products, tiles, samples, taps, outputs } = fastFilter(5, 5, 2)
    expect([products, tiles]).toEqual([9, 1])
    const [d, w] = [
      [3, -1, 4, 1, 2],
      [2, 7, -1, 8, 5],
    ]
    const times = ({ rows, columns, data }: typeof samples, x: readonly number[]) =>
      Array.from({ length: rows }, (_, i) =>
        x.reduce((sum, value, j) => sum + (data[i * columns + j] as number) * value, 0),
      )
    const [V, U] = [times(samples, d as number[]), times(taps, w as number[])]
    const y = times(
      outputs,
      V.map((v, p) => v * (U[p] as number)),
    )
    // y_0 = −1·3 + 8·(−1) + 5·4, y_1 = 7·3 − 1·(−1) + 8·4 + 5·1, y_2 = 2·3 + 7·(−1) − 4 + 8·1 + 5·2,
    // y_3 = 2·(−1) + 7·4 − 1·1 + 8·2, y_4 = 2·4 + 7·1 − 1·2
    expect(y).toEqual([9, 59, 13, 41, 13].map((value) => expect.closeTo(value, 4)))
  })

  it('refuses more taps than it has points for', () => {
    expect(() => fastFilter(8, MOST_TAPS + 1, 2)).toThrow(`expected 2 to ${MOST_TAPS} taps, got ${MOST_TAPS + 1}`)
    expect(() => fastFilter(8, 1, 0)).toThrow(RangeError)
  })
})

// Lengths that do and do not fill their last piece; every place the first tap can have; all numbers of taps.
const cases = [
  ...[1, 5, 7, 10, 20].map((time) => [time, 5, 2] as const),
  ...[0, 1, 4].map((before) => [9, 5, before] as const),
  ...[2, 3, 4].map((taps) => [10, taps, 1] as const),
]

describe.each(cases)('of %s steps, %s taps and %s of them before', (time, taps, before) => {
  it('the fast convolution and its gradients are those of the direct one to float32', () => {
    tf.tidy(() => {
      // Each way has tensors of its own: the WebAssembly backend takes a right factor that it has seen for the matrix
      // that it was then, whatever its shape is now.
      const both = [convolveFast, convolveDirectly].map((convolve) => {
        const random = new Random(1)
        const inputs = [[3, time, 6], [taps, 6, 5], [5]].map((shape) => normal(random, shape))
        const dy = normal(random, [3, time, 5])
        const run = (...tensors: tf.Tensor[]) => {
          const [x, w, b] = tensors as [tf.Tensor3D, tf.Tensor3D, tf.Tensor]
          return convolve(x, w, b, before) as tf.Tensor
        }
        return [run(...inputs), ...tf.grads(run)(inputs, dy)]
      })
      for (const [i, fast] of (both[0] as tf.Tensor[]).entries()) {
        expect(relativeError(fast, both[1]?.[i] as tf.Tensor)).toBeLessThan(5e-6)
      }
    })
  })
})

it('the fast convolution compiles to the same numbers', async () => {
  const shapes = { x: [4, 20, 8], w: [5, 8, 8], b: [8] }
  const tensors = () => {
    const random = new Random(2)
    return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, normal(random, shape)]))
  }
  const fast = ({ x, w, b }: TensorMap) => ({
    y: convolveFast(x as tf.Tensor3D, w as tf.Tensor3D, b as tf.Tensor, 2),
  })
  const specs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]))
  const compiled = await compile(fast, specs)
  const arrays = Object.fromEntries(
    Object.entries(tensors()).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]),
  )
  const { y } = await compiled.run(arrays)
  const expected = fast(tensors()).y
  expect(relativeError(tf.tensor(y as Float32Array, [4, 20, 8]), expected)).toBeLessThan(3e-6)
  await compiled.dispose()
})
