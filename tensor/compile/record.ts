// Recording: runs a tfjs function on a backend whose kernels write down what they were asked instead of computing it.
//
// tfjs differentiates by running kernels, so gradients and optimiser updates are recorded like everything else. A
// tensor's data id stands for a Value of the graph; constants are tensors that some other backend, or the function
// itself, filled with numbers.
import * as tf from '@tensorflow/tfjs'
import {
  type AttributeValue,
  broadcastShape,
  type Constant,
  type DType,
  type Graph,
  type Node,
  sameShape,
  sizeOf,
  type Value,
} from './ir.ts'

export interface TensorSpec {
  shape: readonly number[]
  dtype?: 'float32' | 'int32'
}

export interface ConstantSpec extends TensorSpec {
  data: Float32Array | Int32Array
}

export type TensorMap = Record<string, tf.Tensor>

const BACKEND = 'tenon-recorder'

/** Constants of so many numbers are compared with those before. */
const SMALL = 4096

/** An op that cannot be recorded, or a function that does what a recording cannot hold. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/**
 * Records `fn` for inputs of the given shapes. `constants` (the weights of a sampler, say) are handed to `fn` beside the
 * inputs and become named constants of the graph.
 *
 * Throws a RecordingError when `fn` uses a kernel that has no lowering or reads a value back.
 */
export function record(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  constants: Readonly<Record<string, ConstantSpec>> = {},
): Graph {
  ensureRegistered()
  const recorder = tf.findBackend(BACKEND) as Recorder
  const before = tf.getBackend()
  tf.setBackend(BACKEND)
  recorder.begin()
  const engine = tf.engine()
  engine.startScope('record')
  try {
    const tensors: TensorMap = {}
    for (const [name, spec] of Object.entries(inputs)) tensors[name] = recorder.input(name, spec)
    for (const [name, spec] of Object.entries(constants)) tensors[name] = recorder.constant(name, spec)
    const outputs = fn(tensors)
    return recorder.finish(outputs)
  } catch (error) {
    throw explain(error)
  } finally {
    engine.endScope()
    recorder.end()
    // Before anything has run eagerly tfjs has chosen no backend: it would stay with the one that only records.
    tf.setBackend(before || 'cpu')
  }
}

/** Whether a recording is under way, so that {@link composite} kernels can be called. */
export function isRecording(): boolean {
  return tf.getBackend() === BACKEND
}

/**
 * Records a kernel that tfjs does not have, because onnxruntime does it better whole than in parts.
 *
 * GroupNorm: x B,T,C, scale C, bias C → B,T,C
 */
export function composite(
  kernel: 'GroupNorm',
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Readonly<Record<string, number>>,
): tf.Tensor {
  return tf.engine().runKernel(kernel, { ...inputs }, { ...attributes }) as tf.Tensor
}

/** Names of the tfjs kernels that can be recorded. */
export function recordableKernels(): string[] {
  return Object.keys(KERNELS).sort()
}

function explain(error: unknown): unknown {
  const missing = error instanceof Error && /Kernel '(\w+)' not registered for backend/.exec(error.message)
  if (!missing) return error
  return new RecordingError(
    `the tfjs kernel ${missing[1]} has no lowering to ONNX; write the function with other ops, ` +
      'or run it eagerly (--engine eager on the command line, `{ engine: "eager" }` in code)',
    { cause: error },
  )
}

interface Entry {
  value: Value
  references: number
}

/** Kernels see inputs as values and answer with the shape, dtype and attributes of the node to write. */
interface KernelContext {
  recorder: Recorder
  attrs: Record<string, unknown>
  inputs: Value[]
}

class Recorder extends tf.KernelBackend {
  readonly #entries = new Map<object, Entry>()
  readonly #copies = new Map<object, Map<string, Value>>()
  readonly #small = new Map<string, Value>()
  #nodes: Node[] = []
  #constants = new Map<Value, Constant>()
  #inputs = new Map<string, Value>()
  #nextId = 0
  #active = false

  begin(): void {
    if (this.#active) throw new RecordingError('a recording is under way already: record() cannot be nested')
    this.#active = true
    this.#nextId = 0
  }

  end(): void {
    this.#active = false
    this.#nodes = []
    this.#constants = new Map()
    this.#inputs = new Map()
    this.#entries.clear()
    this.#copies.clear()
    this.#small.clear()
  }

  input(name: string, spec: TensorSpec): tf.Tensor {
    const value = this.newValue(spec.shape, spec.dtype ?? 'float32')
    this.#inputs.set(name, value)
    return this.#tensor(value)
  }

  constant(name: string, spec: ConstantSpec): tf.Tensor {
    if (this.#inputs.has(name)) throw new RecordingError(`"${name}" is the name of an input and of a constant`)
    if (spec.data.length !== sizeOf(spec.shape)) {
      throw new RecordingError(
        `constant "${name}": ${spec.data.length} numbers do not fill shape [${spec.shape.join(', ')}]`,
      )
    }
    const value = this.newValue(spec.shape, spec.dtype ?? 'float32')
    this.#constants.set(value, { data: spec.data, name })
    return this.#tensor(value)
  }

  finish(outputs: TensorMap): Graph {
    const values = Object.entries(outputs).map(([name, tensor]) => [name, this.valueFor(tensor)] as const)
    if (values.length === 0) {
      throw new RecordingError('expected a function that returns named tensors, got none (an async function?)')
    }
    return { inputs: this.#inputs, outputs: new Map(values), constants: this.#constants, nodes: this.#nodes }
  }

  newValue(shape: readonly number[], dtype: DType): Value {
    if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new RecordingError(`expected a fixed shape of whole numbers, got [${shape.join(', ')}]`)
    }
    return { id: this.#nextId++, shape, dtype }
  }

  valueFor(tensor: tf.TensorInfo): Value {
    const entry = this.#entries.get(tensor.dataId)
    if (entry) return entry.value
    // A tensor that the function closes over: its numbers are copied once, and it stays on its own backend. There,
    // tensors of several shapes may share them.
    const key = `${tensor.shape} ${tensor.dtype}`
    const copies = this.#copies.get(tensor.dataId) ?? new Map<string, Value>()
    this.#copies.set(tensor.dataId, copies)
    const value =
      copies.get(key) ?? this.addConstant(tf.engine().readSync(tensor.dataId), tensor.shape, recordedType(tensor.dtype))
    copies.set(key, value)
    return value
  }

  emit(
    kernel: string,
    inputs: readonly Value[],
    attributes: Record<string, AttributeValue>,
    outputs: readonly Value[],
  ): void {
    this.#nodes.push({ kernel, inputs, outputs, attributes })
  }

  addConstant(values: tf.BackendValues, shape: readonly number[], dtype: DType): Value {
    // Layers make the same small tables over and over.
    const key = values.length <= SMALL ? `${dtype} ${shape} ${values}` : undefined
    const twin = key === undefined ? undefined : this.#small.get(key)
    if (twin) return twin
    const value = this.newValue(shape, dtype)
    this.#constants.set(value, { data: compact(values, dtype) })
    if (key !== undefined) this.#small.set(key, value)
    return value
  }

  splat(number: number, shape: readonly number[], dtype: DType): Value {
    const value = this.newValue(shape, dtype)
    this.#constants.set(value, { data: number })
    return value
  }

  info(value: Value): tf.TensorInfo {
    const dataId = {}
    this.#entries.set(dataId, { value, references: 1 })
    return { dataId, shape: [...value.shape], dtype: value.dtype as Exclude<DType, 'uint8'> }
  }

  #tensor(value: Value): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.info(value), this)
  }

  // What tfjs asks of a backend's storage.
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return this.info(this.addConstant(values, shape, recordedType(dtype))).dataId
  }

  override readSync(dataId: object): tf.BackendValues {
    const value = this.#entries.get(dataId)?.value
    const data = value && this.#constants.get(value)?.data
    if (value === undefined || data === undefined) {
      throw new RecordingError(
        'the function reads the value of a tensor (dataSync, arraySync, print or a condition) while it is being ' +
          'compiled; values exist only when the compiled graph runs. Compute with tensor ops, or run it eagerly',
      )
    }
    if (typeof data !== 'number') return data as tf.BackendValues
    const size = value.shape.reduce((a, b) => a * b, 1)
    return value.dtype === 'float32' ? new Float32Array(size).fill(data) : new Int32Array(size).fill(data)
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId)
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId)
    if (!entry) return true
    entry.references--
    if (!force && entry.references > 0) return false
    this.#entries.delete(dataId)
    return true
  }

  override refCount(dataId: object): number {
    return this.#entries.get(dataId)?.references ?? 0
  }

  override incRef(dataId: object): void {
    const entry = this.#entries.get(dataId)
    if (entry) entry.references++
  }

  override numDataIds(): number {
    return this.#entries.size
  }

  override memory() {
    return { unreliable: true }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override dispose(): void {
    this.#entries.clear()
  }
}

function recordedType(dtype: tf.DataType): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype
  throw new RecordingError(`tensors of type ${dtype} cannot be compiled; use float32, int32 or bool`)
}

/** One number when all are the same, else an array of the type's own. */
function compact(values: tf.BackendValues, dtype: DType): Constant['data'] {
  const numbers = values as ArrayLike<number>
  const first = Number(numbers[0])
  let uniform = numbers.length > 0
  for (let i = 1; uniform && i < numbers.length; i++) uniform = Number(numbers[i]) === first
  if (uniform) return first
  if (dtype === 'float32') return Float32Array.from(numbers)
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers)
}

type Kernel = (context: KernelContext) => tf.TensorInfo | tf.TensorInfo[]

/** The usual kernel: one output, the node keeps the kernel's name. `describe` gives what the inputs do not. */
function kernel(
  name: string,
  describe: (
    inputs: Value[],
    attrs: Record<string, unknown>,
  ) => { shape: readonly number[]; dtype?: DType; attributes?: Record<string, AttributeValue> },
): Kernel {
  return ({ recorder, inputs, attrs }) => {
    const { shape, dtype, attributes } = describe(inputs, attrs)
    const output = recorder.newValue(shape, dtype ?? first(inputs).dtype)
    recorder.emit(name, inputs, attributes ?? {}, [output])
    return recorder.info(output)
  }
}

function first(inputs: Value[]): Value {
  const value = inputs[0]
  if (!value) throw new RecordingError('a kernel was called without an input')
  return value
}

function pair(inputs: Value[]): [Value, Value] {
  const [a, b] = inputs
  if (!a || !b) throw new RecordingError('a kernel of two inputs was called with fewer')
  return [a, b]
}

const UNARY = ['Neg', 'Exp', 'Log', 'Sqrt', 'Rsqrt', 'Square', 'Reciprocal', 'Abs', 'Sign', 'Sigmoid', 'Tanh', 'Relu']
const UNARY_MORE = ['Erf', 'Sin', 'Cos', 'Softplus', 'LogicalNot']
const BINARY = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow', 'SquaredDifference']
const COMPARE = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr']
const REDUCE = ['Sum', 'Mean', 'Max', 'Min', 'Prod']

/** tfjs computes these in float32 whatever the input's type. */
const float =
  (write: Kernel): Kernel =>
  (context) => {
    if (first(context.inputs).dtype === 'float32') return write(context)
    const info = (KERNELS.Cast as Kernel)({ ...context, attrs: { dtype: 'float32' } }) as tf.TensorInfo
    return write({ ...context, inputs: [context.recorder.valueFor(info)] })
  }

const passThrough: Kernel = ({ recorder, inputs }) => recorder.info(first(inputs))

const reshape = kernel('Reshape', ([x], { shape }) => {
  const size = (x as Value).shape.reduce((a, b) => a * b, 1)
  const sizes = shape as number[]
  const known = sizes.reduce((product, n) => (n === -1 ? product : product * n), 1)
  return { shape: sizes.map((n) => (n === -1 ? size / known : n)) }
})

/** What tfjs makes of a convolution's attributes, for pictures B,H,W,C. */
function convolutionInfo(x: readonly number[], filter: readonly number[], attrs: Record<string, unknown>) {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs as unknown as tf.Conv2DAttrs
  if (dataFormat === 'NCHW') throw new RecordingError('conv2d of NCHW pictures has no lowering; transpose to NHWC')
  if (dimRoundingMode && dimRoundingMode !== 'floor') {
    throw new RecordingError(
      `conv2d with dimRoundingMode '${dimRoundingMode}' has no lowering; leave it out, or pad first`,
    )
  }
  const picture = [...x] as [number, number, number, number]
  const size = [...filter] as [number, number, number, number]
  const info = tf.backend_util.computeConv2DInfo(picture, size, strides, dilations, pad, dimRoundingMode)
  const { top, left, bottom, right } = info.padInfo
  const attributes = {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  }
  return { outShape: info.outShape, attributes }
}

const KERNELS: Record<string, Kernel> = {
  ...Object.fromEntries(
    [...UNARY, ...UNARY_MORE].map((name) => [name, kernel(name, (inputs) => ({ shape: first(inputs).shape }))]),
  ),
  ...Object.fromEntries(
    BINARY.map((name) => [
      name,
      kernel(name, (inputs) => {
        const [a, b] = pair(inputs)
        return { shape: broadcastShape(a.shape, b.shape) }
      }),
    ]),
  ),
  ...Object.fromEntries(
    COMPARE.map((name) => [
      name,
      kernel(name, (inputs) => {
        const [a, b] = pair(inputs)
        return { shape: broadcastShape(a.shape, b.shape), dtype: 'bool' as const }
      }),
    ]),
  ),
  ...Object.fromEntries(
    REDUCE.map((name) => [
      name,
      kernel(name, (inputs, attrs) => {
        const { shape } = first(inputs)
        // tf.max alone calls its axes `reductionIndices`.
        const given = (attrs.axis ?? attrs.reductionIndices ?? null) as number | number[]
        const axes = tf.util.parseAxisParam(given, [...shape]).sort((a, b) => a - b)
        const keepDims = attrs.keepDims === true
        const kept = shape.map((size, i) => (axes.includes(i) ? 1 : size))
        return {
          shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)),
          attributes: { axes, keepDims },
        }
      }),
    ]),
  ),
  Identity: passThrough,
  Cast: (context) => {
    const dtype = recordedType(context.attrs.dtype as tf.DataType)
    if (first(context.inputs).dtype === dtype) return passThrough(context)
    return kernel('Cast', ([x]) => ({ shape: (x as Value).shape, dtype }))(context)
  },
  Reshape: reshape,
  ExpandDims: (context) => {
    const { shape } = first(context.inputs)
    const dim = context.attrs.dim as number
    const at = dim < 0 ? shape.length + 1 + dim : dim
    return reshape({ ...context, attrs: { shape: [...shape.slice(0, at), 1, ...shape.slice(at)] } })
  },
  Transpose: kernel('Transpose', ([x], { perm }) => {
    const order = perm as number[]
    return { shape: order.map((axis) => (x as Value).shape[axis] as number), attributes: { perm: order } }
  }),
  Concat: kernel('Concat', (inputs, attrs) => {
    const { shape } = first(inputs)
    const axis = tf.util.parseAxisParam(attrs.axis as number, [...shape])[0] as number
    const total = inputs.reduce((sum, x) => sum + (x.shape[axis] as number), 0)
    return { shape: shape.map((size, i) => (i === axis ? total : size)), attributes: { axis } }
  }),
  Pack: (context) => {
    const { shape } = first(context.inputs)
    const axis = context.attrs.axis as number
    const at = axis < 0 ? shape.length + 1 + axis : axis
    const parts = context.inputs.map((x) => {
      const info = reshape({
        ...context,
        inputs: [x],
        attrs: { shape: [...shape.slice(0, at), 1, ...shape.slice(at)] },
      })
      return context.recorder.valueFor(info as tf.TensorInfo)
    })
    return (KERNELS.Concat as Kernel)({ ...context, inputs: parts, attrs: { axis: at } })
  },
  Unpack: ({ recorder, inputs, attrs }) => {
    const x = first(inputs)
    const axis = tf.util.parseAxisParam(attrs.axis as number, [...x.shape])[0] as number
    const part = x.shape.map((size, i) => (i === axis ? 1 : size))
    const outputs = Array.from({ length: x.shape[axis] as number }, () => recorder.newValue(part, x.dtype))
    recorder.emit('SplitV', [x], { axis, sizes: outputs.map(() => 1) }, outputs)
    const shape = part.filter((_, i) => i !== axis)
    return outputs.map((output) => reshape({ recorder, inputs: [output], attrs: { shape } }) as tf.TensorInfo)
  },
  Slice: kernel('Slice', ([x], { begin, size }) => {
    const [starts, sizes] = tf.slice_util.parseSliceParams(
      { shape: [...(x as Value).shape] } as tf.Tensor,
      begin as number[],
      size as number[],
    )
    return { shape: sizes as number[], attributes: { begin: starts as number[] } }
  }),
  SplitV: ({ recorder, inputs, attrs }) => {
    const x = first(inputs)
    const axis = tf.util.parseAxisParam(attrs.axis as number, [...x.shape])[0] as number
    const sizes = tf.backend_util.prepareSplitSize(
      { shape: [...x.shape] } as tf.Tensor,
      attrs.numOrSizeSplits as number[] | number,
      axis,
    )
    const outputs = sizes.map((part) =>
      recorder.newValue(
        x.shape.map((size, i) => (i === axis ? part : size)),
        x.dtype,
      ),
    )
    recorder.emit('SplitV', [x], { axis, sizes }, outputs)
    return outputs.map((output) => recorder.info(output))
  },
  PadV2: kernel('PadV2', ([x], { paddings, constantValue }) => {
    const pads = paddings as [number, number][]
    return {
      shape: (x as Value).shape.map((size, i) => size + (pads[i]?.[0] ?? 0) + (pads[i]?.[1] ?? 0)),
      attributes: { paddings: pads, constantValue: constantValue as number },
    }
  }),
  Tile: kernel('Tile', ([x], { reps }) => ({
    shape: (x as Value).shape.map((size, i) => size * ((reps as number[])[i] as number)),
    attributes: { reps: reps as number[] },
  })),
  GatherV2: kernel('GatherV2', (inputs, attrs) => {
    const [x, indices] = pair(inputs)
    if (attrs.batchDims) throw new RecordingError('gather with batchDims has no lowering; reshape to one batch first')
    const axis = tf.util.parseAxisParam((attrs.axis ?? 0) as number, [...x.shape])[0] as number
    return {
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
      dtype: x.dtype,
      attributes: { axis },
    }
  }),
  Select: kernel('Select', ([condition, t, e]) => {
    const branches = broadcastShape((t as Value).shape, (e as Value).shape)
    return { shape: broadcastShape((condition as Value).shape, branches), dtype: (t as Value).dtype }
  }),
  ClipByValue: kernel('ClipByValue', ([x], { clipValueMin, clipValueMax }) => ({
    shape: (x as Value).shape,
    attributes: { min: clipValueMin as number, max: clipValueMax as number },
  })),
  Softmax: kernel('Softmax', ([x], { dim }) => {
    const { shape } = x as Value
    return { shape, attributes: { axis: tf.util.parseAxisParam(dim as number, [...shape])[0] as number } }
  }),
  Step: kernel('Step', ([x], { alpha }) => ({
    shape: (x as Value).shape,
    attributes: { alpha: (alpha as number) ?? 0 },
  })),
  BatchMatMul: kernel('BatchMatMul', (inputs, attrs) => {
    const [a, b] = pair(inputs)
    const transposeA = attrs.transposeA === true
    const transposeB = attrs.transposeB === true
    const rows = a.shape.at(transposeA ? -1 : -2) as number
    const columns = b.shape.at(transposeB ? -2 : -1) as number
    const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
    return { shape: [...batch, rows, columns], attributes: { transposeA, transposeB } }
  }),
  StridedSlice: (context) => {
    const { shape } = first(context.inputs)
    const { begin: from, end: to, strides: by, ...masks } = context.attrs as unknown as tf.StridedSliceAttrs
    const { begin, end, strides, finalShapeSparse, finalShape } = tf.slice_util.sliceInfo(
      [...shape],
      from,
      to,
      by,
      masks.beginMask,
      masks.endMask,
      masks.ellipsisMask,
      masks.newAxisMask,
      masks.shrinkAxisMask,
    )
    if (strides.some((stride) => stride < 1)) {
      throw new RecordingError('stridedSlice backwards has no lowering; slice forwards and reverse')
    }
    const attributes = { begin, end, strides }
    const sparse = kernel('StridedSlice', () => ({ shape: finalShapeSparse, attributes }))(context) as tf.TensorInfo
    const x = context.recorder.valueFor(sparse)
    return sameShape(finalShape, finalShapeSparse)
      ? sparse
      : reshape({ ...context, inputs: [x], attrs: { shape: finalShape } })
  },
  GroupNorm: kernel('GroupNorm', ([x], { groups, epsilon }) => ({
    shape: (x as Value).shape,
    attributes: { groups: groups as number, epsilon: epsilon as number },
  })),
  Conv2D: kernel('Conv2D', (inputs, attrs) => {
    const [x, filter] = pair(inputs)
    const { outShape, attributes } = convolutionInfo(x.shape, filter.shape, attrs)
    return { shape: outShape, attributes }
  }),
  Conv2DBackpropInput: kernel('Conv2DBackpropInput', (inputs, attrs) => {
    const shape = attrs.inputShape as number[]
    const { attributes } = convolutionInfo(shape, pair(inputs)[1].shape, { ...attrs, dilations: 1 })
    return { shape, attributes }
  }),
  Fill: ({ recorder, attrs }) => {
    const dtype = recordedType((attrs.dtype as tf.DataType | undefined) ?? 'float32')
    return recorder.info(recorder.splat(attrs.value as number, attrs.shape as number[], dtype))
  },
  ZerosLike: ({ recorder, inputs }) => recorder.info(recorder.splat(0, first(inputs).shape, first(inputs).dtype)),
  OnesLike: ({ recorder, inputs }) => recorder.info(recorder.splat(1, first(inputs).shape, first(inputs).dtype)),
}

for (const name of ['Exp', 'Mean']) KERNELS[name] = float(KERNELS[name] as Kernel)

let registered = false

function ensureRegistered(): void {
  if (registered) return
  registered = true
  tf.registerBackend(BACKEND, () => new Recorder(), -1)
  for (const [kernelName, write] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const recorder = backend as Recorder
        // Absent optional inputs come as undefined.
        const values = Object.values(inputs)
          .filter((input) => input != null)
          .map((input) => recorder.valueFor(input as tf.TensorInfo))
        return write({ recorder, inputs: values, attrs: (attrs ?? {}) as Record<string, unknown> })
      },
    })
  }
}
