// What each pass makes of a function: nodes, arithmetic, memory, and the time it takes.
import { countFlops, countKernels, countTraffic, type Graph } from './ir.ts'
import type { OnnxGraph } from './onnx.ts'
import type { TensorMap, TensorSpec } from './record.ts'
import { type BuildOptions, type Built, build, type Pass } from './session.ts'

export interface PassReport {
  pass: Pass
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

/** Builds a function, and reports on each pass. */
export function inspect(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  options: BuildOptions = {},
): Inspection {
  const passes: PassReport[] = []
  const built = build(fn, inputs, options, (pass, work) => {
    const begin = performance.now()
    const result = work()
    const ms = performance.now() - begin
    passes.push({ pass, ms, ...('initializers' in result ? describeOnnx(result) : describeGraph(result)) })
    return result
  })
  return { ...built, passes }
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
