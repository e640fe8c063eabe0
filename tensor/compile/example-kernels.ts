// Functions that call each kernel, over random shapes, for tests and for the page on what can be compiled.
import * as tf from '@tensorflow/tfjs'
import { groupNorm } from '../layers.ts'
import type { Random } from '../random.ts'
import { sizeOf } from './ir.ts'
import type { TensorMap, TensorSpec } from './record.ts'
import type { Array32 } from './session.ts'

/** A function of x, y and z that calls the kernel, for inputs that `random` decides. */
export type Draw = (random: Random) => { fn: (tensors: TensorMap) => TensorMap; inputs: ExampleInputs }
export type ExampleInputs = Record<string, TensorSpec & { range?: readonly [number, number] }>
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

export function drawNumbers(random: Random, { shape, dtype, range = [-3, 3] }: ExampleInputs[string]): Array32 {
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

/** By kernel: every one that can be recorded or lowered. */
export const EXAMPLES: Record<string, Draw> = {
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
  GroupNorm: (random) => {
    const [groups, members, time] = [1 + random.integer(3), 1 + random.integer(3), 2 + random.integer(4)]
    const channels = groups * members
    return {
      fn: result(({ x, y, z }) => groupNorm({ 'norm.scale': y, 'norm.bias': z }, 'norm', x as tf.Tensor3D, groups)),
      inputs: { x: { shape: [1, time, channels] }, y: { shape: [channels] }, z: { shape: [channels] } },
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
