// What each pass makes of a function: nodes, arithmetic, memory, and the time it takes.
import { countFlops, countKernels, countTraffic, type Graph } from './ir.ts'
import { lower } from './lower.ts'
import { encodeModel, type OnnxGraph } from './onnx.ts'
import { quantize } from './quantize.ts'
import { record, type TensorMap, type TensorSpec } from './record.ts'
import type { BuildOptions, Built } from './session.ts'
import { simplify } from './simplify.ts'

export interface PassReport {
  pass: 'record' | 'simplify' | 'quantize' | 'lower'
  /** what the pass took */
  ms: number
  nodes: number
  /** of matrix products and convolutions; lowering changes none */
  flops?: number
  /** of constants, bytes: up to lowering, a constant of equal numbers counts as one number */
  constantBytes: number
  /** read and written by all nodes but those that only give a value another shape, bytes; see `countTraffic` */
  trafficBytes?: number
  /** nodes by kernel, or by ONNX operator, the most frequent first */
  kernels: [name: string, count: number][]
}

export interface Inspection extends Built {
  passes: PassReport[]
}

/** Runs every pass on a function as `build` does, and reports on each. */
export function inspect(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  { name = 'tenon', constants, metadata, weights }: BuildOptions = {},
): Inspection {
  const recorded = timed(() => record(fn, inputs, constants))
  const simplified = timed(() => simplify(recorded.result))
  const quantized = weights === 'int8' ? timed(() => quantize(simplified.result)) : undefined
  const graph = (quantized ?? simplified).result
  const lowered = timed(() => lower(graph, name))
  return {
    passes: [
      { pass: 'record', ms: recorded.ms, ...describeGraph(recorded.result) },
      { pass: 'simplify', ms: simplified.ms, ...describeGraph(simplified.result) },
      ...(quantized ? [{ pass: 'quantize' as const, ms: quantized.ms, ...describeGraph(quantized.result) }] : []),
      { pass: 'lower', ms: lowered.ms, ...describeOnnx(lowered.result) },
    ],
    graph,
    model: encodeModel(lowered.result, metadata),
  }
}

function timed<T>(work: () => T): { result: T; ms: number } {
  const begin = performance.now()
  const result = work()
  return { result, ms: performance.now() - begin }
}

function describeGraph(graph: Graph) {
  const constants = [...graph.constants.values()].map(({ data }) => (typeof data === 'number' ? 4 : data.byteLength))
  return {
    nodes: graph.nodes.length,
    flops: countFlops(graph),
    constantBytes: sum(constants),
    trafficBytes: countTraffic(graph),
    kernels: countKernels(graph),
  }
}

function describeOnnx({ nodes, initializers }: OnnxGraph) {
  const counts = new Map<string, number>()
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return {
    nodes: nodes.length,
    constantBytes: sum(initializers.map(({ data }) => data.byteLength)),
    kernels: [...counts].sort((a, b) => b[1] - a[1]),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
