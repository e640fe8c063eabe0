import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useEagerBackend } from './backend.ts'
import { compile } from './compile/index.ts'
import { conv2d, convolve2d } from './image-layers.ts'
import { Random } from './random.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})
beforeEach(() => void tf.engine().startScope())
afterEach(() => void tf.engine().endScope())

const CASES = [
  // height, width, kernel, stride: sizes that the stride divides and that it does not, one pixel, taps beyond the edge
  [8, 8, 3, 1],
  [8, 8, 3, 2],
  [7, 9, 3, 2],
  [7, 8, 5, 2],
  [9, 7, 5, 3],
  [5, 6, 1, 1],
  [6, 5, 1, 2],
  [1, 1, 3, 1],
  [1, 3, 5, 2],
] as const

const draw = (seed: number, shape: number[]) =>
  tf.tensor(new Random(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape)

describe('a convolution', () => {
  it.each(CASES)(
    'of %d×%d pixels, kernel %d, stride %d, is the same unfolded and by kernels',
    (h, w, kernel, stride) => {
      const x = draw(1, [2, h, w, 3]) as tf.Tensor4D
      const weight = draw(2, [kernel, kernel, 3, 4]) as tf.Tensor4D
      const slope = draw(3, [2, Math.ceil(h / stride), Math.ceil(w / stride), 4])
      const [unfolded, usual] = [Number.POSITIVE_INFINITY, 0].map((most) => {
        const fn = (input: tf.Tensor, filter: tf.Tensor) =>
          convolve2d(input as tf.Tensor4D, filter as tf.Tensor4D, stride, most)
        return [fn(x, weight), ...tf.grads(fn)([x, weight], slope)]
      }) as [tf.Tensor[], tf.Tensor[]]
      for (const [i, tensor] of usual.entries()) {
        expect(unfolded[i]?.shape).toEqual(tensor.shape)
        const numbers = (unfolded[i] as tf.Tensor).dataSync()
        tensor.dataSync().forEach((value, k) => {
          expect(Math.abs(value - (numbers[k] as number))).toBeLessThan(1e-4)
        })
      }
    },
  )

  it('leaves out the bias that is not there', () => {
    const x = tf.ones([1, 2, 2, 1]) as tf.Tensor4D
    const p = { 'c.weight': tf.ones([1, 1, 1, 1]), 'd.weight': tf.ones([1, 1, 1, 1]), 'd.bias': tf.tensor1d([5]) }
    expect([...conv2d(p, 'c', x).dataSync()]).toEqual([1, 1, 1, 1])
    expect([...conv2d(p, 'd', x).dataSync()]).toEqual([6, 6, 6, 6])
    expect(() => conv2d(p, 'e', x)).toThrow('no parameter "e.weight"')
  })

  it('is compiled to one matrix product, without a transposition of the picture', async () => {
    const specs = { x: { shape: [2, 8, 8, 3] }, weight: { shape: [3, 3, 3, 4] } }
    const compiled = await compile(
      ({ x, weight }) => ({ y: convolve2d(x as tf.Tensor4D, weight as tf.Tensor4D, 2) }),
      specs,
    )
    await compiled.dispose()
    expect(compiled.graph.nodes.map(({ kernel }) => kernel).filter((kernel) => kernel !== 'Reshape')).toEqual([
      'PadV2',
      'GatherV2',
      'BatchMatMul',
    ])
  })
})
