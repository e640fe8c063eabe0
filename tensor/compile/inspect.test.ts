import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { inspect, type PassReport } from './inspect.ts'
import type { TensorMap } from './record.ts'
import { build, start } from './session.ts'

const SIZES = { x: { shape: [2, 3] } }
const CONSTANTS = { w: { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) } }

/** A product, a multiplication by one that simplification drops, and another shape. */
const fn = ({ x, w }: TensorMap) => ({
  y: tf.reshape(tf.mul(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), 1), [8]),
})

describe('inspect', () => {
  const { passes, graph, model } = inspect(fn, SIZES, { name: 'product', constants: CONSTANTS, metadata: { a: 'b' } })
  const [recorded, simplified, lowered] = passes as [PassReport, PassReport, PassReport]

  it('reports on each pass, in order, and how long it took', () => {
    expect(passes.map(({ pass }) => pass)).toEqual(['record', 'simplify', 'lower'])
    for (const { ms } of passes) expect(ms).toBeGreaterThan(0)
  })

  it('counts the nodes and names the kernels', () => {
    expect(Object.fromEntries(recorded.kernels)).toEqual({ BatchMatMul: 1, Multiply: 1, Reshape: 1 })
    expect(Object.fromEntries(simplified.kernels)).toEqual({ BatchMatMul: 1, Reshape: 1 })
    expect(Object.fromEntries(lowered.kernels)).toEqual({ MatMul: 1, Reshape: 1 })
    expect(passes.map(({ nodes }) => nodes)).toEqual([3, 2, 2])
  })

  it('names the most frequent kernel first', () => {
    const { passes: of } = inspect(({ x }) => ({ y: tf.neg(tf.exp(tf.sin(tf.exp(x as tf.Tensor)))) }), SIZES)
    for (const { kernels } of of) expect(kernels[0]).toEqual(['Exp', 2])
  })

  it('counts arithmetic: 2·M·N·K = 2·2·4·3', () => {
    expect([recorded.flops, simplified.flops]).toEqual([48, 48])
  })

  it('counts memory: product 24 + 48 read and 32 written, multiplication 32 + 4 and 32, reshape nothing', () => {
    expect(recorded.trafficBytes).toBe(104 + 68)
    expect(simplified.trafficBytes).toBe(104)
  })

  it('counts a truth value as one byte', () => {
    // 6 floats and a constant of one number are read, 6 truth values are written.
    const { passes: of } = inspect(({ x }) => ({ y: tf.greater(x as tf.Tensor, 1) }), SIZES)
    expect(of[0]?.trafficBytes).toBe(24 + 4 + 6)
  })

  it('counts constants: weights, the number one, and in ONNX the shape [8] as int64', () => {
    expect(passes.map(({ constantBytes }) => constantBytes)).toEqual([48 + 4, 48, 48 + 8])
  })

  it('makes the very model that build makes, ready to start', async () => {
    expect(model).toEqual(build(fn, SIZES, { name: 'product', constants: CONSTANTS, metadata: { a: 'b' } }).model)
    const compiled = await start({ graph, model })
    const { y } = await compiled.run({ x: Float32Array.of(1, 0, 0, 0, 0, 1) })
    expect(y).toEqual(Float32Array.of(0, 1, 2, 3, 8, 9, 10, 11))
    await compiled.dispose()
  })
})
