// Running: an ONNX model on onnxruntime, with plain typed arrays in and out.
import { availableParallelism, totalmem } from 'node:os'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Device, probeDevice } from './device.ts'
import { type Graph, peakBytes, sameShape, sizeOf, TooLargeError, type Value } from './ir.ts'
import { lower } from './lower.ts'
import { encodeModel, type OnnxGraph } from './onnx.ts'
import { quantize } from './quantize.ts'
import { type ConstantSpec, record, type TensorMap, type TensorSpec } from './record.ts'
import { simplify } from './simplify.ts'

export type Array32 = Float32Array | Int32Array
export type Arrays = Record<string, Array32>

export interface CompileOptions {
  /** name of the graph in the ONNX file */
  name?: string
  /** weights and other tensors that become part of the model, under these names */
  constants?: Readonly<Record<string, ConstantSpec>>
  /** how weights of matrix products are kept; int8 is smaller and faster, and a hundredth off */
  weights?: WeightType
  /** where it runs */
  device?: Device
  /** threads one run may use; default: one for each core */
  threads?: number
  /** stored in the ONNX file's metadata_props */
  metadata?: Readonly<Record<string, string>>
}

export type BuildOptions = Omit<CompileOptions, keyof SessionOptions>

export const WEIGHT_TYPES = ['float32', 'int8'] as const
export type WeightType = (typeof WEIGHT_TYPES)[number]

export type Pass = 'record' | 'simplify' | 'quantize' | 'lower'

/** Is handed every pass, and does its work. */
export type PassObserver = <G extends Graph | OnnxGraph>(pass: Pass, work: () => G) => G

export interface Runnable {
  /**
   * Runs the function once. With `into`, results are written into these arrays, which must not be inputs of the same
   * run; without, into new ones. Throws when an input is missing or has the wrong type or size.
   */
  run(inputs: Readonly<Arrays>, into?: Arrays): Promise<Arrays>
  /** Frees what it holds. */
  dispose(): Promise<void>
}

/** A function as an ONNX model, ready to be run. */
export interface Built {
  /** the simplified graph */
  readonly graph: Graph
  /** the ONNX file */
  readonly model: Uint8Array
}

export type Compiled = Built & Runnable

/**
 * Compiles a pure function of tfjs tensors: record → simplify → lower → a session of onnxruntime.
 *
 * `fn` maps named tensors to named tensors and is called once, with tensors that have no values. Throws a RecordingError
 * for what cannot be recorded (a kernel without lowering, a read-back).
 */
export async function compile(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  options: CompileOptions = {},
): Promise<Compiled> {
  refuseInputs(inputs)
  return start(build(fn, inputs, options), options)
}

/** Every pass but the last: nothing is run. Throws a TooLargeError when the weights are more than an ONNX file holds. */
export function build(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  { name = 'tenon', constants, metadata, weights = 'float32' }: BuildOptions = {},
  observe: PassObserver = (_, work) => work(),
): Built {
  const recorded = observe('record', () => record(fn, inputs, constants))
  const simple = observe('simplify', () => simplify(recorded))
  const graph = weights === 'int8' ? observe('quantize', () => quantize(simple)) : simple
  const lowered = observe('lower', () => lower(graph, name))
  return { graph, model: encodeModel(lowered, metadata) }
}

/** Loads what was built. Throws a TooLargeError when it needs more memory than the machine has. */
export async function start({ graph, model }: Built, options: SessionOptions = {}): Promise<Compiled> {
  refuseTooLarge(graph)
  const session = await loadSession(model, options)
  return {
    graph,
    model,
    run: (feeds, into) => runSession(session, graph.inputs, graph.outputs, feeds, into),
    dispose: () => session.release(),
  }
}

function refuseTooLarge(graph: Graph): void {
  refuse(peakBytes(graph))
}

/** Recording takes memory itself: what cannot even hold its inputs is refused before. */
function refuseInputs(inputs: Readonly<Record<string, TensorSpec>>): void {
  refuse(Object.values(inputs).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0))
}

function refuse(needed: number): void {
  const there = Math.min(totalmem(), process.constrainedMemory() || totalmem())
  if (needed <= there) return
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`
  throw new TooLargeError(
    `the network needs at least ${gigabytes(needed)} of memory, this machine has ${gigabytes(there)}: choose smaller widths or a smaller batch`,
  )
}

/** What is to compute is not there; the message says what to do. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError'
}

export type SessionOptions = Pick<CompileOptions, 'device' | 'threads'>

/**
 * A session for an ONNX model: a path or the file's bytes. What `device` cannot do runs on the processor. Throws a
 * DeviceError that says what to do when the device is not there.
 */
export async function loadSession(
  model: string | Uint8Array,
  { device = 'cpu', threads = coresOfSmallMachine() }: SessionOptions = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    // Warnings (about nodes that fold away, say) are not the user's business.
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  }
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options))
  } catch (cause) {
    const problem = await probeDevice(device)
    if (problem === undefined) throw cause
    throw new DeviceError(`the device ${device} cannot be used here: ${problem}`, { cause })
  }
}

/**
 * onnxruntime counts cores by the processor's topology, and may count one on a virtual machine of two (docs/speed.md). Where
 * there are more it is left to count: two threads of one core are no faster than one.
 */
function coresOfSmallMachine(): number | undefined {
  const cores = availableParallelism()
  return cores <= 2 ? cores : undefined
}

type Specs = ReadonlyMap<string, Pick<Value, 'shape' | 'dtype'>>

export async function runSession(
  session: InferenceSession,
  inputs: Specs,
  outputs: Specs,
  feeds: Readonly<Arrays>,
  into?: Arrays,
): Promise<Arrays> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, spec] of inputs) tensors[name] = toTensor(name, spec, feeds[name])
  const fetches: Record<string, Tensor | null> = {}
  for (const [name, spec] of outputs) fetches[name] = into?.[name] ? toTensor(name, spec, into[name]) : null
  const results = await session.run(tensors, fetches)
  const arrays: Arrays = {}
  for (const name of outputs.keys()) arrays[name] = (results[name] as Tensor).data as Array32
  return arrays
}

/** Tensors over arrays that came before: a training step passes the same hundreds again and again. */
const tensorsOf = new WeakMap<Array32, Tensor>()

function toTensor(name: string, spec: Pick<Value, 'shape' | 'dtype'>, data: Array32 | undefined): Tensor {
  const known = data && tensorsOf.get(data)
  if (known?.type === spec.dtype && sameShape(known.dims, spec.shape)) return known
  const array = checkArray(name, spec, data)
  const tensor = new Tensor(spec.dtype, array, spec.shape)
  tensorsOf.set(array, tensor)
  return tensor
}

/** The array. Throws a TypeError when it is missing or has the wrong type or size. */
export function checkArray(
  name: string,
  { shape, dtype }: Pick<Value, 'shape' | 'dtype'>,
  data: Array32 | undefined,
): Array32 {
  const size = sizeOf(shape)
  const fits = dtype === 'float32' ? data instanceof Float32Array : data instanceof Int32Array
  if (!data || !fits || data.length !== size) {
    const got = data ? `${data.constructor.name} of ${data.length}` : 'nothing'
    throw new TypeError(`"${name}": expected ${dtype} numbers of shape [${shape.join(', ')}] (${size}), got ${got}`)
  }
  return data
}
