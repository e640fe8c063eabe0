import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../backend.ts'
import { Random } from '../random.ts'
import { type Arrays, compile, countFlops, countKernels, eager, RecordingError, type TensorMap } from './index.ts'
import { lower } from './lower.ts'
import { record } from './record.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

const t = (tensors: TensorMap, name: string) => tensors[name] as tf.Tensor
const two = { x: { shape: [2] } } as const
const negate = ({ x }: TensorMap) => ({ y: tf.neg(x as tf.Tensor) })

/** Loss and gradients of a layer with everything that a training step uses: the form of the policy's own. */
function gradientStep(tensors: TensorMap): TensorMap {
  const loss = (weight: tf.Tensor, bias: tf.Tensor) => {
    const hidden = tf.tanh(tf.add(tf.matMul(t(tensors, 'x') as tf.Tensor2D, weight as tf.Tensor2D), bias))
    const normal = tf.softmax(tf.mul(hidden, tf.sigmoid(hidden)))
    return tf.mean(tf.square(tf.sub(normal, t(tensors, 'target')))) as tf.Scalar
  }
  const { value, grads } = tf.valueAndGrads(loss)([t(tensors, 'weight'), t(tensors, 'bias')])
  const [weight, bias] = grads as [tf.Tensor, tf.Tensor]
  return { loss: value, weightGradient: weight, biasGradient: bias }
}

const gradientInputs = {
  x: { shape: [5, 3] },
  target: { shape: [5, 4] },
  weight: { shape: [3, 4] },
  bias: { shape: [4] },
}

function drawFeeds(seed: number, sizes: Record<string, number>): Arrays {
  const random = new Random(seed)
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, random.fillNormal(new Float32Array(size))]),
  )
}

describe('compile', () => {
  it('computes the loss and gradients that the eager function computes', async () => {
    const compiled = await compile(gradientStep, gradientInputs, { threads: 1 })
    for (const seed of [1, 2, 3]) {
      const feeds = drawFeeds(seed, { x: 15, target: 20, weight: 12, bias: 4 })
      const [actual, expected] = [await compiled.run(feeds), await eager(gradientStep, gradientInputs).run(feeds)]
      for (const [name, numbers] of Object.entries(expected)) {
        numbers.forEach((number, i) => void expect(actual[name]?.[i]).toBeCloseTo(number, 6))
      }
    }
    await compiled.dispose()
  })

  it('gives the same gradients as tf.variableGrads when the function makes its own variables', async () => {
    const fn = ({ x }: TensorMap) => {
      const weight = tf.variable(tf.tensor1d([2, -1]), true, undefined)
      const { grads, value } = tf.variableGrads(() => tf.sum(tf.mul(tf.square(weight), x as tf.Tensor)) as tf.Scalar)
      const gradient = grads[weight.name] as tf.Tensor
      weight.dispose()
      return { value, gradient }
    }
    const compiled = await compile(fn, two)
    const { value, gradient } = await compiled.run({ x: Float32Array.of(3, 5) })
    // Σ w²x = 4·3 + 1·5; d/dw = 2wx = 2·2·3, 2·(−1)·5
    expect([...(value ?? [])]).toEqual([17])
    expect([...(gradient ?? [])]).toEqual([12, -10])
    await compiled.dispose()
  })

  it('makes constants of named weights and of tensors that the function closes over', async () => {
    const held = tf.tensor1d([10, 20])
    const fn = (tensors: TensorMap) => {
      const once = tf.add(tf.exp(t(tensors, 'x')), held)
      return { y: tf.mul(tf.add(tf.tanh(once), held), t(tensors, 'weight')), held }
    }
    const constants = { weight: { shape: [2], data: Float32Array.of(2, 3) } }
    const compiled = await compile(fn, two, { constants })
    const { y, held: same } = await compiled.run({ x: Float32Array.of(0, 0) })
    // tanh(1 + 10) and tanh(1 + 20) are 1 in float32: (1 + 10)·2, (1 + 20)·3
    expect([...(y ?? [])]).toEqual([22, 63])
    expect([...(same ?? [])]).toEqual([10, 20])
    // The tensor that is used three times is stored once.
    expect([...compiled.graph.constants.values()].map(({ name }) => name)).toHaveLength(2)
    expect([...held.dataSync()]).toEqual([10, 20])
    held.dispose()
    await compiled.dispose()
  })

  it('tells tensors of other shapes apart that share their numbers', () => {
    const held = tf.tensor2d([[1, 2]])
    const column = tf.reshape(held, [2, 1])
    const graph = record(({ x }) => ({ y: tf.mul(tf.mul(x as tf.Tensor, held), column) }), two)
    expect(graph.outputs.get('y')?.shape).toEqual([2, 2])
    expect([...graph.constants.keys()].map(({ shape }) => shape)).toEqual([
      [1, 2],
      [2, 1],
    ])
    tf.dispose([held, column])
  })

  it('gives outputs that are an input, a constant, or the same tensor twice', async () => {
    const fn = ({ x }: TensorMap) => {
      const y = tf.neg(x as tf.Tensor)
      return { y, again: y, input: x as tf.Tensor, zeros: tf.zeros([2]), numbers: tf.tensor1d([5, 6]) }
    }
    const compiled = await compile(fn, two)
    const expected = { y: [-1, 2], again: [-1, 2], input: [1, -2], zeros: [0, 0], numbers: [5, 6] }
    for (const runnable of [compiled, eager(fn, two)]) {
      const outputs = await runnable.run({ x: Float32Array.of(1, -2) })
      expect(Object.fromEntries(Object.entries(outputs).map(([name, numbers]) => [name, [...numbers]]))).toEqual(
        expected,
      )
    }
    await compiled.dispose()
  })

  it('writes results into arrays that it is given', async () => {
    const compiled = await compile(negate, two)
    for (const runnable of [compiled, eager(negate, two)]) {
      const into = { y: new Float32Array(2) }
      const { y } = await runnable.run({ x: Float32Array.of(1, -2) }, into)
      expect([...into.y]).toEqual([-1, 2])
      expect([...(y ?? [])]).toEqual([-1, 2])
    }
    await compiled.dispose()
  })

  it('takes any input names, those that it might use inside among them', async () => {
    const names = ['t0', 'v1', 'v2', 'c0', 'float32_1', 'i_0'] as const
    const fn = (tensors: TensorMap) => {
      const roots = names.map((name) => tf.rsqrt(t(tensors, name)))
      return { t1: tf.add(1, tf.sum(tf.stack(roots), 0)), v3: tf.neg(roots[0] as tf.Tensor) }
    }
    const compiled = await compile(fn, Object.fromEntries(names.map((name) => [name, { shape: [1] }])))
    const outputs = await compiled.run(Object.fromEntries(names.map((name) => [name, Float32Array.of(4)])))
    // 1 + six times 1/√4
    expect([...(outputs.t1 ?? [])]).toEqual([4])
    await compiled.dispose()
  })

  it('counts kernels and the arithmetic of matrix products', async () => {
    const fn = (tensors: TensorMap) => {
      const [a, b] = [t(tensors, 'a'), t(tensors, 'b')]
      return { y: tf.neg(tf.neg(tf.neg(tf.matMul(a, b, true)))) }
    }
    const graph = record(fn, { a: { shape: [7, 2] }, b: { shape: [7, 3] } })
    expect(countKernels(graph)).toEqual([
      ['Neg', 3],
      ['BatchMatMul', 1],
    ])
    // 2·M·N·K = 2·2·3·7
    expect(countFlops(graph)).toBe(84)
  })
})

describe('a function that cannot be compiled', () => {
  const refused = (fn: (tensors: TensorMap) => TensorMap, inputs: Parameters<typeof record>[1] = two) => {
    try {
      record(fn, inputs)
    } catch (error) {
      expect(error).toBeInstanceOf(RecordingError)
      return (error as RecordingError).message
    }
    throw new Error('expected a RecordingError')
  }

  it('is told which kernel has no lowering and how to run eagerly', () => {
    const message = refused(({ x }) => ({ y: tf.cumsum(x as tf.Tensor) }))
    expect(message).toContain('Cumsum')
    expect(message).toMatch(/run it eagerly \(--engine eager/)
  })

  it('is told so for a gradient that needs such a kernel too', () => {
    expect(refused(({ x }) => ({ y: tf.grad((z: tf.Tensor) => tf.sum(tf.tan(z)))(x as tf.Tensor) }))).toContain('Tan')
  })

  it.each<[string, (x: tf.Tensor) => unknown]>([
    ['dataSync', (x) => x.dataSync()],
    ['arraySync', (x) => x.arraySync()],
    ['print', (x) => x.print()],
  ])('is told that values exist only when the graph runs, when it calls %s', (_, read) => {
    const message = refused(({ x }) => {
      read(tf.neg(x as tf.Tensor))
      return {}
    })
    expect(message).toMatch(/reads the value of a tensor.*while it is being compiled/)
  })

  it('may read a tensor that it filled itself', () => {
    const fn = ({ x }: TensorMap) => ({ y: tf.mul(x as tf.Tensor, tf.tensor1d([3, 4]).dataSync()[1] as number) })
    expect(record(fn, two).nodes.map(({ kernel }) => kernel)).toEqual(['Multiply'])
  })

  it('cannot record another inside, and the outer recording goes on unharmed', () => {
    let message = ''
    const graph = record(({ x }) => {
      message = refused(negate)
      return { y: tf.neg(x as tf.Tensor) }
    }, two)
    expect(message).toMatch(/cannot be nested/)
    expect(graph.nodes).toHaveLength(1)
    expect(tf.getBackend()).toBe('wasm')
  })

  it('cannot round the size of a convolution up', () => {
    const filter = tf.ones([3, 3, 1, 1]) as tf.Tensor4D
    const convolve = ({ x }: TensorMap) => ({ y: tf.conv2d(x as tf.Tensor4D, filter, 2, 0, 'NHWC', 1, 'ceil') })
    expect(refused(convolve, { x: { shape: [1, 4, 4, 1] } })).toContain("dimRoundingMode 'ceil' has no lowering")
    filter.dispose()
  })

  it('cannot return a promise, or nothing', () => {
    expect(refused((async () => ({})) as unknown as typeof negate)).toMatch(/returns named tensors.*async/)
    expect(refused(() => ({}))).toMatch(/returns named tensors/)
  })

  it('cannot use strings, shapes that are not fixed, or gather with batches', () => {
    expect(refused(() => ({ y: tf.tensor1d(['a']) }))).toContain('type string')
    expect(refused(negate, { x: { shape: [-1] } })).toMatch(/fixed shape.*\[-1\]/)
    const inputs = { x: { shape: [2, 2] }, y: { shape: [2, 1], dtype: 'int32' } } as const
    const gather = (tensors: TensorMap) => ({ z: tf.gather(t(tensors, 'x'), t(tensors, 'y'), 1, 1) })
    expect(refused(gather, inputs)).toContain('batchDims')
  })

  it('cannot take an input and a constant of one name, or a constant whose numbers do not fill its shape', () => {
    const data = Float32Array.of(1, 2)
    expect(() => record(negate, two, { x: { shape: [2], data } })).toThrow(/"x" is the name of an input and of a const/)
    expect(() => record(negate, two, { w: { shape: [3], data } })).toThrow(
      'constant "w": 2 numbers do not fill shape [3]',
    )
  })

  it('cannot name an output like an input or a constant', async () => {
    await expect(compile(({ x }) => ({ x: tf.neg(x as tf.Tensor) }), two)).rejects.toThrow(
      /output "x" has the name of an input or constant/,
    )
    const constants = { w: { shape: [2], data: Float32Array.of(1, 2) } }
    const fn = (tensors: TensorMap) => ({ w: tf.mul(t(tensors, 'x'), t(tensors, 'w')) })
    await expect(compile(fn, two, { constants })).rejects.toThrow(/output "w" has the name/)
  })

  it('leaves the backend, the scope and the next recording as they were', () => {
    const before = tf.memory().numTensors
    for (let i = 0; i < 3; i++) refused(({ x }) => ({ y: tf.cumsum(tf.neg(x as tf.Tensor)) }))
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.getBackend()).toBe('wasm')
    expect(record(negate, two).nodes).toHaveLength(1)
  })
})

describe('run', () => {
  it.each<[string, Arrays, string]>([
    ['is missing', {}, '"x": expected float32 numbers of shape [2] (2), got nothing'],
    [
      'goes by another name',
      { z: Float32Array.of(1, 2) },
      '"x": expected float32 numbers of shape [2] (2), got nothing',
    ],
    ['is too short', { x: Float32Array.of(1) }, 'shape [2] (2), got Float32Array of 1'],
    ['is too long', { x: Float32Array.of(1, 2, 3) }, 'shape [2] (2), got Float32Array of 3'],
    [
      'is of another type',
      { x: Int32Array.of(1, 2) },
      '"x": expected float32 numbers of shape [2] (2), got Int32Array of 2',
    ],
  ])('says so when an input %s, compiled or not', async (_, feeds, message) => {
    const compiled = await compile(negate, two)
    await expect(compiled.run(feeds)).rejects.toThrow(message)
    await expect(eager(negate, two).run(feeds)).rejects.toThrow(message)
    await compiled.dispose()
  })

  it('says so when an array for results does not fit', async () => {
    const compiled = await compile(negate, two)
    await expect(compiled.run({ x: Float32Array.of(1, 2) }, { y: new Float32Array(3) })).rejects.toThrow(
      '"y": expected float32 numbers of shape [2] (2), got Float32Array of 3',
    )
    await compiled.dispose()
  })
})

describe('tensors', () => {
  it('do not pile up through recording, compiling and running', async () => {
    const held = tf.tensor1d([1, 2])
    const fn = ({ x }: TensorMap) => ({
      y: tf.grad((z: tf.Tensor) => tf.sum(tf.mul(tf.exp(z), held)))(x as tf.Tensor),
      held,
    })
    const before = tf.memory()
    for (let i = 0; i < 3; i++) {
      record(fn, two)
      const compiled = await compile(fn, two)
      for (const runnable of [compiled, eager(fn, two)]) await runnable.run({ x: Float32Array.of(1, 2) })
      await compiled.dispose()
    }
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers)
    expect(held.isDisposed).toBe(false)
    held.dispose()
  })
})

describe('many parts', () => {
  it('are split and joined by nodes that touch eight buffers at most, as WebGPU demands', async () => {
    const count = 60
    const fn = ({ x }: TensorMap) => {
      const parts = tf.split(x as tf.Tensor1D, count) as tf.Tensor1D[]
      return { y: tf.concat1d(parts.toReversed()), last: parts.at(-1) as tf.Tensor }
    }
    const { graph, run, dispose } = await compile(fn, { x: { shape: [2 * count] } }, { threads: 1 })
    for (const { inputs, outputs } of lower(graph, 'parts').nodes) {
      expect(inputs.length + outputs.length).toBeLessThanOrEqual(9) // the sizes of a split stay on the processor
    }
    const numbers = Array.from({ length: count }, (_, i) => [i, i + 0.5])
    const { y, last } = await run({ x: Float32Array.from(numbers.flat()) })
    expect([...(y as Float32Array)]).toEqual(numbers.toReversed().flat())
    expect([...(last as Float32Array)]).toEqual(numbers.at(-1))
    await dispose()
  })
})
