// What each pass makes of a function: nodes, arithmetic and memory.
import { countFlops, countKernels, type Graph, sizeOf, type Value } from './ir.ts'
import { lower } from './lower.ts'
import { encodeModel, type OnnxGraph } from './onnx.ts'
import { type ConstantSpec, record, type TensorMap, type TensorSpec } from './record.ts'
import { simplify } from './simplify.ts'

export interface PassReport {
  pass: 'record' | 'simplify' | 'lower'
  nodes: number
  /** of matrix products and convolutions; lowering changes none */
  flops?: number
  /** of constants, bytes: a constant of equal numbers counts as one number */
  constantBytes: number
  /** read and written by all nodes but those that only give a value another shape, bytes */
  trafficBytes?: number
  /** nodes by kernel, or by ONNX operator, the most frequent first */
  kernels: [name: string, count: number][]
}

export interface Inspection {
  passes: PassReport[]
  /** size of the ONNX file */
  modelBytes: number
}

/** Runs every pass but the last, on a function as `compile` takes it. */
export function inspect(
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  constants: Readonly<Record<string, ConstantSpec>> = {},
): Inspection {
  const recorded = record(fn, inputs, constants)
  const simplified = simplify(recorded)
  const lowered = lower(simplified, 'inspect')
  return {
    passes: [describeGraph('record', recorded), describeGraph('simplify', simplified), describeOnnx(lowered)],
    modelBytes: encodeModel(lowered).byteLength,
  }
}

function describeGraph(pass: 'record' | 'simplify', graph: Graph): PassReport {
  const computing = graph.nodes.filter(({ kernel }) => kernel !== 'Reshape')
  const constants = [...graph.constants.values()].map(({ data }) => (typeof data === 'number' ? 4 : data.byteLength))
  return {
    pass,
    nodes: graph.nodes.length,
    flops: countFlops(graph),
    constantBytes: sum(constants),
    trafficBytes: sum(computing.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(bytesOf))),
    kernels: countKernels(graph),
  }
}

function describeOnnx({ nodes, initializers }: OnnxGraph): PassReport {
  const counts = new Map<string, number>()
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return {
    pass: 'lower',
    nodes: nodes.length,
    constantBytes: sum(initializers.map(({ data }) => data.byteLength)),
    kernels: [...counts].sort((a, b) => b[1] - a[1]),
  }
}

const bytesOf = ({ shape, dtype }: Value): number => sizeOf(shape) * (dtype === 'bool' ? 1 : 4)

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
