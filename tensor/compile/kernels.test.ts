// Every kernel that can be compiled against the same kernel run eagerly, over random shapes and numbers.
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../backend.ts'
import { Random } from '../random.ts'
import { type Draw, drawNumbers, EXAMPLES } from './example-kernels.ts'
import type { Array32, Arrays } from './index.ts'
import { compile, countKernels, eager, lowerableKernels, recordableKernels, type TensorMap } from './index.ts'

const ROUNDS = 8

/** A function of x, y and z to one result. */
const result = (fn: (tensors: Record<'x' | 'y' | 'z', tf.Tensor>) => tf.Tensor) => (tensors: TensorMap) => ({
  result: fn(tensors as Record<'x' | 'y' | 'z', tf.Tensor>),
})

/** Kernels of our own: simplification makes them, or layers while they are recorded. */
const NOT_OF_TFJS = new Set(['BroadcastTo', 'GroupNorm'])

async function compiledAndEager({ fn, inputs }: ReturnType<Draw>, feeds: Arrays) {
  const compiled = await compile(fn, inputs, { threads: 1 })
  const results = { compiled: await compiled.run(feeds), eager: await eager(fn, inputs).run(feeds) }
  await compiled.dispose()
  return { ...results, kernels: countKernels(compiled.graph).map(([kernel]) => kernel) }
}

function expectClose(actual: Arrays, expected: Arrays): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, numbers] of Object.entries(expected)) {
    expect(actual[name]?.constructor).toBe(numbers.constructor)
    expect(actual[name]?.length).toBe(numbers.length)
    // Ten units in the last place of float32, for results of some hundred at most.
    numbers.forEach((number, i) => {
      expect(Math.abs((actual[name]?.[i] as number) - number)).toBeLessThan(1.2e-6 * (1 + Math.abs(number)))
    })
  }
}

beforeAll(async () => {
  await useEagerBackend('wasm')
})

describe('a compiled kernel', () => {
  it('has an example, whichever it is', () => {
    const kernels = new Set([...recordableKernels(), ...lowerableKernels()])
    expect(Object.keys(EXAMPLES).sort()).toEqual([...kernels].sort())
  })

  it.each(Object.entries(EXAMPLES))('%s computes what the eager one does', async (kernel, draw) => {
    const random = new Random(1).fork(kernel)
    const called = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      const drawn = draw(random)
      const feeds = Object.fromEntries(
        Object.entries(drawn.inputs).map(([name, spec]) => [name, drawNumbers(random, spec)]),
      )
      const results = await compiledAndEager(drawn, feeds)
      expectClose(results.compiled, results.eager)
      for (const name of NOT_OF_TFJS.has(kernel) ? results.kernels : await profiledKernels(drawn, feeds))
        called.add(name)
    }
    expect([...called]).toContain(kernel)
  })
})

/** The kernels that tfjs calls for the function. */
async function profiledKernels({ fn, inputs }: ReturnType<Draw>, feeds: Arrays): Promise<string[]> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      tf.tensor(feeds[name] as Array32, [...shape], dtype ?? 'float32'),
    ]),
  )
  const { kernelNames } = await tf.profile(() => tf.tidy(() => void fn(tensors)) as unknown as tf.TensorContainer)
  tf.dispose(tensors)
  return kernelNames
}

describe('a kernel of whole numbers', () => {
  const int = (n: number) => tf.scalar(n, 'int32')
  // By hand, for x = -3, 0, 2, 6: wasm clips the bits of an int32 as though they were a float32.
  it.each<[string, (x: tf.Tensor) => tf.Tensor, Array32]>([
    ['Mean, which is no whole number: 5/4', (x) => tf.mean(x), Float32Array.of(1.25)],
    ['Exp, which is none either', (x) => tf.exp(x), Float32Array.of(-3, 0, 2, 6).map(Math.exp)],
    ['Sum', (x) => tf.sum(x), Int32Array.of(5)],
    ['Max', (x) => tf.max(x), Int32Array.of(6)],
    ['ClipByValue', (x) => tf.clipByValue(x, -1, 3), Int32Array.of(-1, 0, 2, 3)],
    ['Step', (x) => tf.step(x), Int32Array.of(0, 0, 1, 1)],
    ['Relu', (x) => tf.relu(x), Int32Array.of(0, 0, 2, 6)],
    ['PadV2', (x) => tf.pad(x, [[1, 2]], 7), Int32Array.of(7, -3, 0, 2, 6, 7, 7)],
    [
      'Add, Sub and Multiply: (x + 2 - x) x',
      (x) => tf.mul(tf.sub(tf.add(x, int(2)), x), x),
      Int32Array.of(-6, 0, 4, 12),
    ],
    ['a product of two scales: (2x) 3', (x) => tf.mul(tf.mul(x, int(2)), int(3)), Int32Array.of(-18, 0, 12, 36)],
  ])('computes %s', async (_, op, expected) => {
    const compiled = await compile(
      result(({ x }) => op(x)),
      { x: { shape: [4], dtype: 'int32' } },
    )
    const outputs = await compiled.run({ x: Int32Array.of(-3, 0, 2, 6) })
    expectClose(outputs, { result: expected })
    await compiled.dispose()
  })
})

describe('a kernel without numbers that vary', () => {
  const one = { x: { shape: [2, 3] } }
  const feeds = { x: Float32Array.of(1, 2, 3, 4, 5, 6) }
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['Maximum of two constants keeps its shape', () => tf.maximum(tf.fill([2, 3], 1), tf.fill([2, 3], 2))],
    ['Equal of two constants keeps its shape', () => tf.equal(tf.zeros([2, 3]), tf.ones([2, 3]))],
    [
      'Select of three constants keeps its shape',
      () => tf.where(tf.ones([2, 3], 'bool'), tf.ones([2, 3]), tf.zeros([2, 3])),
    ],
    ['Max over no axis changes nothing', (x) => tf.max(x, [])],
    ['Prod over no axis changes nothing', (x) => tf.prod(x, [])],
    ['Sum over no axis changes nothing', (x) => tf.sum(x, [])],
  ])('%s', async (_, op) => {
    // x is an output beside, so that the graph is never empty.
    const fn = ({ x }: TensorMap) => ({ result: op(x as tf.Tensor), negative: tf.neg(x as tf.Tensor) })
    const results = await compiledAndEager({ fn, inputs: one }, feeds)
    expectClose(results.compiled, results.eager)
  })
})

describe('Cast', () => {
  // Expected by hand: the wasm backend turns a float into a bool by keeping its lowest byte.
  it('cuts off towards zero for int32, and makes every number but zero true', async () => {
    const compiled = await compile(
      ({ x }) => ({ whole: tf.cast(x as tf.Tensor, 'int32'), truth: tf.cast(x as tf.Tensor, 'bool') }),
      { x: { shape: [4] } },
    )
    const { whole, truth } = await compiled.run({ x: Float32Array.of(1.7, -1.7, 0, 0.4) })
    expect([...(whole as Array32)]).toEqual([1, -1, 0, 0])
    expect([...(truth as Array32)]).toEqual([1, 1, 0, 1])
    await compiled.dispose()
  })
})
