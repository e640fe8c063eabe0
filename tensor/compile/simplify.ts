// Simplification: graph in, smaller graph out, same numbers.
//
// tfjs's gradients multiply by ones, add zeros, reshape back and forth and compute the same thing twice. One walk over
// the nodes rewrites each by the first rule that fits and merges equal nodes; then what no output needs is dropped. The
// walk is repeated until nothing changes.
import {
  type AttributeValue,
  broadcastShape,
  type Constant,
  type DType,
  type Graph,
  maxId,
  type Node,
  sameShape,
  type Value,
} from './ir.ts'

export function simplify(graph: Graph): Graph {
  let current = dropUnused(graph)
  for (;;) {
    const next = dropUnused(rewrite(current))
    if (next.nodes.length === current.nodes.length && !next.changed) return next
    current = next
  }
}

/** Drops nodes and constants that no output depends on. Inputs stay: they are the caller's. */
export function dropUnused<G extends Graph>(graph: G): G {
  const needed = new Set<Value>(graph.outputs.values())
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    for (const input of node.inputs) needed.add(input)
    nodes.push(node)
  }
  const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)))
  return { ...graph, nodes: nodes.reverse(), constants }
}

interface Rewriting {
  /** the node that makes a value, if a node does */
  producer(value: Value): Node | undefined
  /** the number that fills a constant, if one does */
  splat(value: Value): number | undefined
  newSplat(number: number, shape: readonly number[], dtype: DType): Value
  /** adds a node of one output and returns that */
  add(kernel: string, inputs: readonly Value[], attributes: Node['attributes'], shape: readonly number[]): Value
}

/** A rule answers with the value that may stand for the node's only output, or with nothing when it does not fit. */
type Rule = (node: Node, output: Value, rewriting: Rewriting) => Value | undefined

function rewrite(graph: Graph): Graph & { changed: boolean } {
  const nodes: Node[] = []
  const constants = new Map<Value, Constant>(graph.constants)
  const producers = new Map<Value, Node>()
  const replacement = new Map<Value, Value>()
  const known = new Map<string, Node>()
  const splats = new Map<string, Value>()
  let nextId = 1 + maxId(graph)
  let changed = false

  const resolve = (value: Value): Value => replacement.get(value) ?? value
  const push = (node: Node): Node => {
    const key = JSON.stringify([node.kernel, node.inputs.map(({ id }) => id), node.attributes, dtypes(node)], exactly)
    const twin = known.get(key)
    if (twin) return twin
    known.set(key, node)
    nodes.push(node)
    for (const output of node.outputs) producers.set(output, node)
    return node
  }
  const rewriting: Rewriting = {
    producer: (value) => producers.get(value),
    splat: (value) => {
      const data = constants.get(value)?.data
      return typeof data === 'number' ? data : undefined
    },
    newSplat: (number, shape, dtype) => {
      const key = `${number} ${shape} ${dtype}`
      const value = splats.get(key) ?? { id: nextId++, shape, dtype }
      splats.set(key, value)
      constants.set(value, { data: number })
      return value
    },
    add: (kernel, inputs, attributes, shape) => {
      const output: Value = { id: nextId++, shape, dtype: (inputs[0] as Value).dtype }
      return push({ kernel, inputs, outputs: [output], attributes }).outputs[0] as Value
    },
  }

  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map(resolve) }
    const output = node.outputs[0] as Value
    let stand: Value | undefined
    if (node.outputs.length === 1) {
      for (const rule of RULES) {
        stand = rule(node, output, rewriting)
        if (stand) break
      }
    }
    if (stand) {
      replacement.set(output, stand)
      changed = true
      continue
    }
    const kept = push(node)
    if (kept !== node) node.outputs.forEach((value, i) => void replacement.set(value, kept.outputs[i] as Value))
  }
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, resolve(value)]))
  return { inputs: graph.inputs, outputs, constants, nodes, changed }
}

/** JSON knows no infinities: it would write both, and NaN, as null. */
const exactly = (_: string, value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

const dtypes = (node: Node): string => node.outputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join()

/** `x`, or `x` broadcast to the shape that the operation would have given it. */
function asShape(x: Value, output: Value, { add }: Rewriting): Value {
  return sameShape(x.shape, output.shape) ? x : add('BroadcastTo', [x], {}, output.shape)
}

const FOLD: Record<string, (...numbers: number[]) => number> = {
  Add: (a = 0, b = 0) => a + b,
  Sub: (a = 0, b = 0) => a - b,
  Multiply: (a = 0, b = 0) => a * b,
  RealDiv: (a = 0, b = 0) => a / b,
  Neg: (a = 0) => -a,
  Sqrt: (a = 0) => Math.sqrt(a),
  Square: (a = 0) => a * a,
  Reshape: (a = 0) => a,
  Transpose: (a = 0) => a,
  BroadcastTo: (a = 0) => a,
}

const foldSplats: Rule = ({ kernel, inputs }, output, { splat, newSplat }) => {
  const fold = FOLD[kernel]
  const numbers = inputs.map(splat)
  if (!fold || numbers.some((number) => number === undefined)) return undefined
  return newSplat(fold(...(numbers as number[])), output.shape, output.dtype)
}

/** x·1, x + 0, x − 0, x / 1 */
const dropNeutral: Rule = ({ kernel, inputs }, output, rewriting) => {
  const [a, b] = inputs
  if (!a || !b) return undefined
  const isNumber = (x: Value, n: number) => rewriting.splat(x) === n
  if ((kernel === 'Multiply' || kernel === 'RealDiv') && isNumber(b, 1)) return asShape(a, output, rewriting)
  if ((kernel === 'Add' || kernel === 'Sub') && isNumber(b, 0)) return asShape(a, output, rewriting)
  if (kernel === 'Multiply' && isNumber(a, 1)) return asShape(b, output, rewriting)
  if (kernel === 'Add' && isNumber(a, 0)) return asShape(b, output, rewriting)
  return undefined
}

/** The smallest float32 with all its digits. */
const LEAST_NORMAL = 2 ** -126

/** (x·c₁)·c₂ = x·(c₁c₂) */
const mergeScales: Rule = (node, output, { producer, splat, newSplat, add }) => {
  const outer = scaleOf(node, splat)
  const inner = outer && producer(outer.x)
  const nested = inner && scaleOf(inner, splat)
  if (!nested) return undefined
  const product = outer.factor * nested.factor
  const rounded = Math.fround(product)
  // One after the other they may stay within the numbers that there are, where their product does not.
  if (!Number.isFinite(rounded) || Math.abs(rounded) < LEAST_NORMAL) return undefined
  return add('Multiply', [nested.x, newSplat(product, [], output.dtype)], {}, output.shape)
}

/** The node as x·factor of x's own shape, if it is that. */
function scaleOf(node: Node, splat: Rewriting['splat']): { x: Value; factor: number } | undefined {
  const [a, b] = node.inputs
  if (node.kernel !== 'Multiply' || !a || !b) return undefined
  const output = node.outputs[0] as Value
  const [right, left] = [splat(b), splat(a)]
  if (right !== undefined && sameShape(a.shape, output.shape)) return { x: a, factor: right }
  if (left !== undefined && sameShape(b.shape, output.shape)) return { x: b, factor: left }
  return undefined
}

const mergeReshapes: Rule = ({ kernel, inputs }, output, { producer, add }) => {
  const x = inputs[0]
  if (kernel !== 'Reshape' || !x) return undefined
  if (sameShape(x.shape, output.shape)) return x
  const inner = producer(x)
  return inner?.kernel === 'Reshape' ? add('Reshape', inner.inputs, {}, output.shape) : undefined
}

const mergeTransposes: Rule = ({ kernel, inputs, attributes }, output, { producer, add }) => {
  const x = inputs[0]
  if (kernel !== 'Transpose' || !x) return undefined
  const perm = attributes.perm as readonly number[]
  if (perm.every((axis, i) => axis === i)) return x
  // Moving axes of size 1 about leaves the order of the numbers alone.
  const moved = perm.filter((axis) => x.shape[axis] !== 1)
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return add('Reshape', [x], {}, output.shape)
  const inner = producer(x)
  if (inner?.kernel !== 'Transpose') return undefined
  const innerPerm = inner.attributes.perm as readonly number[]
  return add('Transpose', inner.inputs, { perm: perm.map((axis) => innerPerm[axis] as number) }, output.shape)
}

const dropNoOps: Rule = ({ kernel, inputs, attributes }, output, { producer, add }) => {
  const x = inputs[0]
  if (!x) return undefined
  const unchanged = sameShape(x.shape, output.shape)
  if ((kernel === 'Slice' || kernel === 'PadV2' || kernel === 'BroadcastTo') && unchanged) return x
  if (kernel === 'Concat' && inputs.length === 1) return x
  if (kernel === 'Neg' && producer(x)?.kernel === 'Neg') return producer(x)?.inputs[0]
  if (
    (kernel === 'Sum' || kernel === 'Mean') &&
    (attributes.axes as readonly number[]).every((i) => x.shape[i] === 1)
  ) {
    return unchanged ? x : add('Reshape', [x], {}, output.shape)
  }
  if (kernel === 'Tile') {
    if (unchanged) return x
    const reps = attributes.reps as readonly number[]
    if (reps.every((n, i) => n === 1 || x.shape[i] === 1)) return add('BroadcastTo', [x], {}, output.shape)
  }
  return undefined
}

const BROADCASTING = new Set(['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'])

/** What broadcasts by itself takes an operand that was broadcast for it as it was: a matrix product does among its batches. */
const elideBroadcasts: Rule = ({ kernel, inputs, attributes }, output, { producer, add }) => {
  const isProduct = kernel === 'BatchMatMul'
  if (!(isProduct || BROADCASTING.has(kernel))) return undefined
  for (const [i, x] of inputs.entries()) {
    const inner = producer(x)
    if (inner?.kernel !== 'BroadcastTo') continue
    const small = inner.inputs[0] as Value
    const [a, b] = inputs.with(i, small).map(({ shape }) => (isProduct ? shape.slice(0, -2) : shape)) as [
      number[],
      number[],
    ]
    const whole = isProduct ? output.shape.slice(0, -2) : output.shape
    const isMatrix = small.shape.length >= 2 && sameShape(small.shape.slice(-2), x.shape.slice(-2))
    if (!sameShape(broadcastShape(a, b), whole) || (isProduct && !isMatrix)) continue
    return add(kernel, inputs.with(i, small), attributes, output.shape)
  }
  return undefined
}

/** A matrix product transposes its operands for nothing. */
const absorbTransposes: Rule = ({ kernel, inputs, attributes }, output, { producer, add }) => {
  if (kernel !== 'BatchMatMul') return undefined
  for (const [i, flag] of (['transposeA', 'transposeB'] as const).entries()) {
    const inner = producer(inputs[i] as Value)
    if (inner?.kernel !== 'Transpose' || !swapsLastTwo(inner.attributes.perm)) continue
    const operands = inputs.with(i, inner.inputs[0] as Value)
    return add(kernel, operands, { ...attributes, [flag]: !attributes[flag] }, output.shape)
  }
  return undefined
}

function swapsLastTwo(perm: AttributeValue | undefined): boolean {
  const order = perm as readonly number[]
  const rank = order.length
  return order.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i))
}

const RULES: readonly Rule[] = [
  foldSplats,
  dropNeutral,
  mergeScales,
  mergeReshapes,
  mergeTransposes,
  dropNoOps,
  elideBroadcasts,
  absorbTransposes,
]
