import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { type Arrays, build, compile, countFlops, countKernels, type TensorMap } from './index.ts'

const [ROWS, INNER, COLUMNS] = [3, 64, 80]
const SIZES = { x: { shape: [ROWS, INNER] } }

/** x (w c) + b, the weight kept in another shape as a convolution's is. */
const layer = ({ x, w, b }: TensorMap) => ({
  y: tf.add(tf.matMul(x as tf.Tensor2D, tf.reshape(w as tf.Tensor, [INNER, COLUMNS]) as tf.Tensor2D), b as tf.Tensor),
})
const constantsOf = (w: Float32Array, b: Float32Array) => ({
  w: { shape: [2, INNER / 2, COLUMNS], data: w },
  b: { shape: [COLUMNS], data: b },
})

async function runWith(weights: 'float32' | 'int8', w: Float32Array, b: Float32Array, feeds: Arrays) {
  const { run, dispose } = await compile(layer, SIZES, { constants: constantsOf(w, b), weights, threads: 1 })
  const { y } = await run(feeds)
  await dispose()
  return y as Float32Array
}

describe('int8 weights', () => {
  const random = new Random(1)
  const weight = random.fillNormal(new Float32Array(INNER * COLUMNS))
  const bias = random.fillNormal(new Float32Array(COLUMNS))

  it('are exact where nothing has to be rounded', async () => {
    // Whole numbers up to 127, with 127 in every column, times a factor of the column's own; x of whole numbers from 0 to 255.
    const w = weight.map((_, i) => (i < COLUMNS ? 127 : random.integer(255) - 127) * 2 ** -((i % COLUMNS) % 7))
    const x = Float32Array.from({ length: ROWS * INNER }, (_, i) => (i % INNER === 0 ? 255 : random.integer(256)))
    expect(await runWith('int8', w, bias, { x })).toEqual(await runWith('float32', w, bias, { x }))
  })

  it('are off by a hundredth where numbers are any', async () => {
    const x = random.fillNormal(new Float32Array(ROWS * INNER))
    const [rounded, exact] = [await runWith('int8', weight, bias, { x }), await runWith('float32', weight, bias, { x })]
    const error = Math.hypot(...rounded.map((value, i) => value - (exact[i] as number))) / Math.hypot(...exact)
    expect(error).toBeGreaterThan(1e-4)
    expect(error).toBeLessThan(2e-2)
  })

  it('keep a column of zeros', async () => {
    const w = weight.map((value, i) => (i % COLUMNS === 5 ? 0 : value))
    const y = await runWith('int8', w, new Float32Array(COLUMNS), { x: new Float32Array(ROWS * INNER).fill(1) })
    for (let row = 0; row < ROWS; row++) expect(y[row * COLUMNS + 5]).toBe(0)
  })

  it('take a quarter of the file, for the same arithmetic', () => {
    const sizes = { int8: INNER * COLUMNS + 4 * COLUMNS, float32: 4 * INNER * COLUMNS }
    for (const [weights, bytes] of Object.entries(sizes)) {
      const built = build(layer, SIZES, { constants: constantsOf(weight, bias), weights: weights as 'int8' })
      expect(built.model.byteLength - bytes).toBeGreaterThan(0)
      expect(built.model.byteLength - bytes).toBeLessThan(1200)
      expect(countFlops(built.graph)).toBe(2 * ROWS * INNER * COLUMNS)
    }
  })

  it('serve every product that reads them', () => {
    const twice = (tensors: TensorMap) =>
      layer({ ...tensors, x: tf.neg(tf.matMul(layer(tensors).y, tensors.c as tf.Tensor2D)) })
    const constants = { ...constantsOf(weight, bias), c: { shape: [COLUMNS, INNER], data: weight } }
    const { graph } = build(twice, SIZES, { constants, weights: 'int8' })
    expect(Object.fromEntries(countKernels(graph))).toMatchObject({ QuantizedMatMul: 3 })
    const integers = [...graph.constants].filter(([{ dtype }]) => dtype === 'uint8')
    expect(integers.map(([, { name }]) => name).sort()).toEqual(['c.int8', 'w.int8'])
  })

  it('are not made of small weights, nor of what comes from outside', () => {
    const small = { w: { shape: [2, 32, 10], data: new Float32Array(640).fill(1) } }
    const product = ({ x, w, v }: TensorMap) => ({
      y: tf.matMul(x as tf.Tensor2D, tf.reshape(w as tf.Tensor, [INNER, 10]) as tf.Tensor2D),
      z: tf.matMul(x as tf.Tensor2D, v as tf.Tensor2D),
    })
    const inputs = { ...SIZES, v: { shape: [INNER, 100] } }
    const { graph } = build(product, inputs, { constants: small, weights: 'int8' })
    expect(Object.fromEntries(countKernels(graph))).toEqual({ BatchMatMul: 2, Reshape: 1 })
  })

  it('are not read in two shapes', async () => {
    const shapes = ({ x, z, w }: TensorMap) => ({
      y: tf.matMul(x as tf.Tensor2D, tf.reshape(w as tf.Tensor, [INNER, COLUMNS]) as tf.Tensor2D),
      v: tf.matMul(z as tf.Tensor2D, tf.reshape(w as tf.Tensor, [COLUMNS, INNER]) as tf.Tensor2D),
    })
    const inputs = { ...SIZES, z: { shape: [ROWS, COLUMNS] } }
    const constants = { w: { shape: [INNER * COLUMNS], data: weight } }
    const { graph, dispose } = await compile(shapes, inputs, { constants, weights: 'int8', threads: 1 })
    await dispose()
    expect(Object.fromEntries(countKernels(graph))).toMatchObject({ QuantizedMatMul: 1, BatchMatMul: 1 })
  })

  it.each([
    ['another constant, like the transform of a kernel', (g: tf.Tensor) => g],
    ['what is made of constants, like the embedding of a step', (g: tf.Tensor) => tf.sin(g)],
  ])('are not made of what multiplies %s: nothing would be gained', (_, make) => {
    const transform = { shape: [INNER, INNER], data: new Float32Array(INNER * INNER).fill(0.5) }
    const transformed = ({ x, g, w, b }: TensorMap) =>
      layer({
        x,
        b,
        w: tf.matMul(make(g as tf.Tensor) as tf.Tensor2D, tf.reshape(w as tf.Tensor, [INNER, COLUMNS]) as tf.Tensor2D),
      } as TensorMap)
    const constants = { ...constantsOf(weight, bias), g: transform }
    const { graph } = build(transformed, SIZES, { constants, weights: 'int8' })
    expect([...graph.constants.keys()].some(({ dtype }) => dtype === 'uint8')).toBe(false)
  })
})
