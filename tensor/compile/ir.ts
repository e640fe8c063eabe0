// The intermediate representation: a straight-line list of tfjs kernels over values of known shape.
//
// record (record.ts) makes a graph from a tfjs function, simplify (simplify.ts) shrinks it, lower (lower.ts) turns it
// into ONNX, and session.ts runs it. Values are in single assignment form: each is an input, a constant or the output of
// exactly one node, and nodes stand in an order in which they can run.

export type DType = 'float32' | 'int32' | 'uint8' | 'bool'

export interface Value {
  readonly id: number
  readonly shape: readonly number[]
  readonly dtype: DType
}

export type AttributeValue = number | boolean | string | readonly number[] | readonly (readonly number[])[]

export interface Node {
  /** name of the tfjs kernel */
  readonly kernel: string
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

export type ConstantArray = Float32Array | Int32Array | Uint8Array

/** A number stands for a constant that has this value in every place, so that zeros and ones cost no memory. */
export type ConstantData = ConstantArray | number

export interface Constant {
  readonly data: ConstantData
  /** set for parameters, which keep their name in the ONNX file */
  readonly name?: string
}

export interface Graph {
  readonly inputs: ReadonlyMap<string, Value>
  readonly outputs: ReadonlyMap<string, Value>
  readonly constants: ReadonlyMap<Value, Constant>
  readonly nodes: readonly Node[]
}

/** A graph that this machine, or an ONNX file, cannot hold; the message says what to make smaller. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The highest id of a value. */
export function maxId(graph: Graph): number {
  let most = 0
  for (const { id } of graph.inputs.values()) most = Math.max(most, id)
  for (const { id } of graph.constants.keys()) most = Math.max(most, id)
  for (const node of graph.nodes) for (const { id } of node.outputs) most = Math.max(most, id)
  return most
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i])
}

/** NumPy's broadcasting. Throws when the shapes do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const sizeA = a[a.length - rank + i] ?? 1
    const sizeB = b[b.length - rank + i] ?? 1
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new Error(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`)
    }
    return sizeA === 1 ? sizeB : sizeA
  })
}

/** Nodes per kernel, the most frequent first: what `inspect` prints. */
export function countKernels(graph: Graph): [kernel: string, count: number][] {
  const counts = new Map<string, number>()
  for (const { kernel } of graph.nodes) counts.set(kernel, (counts.get(kernel) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

/** Floating-point operations in the graph's matrix products and convolutions: nearly all the arithmetic there is. */
export function countFlops(graph: Graph): number {
  let flops = 0
  for (const { kernel, inputs, outputs, attributes } of graph.nodes) {
    const [a, b] = inputs as [Value, Value]
    const result = outputs[0] as Value
    // 2·M·N·K
    if (kernel === 'BatchMatMul' || kernel === 'QuantizedMatMul') {
      flops += 2 * (a.shape.at(attributes.transposeA ? -2 : -1) as number) * sizeOf(result.shape)
    }
    // Each pixel of the smaller side meets the whole filter once.
    if (kernel === 'Conv2D') flops += (2 * sizeOf(result.shape) * sizeOf(b.shape)) / (b.shape[3] as number)
    if (kernel === 'Conv2DBackpropInput') flops += (2 * sizeOf(a.shape) * sizeOf(b.shape)) / (b.shape[3] as number)
  }
  return flops
}

/**
 * Bytes that are held at once when the graph runs, at least: inputs, outputs and constants of more than one number
 * throughout, other values from the node that makes them to the last that reads them, which may write in their place.
 */
export function peakBytes({ inputs, outputs, constants, nodes }: Graph): number {
  const kept = new Set<Value>([...inputs.values(), ...outputs.values()])
  for (const [value, { data }] of constants) if (typeof data !== 'number') kept.add(value)
  const lastUse = new Map<Value, number>()
  for (const [i, node] of nodes.entries()) for (const value of node.inputs) lastUse.set(value, i)
  const passing = (value: Value) => !kept.has(value) && !constants.has(value)
  let held = [...kept].reduce((sum, value) => sum + bytesOf(value), 0)
  let peak = held
  for (const [i, node] of nodes.entries()) {
    for (const value of new Set(node.inputs)) if (passing(value) && lastUse.get(value) === i) held -= bytesOf(value)
    for (const value of node.outputs) if (passing(value)) held += bytesOf(value)
    peak = Math.max(peak, held)
    for (const value of node.outputs) if (passing(value) && !lastUse.has(value)) held -= bytesOf(value)
  }
  return peak
}

const bytesOf = ({ shape, dtype }: Value): number => sizeOf(shape) * (dtype === 'bool' || dtype === 'uint8' ? 1 : 4)

/**
 * Bytes that the nodes read and write, as if nothing were fused or cached: operands and results in full, but a constant
 * that is one number as one number, and nothing for nodes that only give a value another shape.
 */
export function countTraffic({ nodes, constants }: Graph): number {
  const trafficOf = (value: Value): number =>
    typeof constants.get(value)?.data === 'number' ? bytesOf({ ...value, shape: [] }) : bytesOf(value)
  let bytes = 0
  for (const { kernel, inputs, outputs } of nodes) {
    if (kernel === 'Reshape') continue
    for (const value of [...inputs, ...outputs]) bytes += trafficOf(value)
  }
  return bytes
}
