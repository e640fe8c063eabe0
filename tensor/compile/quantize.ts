// Quantisation: weights of matrix products as 8-bit integers, which are a quarter of the memory to read.
//
// A weight w_ko is kept as (q_ko - 128) s_o, with a scale per output, s_o = max_k |w_ko| / 127. The other operand is rounded
// to 8 bits as it comes, all of it with one scale (ONNX DynamicQuantizeLinear).
//
// Weights are unsigned, because on x86 processors without VNNI onnxruntime adds products of unsigned and signed bytes in 16
// bits, which saturate; of unsigned ones it never does.
import { type Constant, type Graph, maxId, type Node, sameShape, type Value } from './ir.ts'
import { dropUnused } from './simplify.ts'

/** Smaller weights stay as they are: rounding the other operand would take longer than it saves. */
const SMALL = 4096

/** The byte of a weight that is zero. */
export const ZERO_POINT = 128

interface Quantized {
  weight: Value
  scales: Value
}

/** Products `x W` of matrices with a constant W become QuantizedMatMul nodes. */
export function quantize(graph: Graph): Graph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const constants = new Map<Value, Constant>(graph.constants)
  const fixed = fixedValues(graph)
  const made = new Map<Value, Quantized>()
  let nextId = 1 + maxId(graph)

  const weightOf = ({ kernel, inputs, attributes }: Node): Quantized | undefined => {
    const [x, factor] = inputs as [Value, Value]
    // A product of constants is a constant, folded when the model is loaded, and nothing is gained: of the embedding of a step,
    // of the goal picture, or of a convolution's kernel, whose transform multiplies what rounding does to it.
    if (fixed.has(x)) return undefined
    if (kernel !== 'BatchMatMul' || attributes.transposeA || attributes.transposeB) return undefined
    if (x.shape.length !== 2 || factor.shape.length !== 2) return undefined
    const reshaped = producers.get(factor)
    const source = reshaped?.kernel === 'Reshape' ? (reshaped.inputs[0] as Value) : factor
    const constant = constants.get(source)
    if (!(constant?.data instanceof Float32Array) || constant.data.length < SMALL) return undefined
    const known = made.get(source)
    if (known) return sameShape(known.weight.shape, factor.shape) ? known : undefined
    const { integers, scales } = roundColumns(constant.data, factor.shape as [number, number])
    const name = constant.name ?? `constant${source.id}`
    const weight: Value = { id: nextId++, shape: factor.shape, dtype: 'uint8' }
    const scale: Value = { id: nextId++, shape: [scales.length], dtype: 'float32' }
    constants.set(weight, { data: integers, name: `${name}.int8` })
    constants.set(scale, { data: scales, name: `${name}.scale` })
    const quantized = { weight, scales: scale }
    made.set(source, quantized)
    return quantized
  }

  const nodes = graph.nodes.map((node): Node => {
    const quantized = weightOf(node)
    if (!quantized) return node
    const inputs = [node.inputs[0] as Value, quantized.weight, quantized.scales]
    return { kernel: 'QuantizedMatMul', inputs, outputs: node.outputs, attributes: {} }
  })
  return dropUnused({ ...graph, constants, nodes })
}

/** What does not depend on any input. */
function fixedValues({ constants, nodes }: Graph): Set<Value> {
  const fixed = new Set(constants.keys())
  for (const { inputs, outputs } of nodes) {
    if (inputs.every((value) => fixed.has(value))) for (const output of outputs) fixed.add(output)
  }
  return fixed
}

function roundColumns(weight: Float32Array, [rows, columns]: readonly [number, number]) {
  const scales = new Float32Array(columns)
  for (let i = 0; i < weight.length; i++) {
    scales[i % columns] = Math.max(scales[i % columns] as number, Math.abs(weight[i] as number))
  }
  // A column of zeros stays one whatever its scale.
  for (let o = 0; o < columns; o++) scales[o] = (scales[o] as number) / 127 || 1
  const integers = new Uint8Array(rows * columns)
  for (let i = 0; i < weight.length; i++) {
    integers[i] = ZERO_POINT + Math.round((weight[i] as number) / (scales[i % columns] as number))
  }
  return { integers, scales }
}
