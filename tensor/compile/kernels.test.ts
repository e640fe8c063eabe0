// Every kernel that can be compiled against the same kernel run eagerly, over random shapes and numbers.
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../backend.ts'
import { Random } from '../random.ts'
import type { Array32, Arrays, TensorSpec } from './index.ts'
import { compile, countKernels, eager, lowerableKernels, recordableKernels, type TensorMap } from './index.ts'
import { sizeOf } from './ir.ts'

const ROUNDS = 8

type Draw = (random: Random) => { fn: (tensors: TensorMap) => TensorMap; inputs: Inputs }
type Inputs = Record<string, TensorSpec & { range?: readonly [number, number] }>
type Operands = Record<'x' | 'y' | 'z', tf.Tensor>

/** A function of x, y and z to one result. */
const result = (fn: (tensors: Operands) => tf.Tensor) => (tensors: TensorMap) => ({
  result: fn(tensors as Operands),
})

const drawShape = (random: Random, rank = random.integer(5)) =>
  Array.from({ length: rank }, () => 1 + random.integer(4))

/** A shape that broadcasts to `shape`: sizes become 1, leading ones go. */
const shrink = (random: Random, shape: readonly number[]) =>
  shape.map((size) => (random.chance(0.4) ? 1 : size)).slice(random.integer(shape.length + 1))

const some = (random: Random, n: number) => {
  const chosen = Array.from({ length: n }, (_, i) => i).filter(() => random.chance(0.5))
  return chosen.length > 0 ? chosen : [random.integer(n)]
}

/** Halves between the limits, so that equal numbers, zeros and signs come up. */
const halves = (random: Random, [low, high]: readonly [number, number]) =>
  low + random.integer(2 * (high - low) + 1) / 2

function drawNumbers(random: Random, { shape, dtype, range = [-3, 3] }: Inputs[string]): Array32 {
  const numbers = Array.from({ length: sizeOf(shape) }, () => halves(random, range))
  return dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers)
}

const POSITIVE = [0.5, 4] as const

function unary(op: (x: tf.Tensor) => tf.Tensor, range: readonly [number, number] = [-3, 3]): Draw {
  return (random) => ({ fn: result(({ x }) => op(x)), inputs: { x: { shape: drawShape(random), range } } })
}

/** One operand of the full shape and one that broadcasts to it, on either side. */
function binary(
  op: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  { x = [-3, 3], y = [-3, 3] }: { x?: readonly [number, number]; y?: readonly [number, number] } = {},
): Draw {
  return (random) => {
    const full = drawShape(random)
    const shapes = random.chance(0.5) ? [full, shrink(random, full)] : [shrink(random, full), full]
    const [left, right] = shapes as [number[], number[]]
    const inputs = { x: { shape: left, range: x }, y: { shape: right, range: y } }
    return { fn: result((tensors) => op(tensors.x, tensors.y)), inputs }
  }
}

const positive = (x: tf.Tensor) => tf.greater(x, 0)

function reduction(op: (x: tf.Tensor, axes: number[] | undefined, keepDims: boolean) => tf.Tensor): Draw {
  return (random) => {
    const shape = drawShape(random)
    const axes = shape.length > 0 && random.chance(0.8) ? some(random, shape.length) : undefined
    const keepDims = random.chance(0.5)
    return { fn: result(({ x }) => op(x, axes, keepDims)), inputs: { x: { shape } } }
  }
}

function splitSizes(random: Random, total: number): number[] {
  const left = random.integer(total + 1)
  return [left, total - left].filter((size) => size > 0)
}

/** A picture B,H,W,C and an odd filter that fits it; `slopes` is the shape of the convolution's output. */
function drawConvolution(random: Random) {
  const [kernel, stride] = [1 + 2 * random.integer(2), 1 + random.integer(2)]
  const pad = random.integer((kernel + 1) / 2 + 1)
  const [batch, channels, filters] = [1 + random.integer(2), 1 + random.integer(3), 1 + random.integer(3)]
  const [height, width] = [kernel + random.integer(4), kernel + random.integer(4)]
  const after = (size: number) => Math.floor((size + 2 * pad - kernel) / stride) + 1
  return {
    ...{ stride, pad },
    picture: [batch, height, width, channels] as [number, number, number, number],
    filter: [kernel, kernel, channels, filters],
    slopes: [batch, after(height), after(width), filters],
  }
}

const CASES: Record<string, Draw> = {
  Neg: unary(tf.neg),
  Exp: unary(tf.exp),
  Log: unary(tf.log, POSITIVE),
  Sqrt: unary(tf.sqrt, [0, 4]),
  Rsqrt: unary(tf.rsqrt, POSITIVE),
  Square: unary(tf.square),
  Reciprocal: unary(tf.reciprocal, POSITIVE),
  Abs: unary(tf.abs),
  Sign: unary(tf.sign),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Relu: unary(tf.relu),
  Erf: unary(tf.erf),
  Sin: unary(tf.sin),
  Cos: unary(tf.cos),
  Softplus: unary(tf.softplus),
  Step: unary((x) => tf.step(x, 0.25)),
  LogicalNot: unary((x) => tf.logicalNot(positive(x))),
  Identity: unary((x) => tf.clone(x)),
  ZerosLike: unary((x) => tf.add(tf.zerosLike(x), x)),
  OnesLike: unary((x) => tf.add(tf.onesLike(x), x)),
  ClipByValue: unary((x) => tf.clipByValue(x, -1.5, 0.5)),
  Cast: unary((x) => tf.cast(tf.cast(positive(x), 'int32'), 'float32')),
  Add: binary(tf.add),
  Sub: binary(tf.sub),
  Multiply: binary(tf.mul),
  RealDiv: binary(tf.div, { y: POSITIVE }),
  Maximum: binary(tf.maximum),
  Minimum: binary(tf.minimum),
  Pow: binary(tf.pow, { x: POSITIVE }),
  SquaredDifference: binary(tf.squaredDifference),
  Equal: binary(tf.equal),
  NotEqual: binary(tf.notEqual),
  Greater: binary(tf.greater),
  GreaterEqual: binary(tf.greaterEqual),
  Less: binary(tf.less),
  LessEqual: binary(tf.lessEqual),
  LogicalAnd: binary((x, y) => tf.logicalAnd(positive(x), positive(y))),
  LogicalOr: binary((x, y) => tf.logicalOr(positive(x), positive(y))),
  Sum: reduction(tf.sum),
  Mean: reduction(tf.mean),
  Max: reduction(tf.max),
  Min: reduction(tf.min),
  Prod: reduction(tf.prod),
  Fill: (random) => {
    const shape = drawShape(random)
    return { fn: result(({ x }) => tf.add(tf.fill(shape, 2.5), x)), inputs: { x: { shape: shrink(random, shape) } } }
  },
  Reshape: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    return { fn: result(({ x }) => tf.reshape(x, [-1, shape.at(-1) as number])), inputs: { x: { shape } } }
  },
  StridedSlice: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const begin = shape.map((size) => random.integer(size))
    const strides = shape.map(() => 1 + random.integer(3))
    return { fn: result(({ x }) => tf.stridedSlice(x, begin, shape, strides)), inputs: { x: { shape } } }
  },
  Conv2D: (random) => {
    const { picture, filter, stride, pad } = drawConvolution(random)
    return {
      fn: result(({ x, y }) => tf.conv2d(x as tf.Tensor4D, y as tf.Tensor4D, stride, pad, 'NHWC', 1, 'floor')),
      inputs: { x: { shape: picture }, y: { shape: filter } },
    }
  },
  Conv2DBackpropInput: (random) => {
    const { picture, filter, stride, pad, slopes } = drawConvolution(random)
    return {
      fn: result(({ x, y }) => tf.conv2dTranspose(x as tf.Tensor4D, y as tf.Tensor4D, picture, stride, pad, 'floor')),
      inputs: { x: { shape: slopes }, y: { shape: filter } },
    }
  },
  ExpandDims: (random) => {
    const shape = drawShape(random, random.integer(4))
    const axis = random.integer(2 * shape.length + 2) - shape.length - 1
    return { fn: result(({ x }) => tf.expandDims(x, axis)), inputs: { x: { shape } } }
  },
  Transpose: (random) => {
    const shape = drawShape(random, 2 + random.integer(3))
    const perm = [...random.permutation(shape.length)]
    return { fn: result(({ x }) => tf.transpose(x, perm)), inputs: { x: { shape } } }
  },
  Concat: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const axis = random.integer(shape.length)
    const other = shape.with(axis, 1 + random.integer(4))
    const at = random.chance(0.5) ? axis : axis - shape.length
    return { fn: result(({ x, y }) => tf.concat([x, y, x], at)), inputs: { x: { shape }, y: { shape: other } } }
  },
  Pack: (random) => {
    const shape = drawShape(random, random.integer(4))
    const axis = random.integer(shape.length + 1)
    return { fn: result(({ x, y }) => tf.stack([x, y], axis)), inputs: { x: { shape }, y: { shape } } }
  },
  Unpack: (random) => {
    const shape = drawShape(random, 1 + random.integer(3))
    const axis = random.integer(shape.length)
    return {
      fn: ({ x }) => Object.fromEntries(tf.unstack(x as tf.Tensor, axis).map((part, i) => [`part${i}`, part])),
      inputs: { x: { shape } },
    }
  },
  Slice: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const begin = shape.map((size) => random.integer(size))
    const size = shape.map((n, i) => {
      const left = n - (begin[i] as number)
      return random.chance(0.3) ? -1 : 1 + random.integer(left)
    })
    return { fn: result(({ x }) => tf.slice(x, begin, size)), inputs: { x: { shape } } }
  },
  SplitV: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const axis = random.integer(shape.length)
    const sizes = splitSizes(random, shape[axis] as number)
    return {
      fn: ({ x }) => Object.fromEntries(tf.split(x as tf.Tensor, sizes, axis).map((part, i) => [`part${i}`, part])),
      inputs: { x: { shape } },
    }
  },
  PadV2: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const paddings = shape.map(() => [random.integer(3), random.integer(3)] as [number, number])
    return { fn: result(({ x }) => tf.pad(x, paddings, 1.5)), inputs: { x: { shape } } }
  },
  Tile: (random) => {
    const shape = drawShape(random, 1 + random.integer(4))
    const reps = shape.map(() => 1 + random.integer(3))
    return { fn: result(({ x }) => tf.tile(x, reps)), inputs: { x: { shape } } }
  },
  BroadcastTo: (random) => {
    const shape = drawShape(random)
    const fn = result(({ x }) => tf.add(x, tf.zeros(shape)))
    return { fn, inputs: { x: { shape: [1, ...shrink(random, shape).slice(1)].slice(-shape.length || 1) } } }
  },
  GatherV2: (random) => {
    const shape = drawShape(random, 1 + random.integer(3))
    const axis = random.integer(shape.length)
    const indices = {
      shape: drawShape(random, random.integer(3)),
      dtype: 'int32',
      range: [0, (shape[axis] as number) - 1],
    } as const
    return { fn: result(({ x, y }) => tf.gather(x, y, axis)), inputs: { x: { shape }, y: indices } }
  },
  Select: (random) => {
    const shape = drawShape(random)
    const fn = result(({ x, y, z }) => tf.where(positive(x), y, z))
    return { fn, inputs: { x: { shape }, y: { shape: shrink(random, shape) }, z: { shape } } }
  },
  Softmax: (random) => ({
    fn: result(({ x }) => tf.softmax(x)),
    inputs: { x: { shape: drawShape(random, 1 + random.integer(4)) } },
  }),
  BatchMatMul: (random) => {
    const [rows, inner, columns] = drawShape(random, 3) as [number, number, number]
    const batch = drawShape(random, random.integer(3))
    const [transposeA, transposeB] = [random.chance(0.5), random.chance(0.5)]
    const inputs = {
      x: { shape: [...batch, ...(transposeA ? [inner, rows] : [rows, inner])] },
      y: {
        shape: [
          ...batch.map((n) => (random.chance(0.3) ? 1 : n)),
          ...(transposeB ? [columns, inner] : [inner, columns]),
        ],
      },
    }
    return { fn: result(({ x, y }) => tf.matMul(x, y, transposeA, transposeB)), inputs }
  },
}

/** Kernels that only simplification makes. */
const NOT_OF_TFJS = new Set(['BroadcastTo'])

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
  it('has a case in this file, whichever it is', () => {
    const kernels = new Set([...recordableKernels(), ...lowerableKernels()])
    expect(Object.keys(CASES).sort()).toEqual([...kernels].sort())
  })

  it.each(Object.entries(CASES))('%s computes what the eager one does', async (kernel, draw) => {
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
