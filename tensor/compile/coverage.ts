// Which tfjs kernels can be compiled, and to what: the table of docs/kernels.md.
import * as tf from '@tensorflow/tfjs'
import { Random } from '../random.ts'
import { type Draw, EXAMPLES } from './example-kernels.ts'
import type { Graph, Node } from './ir.ts'
import { lower, lowerableKernels } from './lower.ts'
import { record, recordableKernels, type TensorMap } from './record.ts'
import { simplify } from './simplify.ts'

/** Kernels of tfjs that leave no node of their own in a recording. */
export const DISSOLVED: Record<string, string> = {
  ExpandDims: 'recorded as Reshape',
  Fill: 'becomes a constant',
  Identity: 'costs nothing',
  OnesLike: 'becomes a constant',
  Pack: 'recorded as Reshape and Concat',
  Unpack: 'recorded as SplitV and Reshape',
  ZerosLike: 'becomes a constant',
}

/** Random functions that are looked at for each kernel, so that every way of lowering it comes up. */
const DRAWS = 32

/** A table of the kernels, and a list of those of tfjs that cannot be compiled. */
export function describeCoverage(): string {
  const kernels = [...new Set([...recordableKernels(), ...lowerableKernels()])].sort()
  const rows = kernels.map((kernel) => {
    const random = new Random(1).fork(kernel)
    const draws = Array.from({ length: DRAWS }, () => (EXAMPLES[kernel] as Draw)(random))
    const operators =
      DISSOLVED[kernel] ??
      operatorsOf(kernel, draws)
        .map((op) => `\`${op}\``)
        .join(', ')
    return [kernel, operators, differentiable(draws).join(', ')]
  })
  const missing = tfjsKernels().filter((kernel) => !kernels.includes(kernel))
  return [
    `${kernels.length} kernels can be compiled:`,
    '',
    markdownTable(['kernel', 'ONNX operators', 'gradient by'], rows),
    '',
    `${missing.length} kernels that tfjs has a name for are refused: ${missing.join(', ')}.`,
  ].join('\n')
}

/** As the formatter of this repository would have it: columns padded to their widest cell. */
function markdownTable(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

type Example = ReturnType<Draw>

/** The operators that nodes of this kernel were lowered to. */
function operatorsOf(kernel: string, draws: readonly Example[]): string[] {
  const operators = new Set<string>()
  for (const { fn, inputs } of draws) {
    const recorded = record(fn, inputs)
    // Some kernels are only made by simplification.
    for (const node of [...recorded.nodes, ...simplify(recorded).nodes]) {
      if (node.kernel !== kernel) continue
      for (const { op } of lower(graphOf(node), kernel).nodes) operators.add(op)
    }
  }
  return [...operators].sort()
}

/** A graph of this node alone. */
function graphOf({ kernel, inputs, outputs, attributes }: Node): Graph {
  return {
    inputs: new Map(inputs.map((value, i) => [`x${i}`, value])),
    outputs: new Map(outputs.map((value, i) => [`y${i}`, value])),
    constants: new Map(),
    nodes: [{ kernel, inputs, outputs, attributes }],
  }
}

/** The operands with respect to which the gradient of the examples, or of some, can be recorded. */
function differentiable(draws: readonly Example[]): string[] {
  const { inputs } = draws[0] as Example
  return Object.keys(inputs).flatMap((name) => {
    if (inputs[name]?.dtype === 'int32') return []
    const recorded = draws.filter(hasGradientBy(name)).length
    return recorded === draws.length ? [name] : recorded > 0 ? [`${name} at times`] : []
  })
}

const hasGradientBy =
  (name: string) =>
  ({ fn, inputs }: Example): boolean => {
    const slope = (tensors: TensorMap) => {
      const total = (x: tf.Tensor) =>
        Object.values(fn({ ...tensors, [name]: x }))
          .map((y) => tf.sum(tf.cast(y, 'float32')))
          .reduce((sum, y) => tf.add(sum, y))
      return { slope: tf.grad(total)(tensors[name] as tf.Tensor) }
    }
    try {
      record(slope, inputs)
      return true
    } catch {
      return false
    }
  }

/** tfjs exports the name of each kernel as a constant of that name. */
const tfjsKernels = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => name === value)
    .map(([name]) => name)
    .sort()
