// Lowering: each kernel of the graph as ONNX operators of the standard set.
import { type Constant, type DType, type Graph, type Node, sameShape, sizeOf, type Value } from './ir.ts'
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from './onnx.ts'
import { ZERO_POINT } from './quantize.ts'

/** Throws an Error when a kernel has no lowering, or an output the name of an input. */
export function lower(graph: Graph, name: string): OnnxGraph {
  return new Lowering(graph).run(name)
}

/** Names of the kernels that can be lowered; those that only quantisation makes are not among them. */
export function lowerableKernels(): string[] {
  return Object.keys(LOWERINGS).sort()
}

type Attributes = Readonly<Record<string, OnnxAttribute>>

/** Names that it makes up start with a slash, which keeps them apart from the names of inputs, outputs and weights. */
class Lowering {
  readonly #graph: Graph
  readonly #nodes: OnnxNode[] = []
  readonly #initializers = new Map<string, OnnxTensor>()
  readonly #names = new Map<Value, string>()
  #temporaries = 0

  constructor(graph: Graph) {
    this.#graph = graph
    for (const [name, value] of graph.inputs) this.#names.set(value, name)
    for (const [value, { name }] of graph.constants) if (name) this.#names.set(value, name)
    const taken = new Set(this.#names.values())
    for (const name of graph.outputs.keys()) {
      if (taken.has(name)) throw new Error(`the output "${name}" has the name of an input or constant`)
    }
    const made = new Set(graph.nodes.flatMap((node) => node.outputs))
    for (const [name, value] of graph.outputs) {
      if (made.has(value) && !this.#names.has(value)) this.#names.set(value, name)
    }
  }

  run(name: string): OnnxGraph {
    for (const node of this.#graph.nodes) {
      const lowering = LOWERINGS[node.kernel] ?? QUANTIZED[node.kernel]
      if (!lowering) throw new Error(`the kernel ${node.kernel} has no lowering to ONNX`)
      lowering(node, this)
    }
    const outputs: OnnxValueInfo[] = []
    for (const [outputName, value] of this.#graph.outputs) {
      // An output that is an input, a constant or another output too needs a name of its own.
      if (this.#names.get(value) !== outputName) this.emit('Identity', [this.full(value)], [outputName])
      outputs.push({ name: outputName, type: value.dtype, shape: value.shape })
    }
    return {
      name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: [...this.#graph.inputs].map(([input, { dtype, shape }]) => ({ name: input, type: dtype, shape })),
      outputs,
    }
  }

  emit(op: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes = {}): void {
    this.#nodes.push({ op, inputs, outputs, attributes })
  }

  /** Emits an operator with a temporary output and returns the name of that. */
  temporary(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.newName()
    this.emit(op, inputs, [name], attributes)
    return name
  }

  newName(): string {
    return `/t${(this.#temporaries++).toString(36)}`
  }

  /** The value's name, for an operator that broadcasts: a constant of equal numbers comes as a scalar. */
  operand(value: Value, output: Value, others: readonly Value[]): string {
    const constant = this.#graph.constants.get(value)
    const isSplat = (other: Value) => typeof this.#graph.constants.get(other)?.data === 'number'
    const carried = others.some((other) => sameShape(other.shape, output.shape) && !isSplat(other))
    if (typeof constant?.data === 'number' && carried) return this.scalar(constant.data, value.dtype)
    return this.full(value)
  }

  /** The value's name, with every number in its place. */
  full(value: Value): string {
    const constant = this.#graph.constants.get(value)
    if (constant) return this.#constant(value, constant)
    let name = this.#names.get(value)
    if (!name) {
      name = `/v${value.id.toString(36)}`
      this.#names.set(value, name)
    }
    return name
  }

  #constant(value: Value, { data, name: given }: Constant): string {
    if (typeof data === 'number') {
      if (value.shape.length === 0) return this.scalar(data, value.dtype)
      return this.filled(data, value.shape, value.dtype)
    }
    const name = given ?? `/c${value.id}`
    if (!this.#initializers.has(name)) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      this.#initializer(name, value.dtype, value.shape, bytes)
    }
    return name
  }

  filled(number: number, shape: readonly number[], dtype: DType): string {
    const name = `/full_${dtype}_${number}_${shape.join('x')}`
    if (!this.#initializers.has(name)) {
      const numbers = Array.from({ length: sizeOf(shape) }, () => number)
      this.#initializer(name, dtype, shape, bytesOf(numbers, dtype))
    }
    return name
  }

  scalar(number: number, dtype: DType): string {
    const name = `/${dtype}_${number}`
    if (!this.#initializers.has(name)) this.#initializer(name, dtype, [], bytesOf([number], dtype))
    return name
  }

  /** A vector of int64, as shapes and axes are given. */
  integers(numbers: readonly number[]): string {
    const name = `/i_${numbers.join('_')}`
    if (!this.#initializers.has(name)) {
      const bytes = new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer)
      this.#initializers.set(name, { name, type: 'int64', shape: [numbers.length], data: bytes })
    }
    return name
  }

  #initializer(name: string, type: DType, shape: readonly number[], data: Uint8Array): void {
    this.#initializers.set(name, { name, type, shape, data })
  }
}

function bytesOf(numbers: readonly number[], dtype: DType): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(numbers).buffer)
  return dtype === 'int32' ? new Uint8Array(Int32Array.from(numbers).buffer) : Uint8Array.from(numbers)
}

type Lower = (node: Node, lowering: Lowering) => void

const input = (node: Node, i = 0): Value => node.inputs[i] as Value
const output = (node: Node): Value => node.outputs[0] as Value

const unary =
  (op: string): Lower =>
  (node, lowering) =>
    lowering.emit(op, [lowering.full(input(node))], [lowering.full(output(node))])

const binary =
  (op: string): Lower =>
  (node, lowering) =>
    lowering.emit(op, operands(node, lowering), [lowering.full(output(node))])

function operands(node: Node, lowering: Lowering): string[] {
  return node.inputs.map((value, i) =>
    lowering.operand(
      value,
      output(node),
      node.inputs.filter((_, j) => j !== i),
    ),
  )
}

const reduce =
  (op: string): Lower =>
  (node, lowering) => {
    const axes = [...(node.attributes.axes as readonly number[])]
    const keepdims = { keepdims: { i: node.attributes.keepDims ? 1 : 0 } }
    let x = lowering.full(input(node))
    // To ONNX, no axes means all of them.
    if (axes.length === 0) return lowering.emit('Identity', [x], [lowering.full(output(node))])
    // onnxruntime has fast paths for one run of neighbouring axes: take the last run off first.
    for (;;) {
      const last = lastRun(axes)
      if (last.length === axes.length) break
      x = lowering.temporary(op, [x, lowering.integers(last)], { keepdims: { i: 1 } })
      axes.length -= last.length
      if (node.attributes.keepDims) continue
      // The rest keeps its place until all are reduced: drop what stayed as 1 at the end.
      const rest = lowering.temporary(op, [x, lowering.integers(axes)], { keepdims: { i: 1 } })
      lowering.emit('Reshape', [rest, lowering.integers(output(node).shape)], [lowering.full(output(node))])
      return
    }
    lowering.emit(op, [x, lowering.integers(axes)], [lowering.full(output(node))], keepdims)
  }

function lastRun(axes: readonly number[]): number[] {
  let start = axes.length - 1
  while (start > 0 && axes[start - 1] === (axes[start] as number) - 1) start--
  return axes.slice(start)
}

/** Operator names where one ONNX operator does what the kernel does. */
const UNARY: Record<string, string> = {
  Neg: 'Neg',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Reciprocal: 'Reciprocal',
  Abs: 'Abs',
  Sign: 'Sign',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Relu: 'Relu',
  Erf: 'Erf',
  Sin: 'Sin',
  Cos: 'Cos',
  Softplus: 'Softplus',
  LogicalNot: 'Not',
}

const BINARY: Record<string, string> = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
}

const REDUCE: Record<string, string> = {
  Sum: 'ReduceSum',
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
}

const ONNX_TYPE: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, bool: 9 }

const LOWERINGS: Record<string, Lower> = {
  ...mapValues(UNARY, unary),
  ...mapValues(BINARY, binary),
  ...mapValues(REDUCE, reduce),
  Rsqrt: (node, lowering) => {
    const root = lowering.temporary('Sqrt', [lowering.full(input(node))])
    lowering.emit('Reciprocal', [root], [lowering.full(output(node))])
  },
  Square: (node, lowering) => {
    const x = lowering.full(input(node))
    lowering.emit('Mul', [x, x], [lowering.full(output(node))])
  },
  SquaredDifference: (node, lowering) => {
    const difference = lowering.temporary('Sub', operands(node, lowering))
    lowering.emit('Mul', [difference, difference], [lowering.full(output(node))])
  },
  NotEqual: (node, lowering) => {
    const equal = lowering.temporary('Equal', operands(node, lowering))
    lowering.emit('Not', [equal], [lowering.full(output(node))])
  },
  Step: (node, lowering) => {
    const x = input(node)
    const positive = lowering.temporary('Greater', [lowering.full(x), lowering.scalar(0, x.dtype)])
    const alpha = lowering.scalar(node.attributes.alpha as number, x.dtype)
    lowering.emit('Where', [positive, lowering.scalar(1, x.dtype), alpha], [lowering.full(output(node))])
  },
  Cast: (node, lowering) =>
    lowering.emit('Cast', [lowering.full(input(node))], [lowering.full(output(node))], {
      to: { i: ONNX_TYPE[output(node).dtype] },
    }),
  Reshape: (node, lowering) => {
    const shape = lowering.integers(output(node).shape)
    lowering.emit('Reshape', [lowering.full(input(node)), shape], [lowering.full(output(node))])
  },
  BroadcastTo: (node, lowering) => {
    const shape = lowering.integers(output(node).shape)
    lowering.emit('Expand', [lowering.full(input(node)), shape], [lowering.full(output(node))])
  },
  Transpose: (node, lowering) =>
    lowering.emit('Transpose', [lowering.full(input(node))], [lowering.full(output(node))], {
      perm: { ints: node.attributes.perm as readonly number[] },
    }),
  Concat: (node, lowering) => {
    const axis = { axis: { i: node.attributes.axis as number } }
    let parts = node.inputs.map((value) => lowering.full(value))
    while (parts.length > MOST_PARTS) {
      parts = inGroups(parts, MOST_PARTS).map((group) => lowering.temporary('Concat', group, axis))
    }
    lowering.emit('Concat', parts, [lowering.full(output(node))], axis)
  },
  Slice: (node, lowering) => {
    const { shape } = input(node)
    const begin = node.attributes.begin as readonly number[]
    const size = output(node).shape
    const axes = shape.map((_, i) => i).filter((i) => size[i] !== shape[i])
    const starts = axes.map((i) => begin[i] as number)
    const ends = axes.map((i) => (begin[i] as number) + (size[i] as number))
    const vectors = [starts, ends, axes].map((numbers) => lowering.integers(numbers))
    lowering.emit('Slice', [lowering.full(input(node)), ...vectors], [lowering.full(output(node))])
  },
  SplitV: (node, lowering) => {
    const sizes = node.attributes.sizes as readonly number[]
    const parts = node.outputs.map((value, i) => ({ name: lowering.full(value), size: sizes[i] as number }))
    split(lowering, lowering.full(input(node)), parts, node.attributes.axis as number)
  },
  PadV2: (node, lowering) => {
    const paddings = node.attributes.paddings as readonly (readonly [number, number])[]
    const pads = lowering.integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)])
    const fill = lowering.scalar(node.attributes.constantValue as number, input(node).dtype)
    lowering.emit('Pad', [lowering.full(input(node)), pads, fill], [lowering.full(output(node))])
  },
  Tile: (node, lowering) => {
    const reps = lowering.integers(node.attributes.reps as readonly number[])
    lowering.emit('Tile', [lowering.full(input(node)), reps], [lowering.full(output(node))])
  },
  GatherV2: (node, lowering) => {
    const operandNames = node.inputs.map((value) => lowering.full(value))
    lowering.emit('Gather', operandNames, [lowering.full(output(node))], {
      axis: { i: node.attributes.axis as number },
    })
  },
  Select: (node, lowering) => lowering.emit('Where', operands(node, lowering), [lowering.full(output(node))]),
  ClipByValue: (node, lowering) => {
    const { dtype } = input(node)
    const limits = ['min', 'max'].map((limit) => lowering.scalar(node.attributes[limit] as number, dtype))
    lowering.emit('Clip', [lowering.full(input(node)), ...limits], [lowering.full(output(node))])
  },
  Softmax: (node, lowering) =>
    lowering.emit('Softmax', [lowering.full(input(node))], [lowering.full(output(node))], {
      axis: { i: node.attributes.axis as number },
    }),
  StridedSlice: (node, lowering) => {
    const { begin, end, strides } = node.attributes as Record<string, readonly number[]>
    const axes = (begin as readonly number[]).map((_, i) => i)
    const vectors = [begin, end, axes, strides].map((numbers) => lowering.integers(numbers as readonly number[]))
    lowering.emit('Slice', [lowering.full(input(node)), ...vectors], [lowering.full(output(node))])
  },
  // Each group as an instance's channel: its own channels and time stand last, a small transpose away for one sample.
  GroupNorm: (node, lowering) => {
    const { groups, epsilon } = node.attributes as { groups: number; epsilon: number }
    const [x, scale, bias] = node.inputs.map((value) => lowering.full(value)) as [string, string, string]
    const [batch, time, channels] = input(node).shape as [number, number, number]
    const group = [groups, channels / groups]
    const reshaped = (name: string, shape: readonly number[]) =>
      lowering.temporary('Reshape', [name, lowering.integers(shape)])
    const grouped = lowering.temporary(
      'Transpose',
      [reshaped(x, [batch, time, ...group])],
      ints({ perm: [0, 2, 3, 1] }),
    )
    const [ones, zeros] = [1, 0].map((number) => lowering.filled(number, [groups], 'float32')) as [string, string]
    const normal = lowering.temporary('InstanceNormalization', [grouped, ones, zeros], { epsilon: { f: epsilon } })
    const back = lowering.temporary('Transpose', [normal], ints({ perm: [0, 3, 1, 2] }))
    const scaled = lowering.temporary('Mul', [back, reshaped(scale, group)])
    const shifted = lowering.temporary('Add', [scaled, reshaped(bias, group)])
    lowering.emit('Reshape', [shifted, lowering.integers([batch, time, channels])], [lowering.full(output(node))])
  },
  Conv2D: (node, lowering) => {
    const { strides, dilations, pads } = node.attributes as Record<string, readonly number[]>
    convolution('Conv', node, lowering, ints({ strides, dilations, pads }))
  },
  // ONNX's ConvTranspose is the gradient of its Conv, but for inputs whose last rows no tap reached.
  Conv2DBackpropInput: (node, lowering) => {
    const { strides, pads } = node.attributes as Record<string, readonly number[]>
    const output_padding = [0, 1].map((i) => {
      const [size, full] = [input(node).shape[1 + i] as number, output(node).shape[1 + i] as number]
      const reached = (size - 1) * (strides?.[i] as number) + (input(node, 1).shape[i] as number)
      return full + (pads?.[i] as number) + (pads?.[2 + i] as number) - reached
    })
    convolution('ConvTranspose', node, lowering, ints({ strides, pads, output_padding }))
  },
  BatchMatMul: (node, lowering) => {
    const [a, b] = [input(node, 0), input(node, 1)]
    const flags = [node.attributes.transposeA, node.attributes.transposeB].map((flag) => (flag ? 1 : 0)) as [
      0 | 1,
      0 | 1,
    ]
    const names = [lowering.full(a), lowering.full(b)]
    if (a.shape.length === 2 && b.shape.length === 2 && flags.some((flag) => flag)) {
      const attributes = { transA: { i: flags[0] }, transB: { i: flags[1] } }
      lowering.emit('Gemm', names, [lowering.full(output(node))], attributes)
      return
    }
    const straight = [a, b].map((value, i) =>
      flags[i] ? lowering.temporary('Transpose', [names[i] as string], swapLastTwo(value)) : (names[i] as string),
    )
    lowering.emit('MatMul', straight, [lowering.full(output(node))])
  },
}

const QUANTIZED: Record<string, Lower> = {
  // onnxruntime fuses these, and the sum with a bias after them.
  QuantizedMatMul: (node, lowering) => {
    const [x, weight, scales] = node.inputs.map((value) => lowering.full(value)) as [string, string, string]
    const [integers, scale, zero] = [lowering.newName(), lowering.newName(), lowering.newName()]
    lowering.emit('DynamicQuantizeLinear', [x], [integers, scale, zero])
    const product = lowering.temporary('MatMulInteger', [integers, weight, zero, lowering.scalar(ZERO_POINT, 'uint8')])
    const numbers = lowering.temporary('Cast', [product], { to: { i: ONNX_TYPE.float32 } })
    lowering.emit('Mul', [numbers, lowering.temporary('Mul', [scale, scales])], [lowering.full(output(node))])
  },
}

/** WebGPU promises a shader eight buffers: so many parts and the whole. */
const MOST_PARTS = 7

interface Part {
  name: string
  size: number
}

/** Splits into many parts by way of larger ones. */
function split(lowering: Lowering, whole: string, parts: readonly Part[], axis: number): void {
  const groups =
    parts.length <= MOST_PARTS ? parts.map((part) => [part]) : inGroups(parts, Math.ceil(parts.length / MOST_PARTS))
  const direct = groups.map((group) =>
    group.length === 1
      ? (group[0] as Part)
      : { name: lowering.newName(), size: group.reduce((sum, { size }) => sum + size, 0) },
  )
  const sizes = lowering.integers(direct.map(({ size }) => size))
  lowering.emit(
    'Split',
    [whole, sizes],
    direct.map(({ name }) => name),
    { axis: { i: axis } },
  )
  for (const [i, group] of groups.entries()) {
    if (group.length > 1) split(lowering, (direct[i] as Part).name, group, axis)
  }
}

/** The items in order, so many to a group; the last may have fewer. */
function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

/** Pictures come as B,H,W,C and filters as H,W,in,out; ONNX wants B,C,H,W and, both ways, out,in,H,W. */
function convolution(op: string, node: Node, lowering: Lowering, attributes: Attributes): void {
  const transposed = (name: string, perm: readonly number[]) =>
    lowering.temporary('Transpose', [name], { perm: { ints: perm } })
  const x = transposed(lowering.full(input(node)), [0, 3, 1, 2])
  const filter = transposed(lowering.full(input(node, 1)), [3, 2, 0, 1])
  const y = lowering.temporary(op, [x, filter], attributes)
  lowering.emit('Transpose', [y], [lowering.full(output(node))], { perm: { ints: [0, 2, 3, 1] } })
}

const ints = (lists: Record<string, readonly number[] | undefined>): Attributes =>
  mapValues(lists as Record<string, readonly number[]>, (list) => ({ ints: list }))

function swapLastTwo(value: Value): Attributes {
  const order = value.shape.map((_, i) => i)
  const last = order.pop() as number
  const before = order.pop() as number
  return { perm: { ints: [...order, last, before] } }
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))
}
