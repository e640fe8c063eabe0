import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { sizeOf } from './ir.ts'
import { lower } from './lower.ts'
import { encodeModel } from './onnx.ts'
import { record, type TensorMap, type TensorSpec } from './record.ts'
import { type Arrays, loadSession, runSession } from './session.ts'
import { simplify } from './simplify.ts'

type Fn = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor
interface Rule {
  does: string
  fn: Fn
  from: string[]
  to: string[]
  x?: number[]
  y?: number[]
}

const RULES: Rule[] = [
  {
    does: 'drops what no output needs',
    fn: (x) => [tf.exp(x), tf.neg(x)][1] as tf.Tensor,
    from: ['Exp', 'Neg'],
    to: ['Neg'],
  },
  {
    does: 'computes equal things once',
    fn: (x) => tf.add(tf.exp(x), tf.exp(x)),
    from: ['Exp', 'Exp', 'Add'],
    to: ['Exp', 'Add'],
  },
  {
    does: 'sees that things are equal once what they are made of is',
    fn: (x) => tf.add(tf.neg(tf.exp(x)), tf.neg(tf.exp(x))),
    from: ['Exp', 'Neg', 'Exp', 'Neg', 'Add'],
    to: ['Exp', 'Neg', 'Add'],
  },
  {
    does: 'tells things apart by their attributes, infinities among them',
    fn: (x) =>
      tf.add(
        tf.pad(
          x,
          [
            [1, 1],
            [0, 0],
          ],
          Infinity,
        ),
        tf.pad(
          x,
          [
            [1, 1],
            [0, 0],
          ],
          -Infinity,
        ),
      ),
    from: ['PadV2', 'PadV2', 'Add'],
    to: ['PadV2', 'PadV2', 'Add'],
  },
  {
    does: 'folds constants',
    fn: (x) => tf.add(x, tf.mul(tf.sqrt(tf.fill([2, 3], 4)), tf.add(tf.ones([2, 3]), tf.ones([2, 3])))),
    from: ['Sqrt', 'Add', 'Multiply', 'Add'],
    to: ['Add'],
  },
  {
    does: 'folds constants through changes of shape',
    fn: (x) => tf.add(x, tf.transpose(tf.reshape(tf.neg(tf.ones([6])), [3, 2]))),
    from: ['Neg', 'Reshape', 'Transpose', 'Add'],
    to: ['Add'],
  },
  { does: 'drops x·1', fn: (x) => tf.mul(x, tf.onesLike(x)), from: ['Multiply'], to: [] },
  { does: 'drops 1·x', fn: (x) => tf.mul(1, x), from: ['Multiply'], to: [] },
  { does: 'drops x / 1', fn: (x) => tf.div(x, 1), from: ['RealDiv'], to: [] },
  { does: 'drops x + 0', fn: (x) => tf.add(x, tf.zerosLike(x)), from: ['Add'], to: [] },
  { does: 'drops 0 + x', fn: (x) => tf.add(0, x), from: ['Add'], to: [] },
  { does: 'drops x − 0', fn: (x) => tf.sub(x, 0), from: ['Sub'], to: [] },
  { does: 'keeps 0 − x', fn: (x) => tf.sub(0, x), from: ['Sub'], to: ['Sub'] },
  { does: 'keeps 1 / x', fn: (x) => tf.div(1, x), from: ['RealDiv'], to: ['RealDiv'] },
  {
    does: 'keeps the shape that a neutral operand gave',
    fn: (x) => tf.add(x, tf.zeros([4, 2, 3])),
    from: ['Add'],
    to: ['BroadcastTo'],
  },
  {
    does: 'merges (2x)·3 into 6x',
    fn: (x) => tf.mul(3, tf.mul(x, 2)),
    from: ['Multiply', 'Multiply'],
    to: ['Multiply'],
  },
  {
    does: 'keeps scales whose product is beyond all numbers, or too small for one',
    fn: (x) => tf.add(tf.mul(tf.mul(x, 1e25), 1e25), tf.mul(tf.mul(x, 1e-30), 1e-30)),
    from: ['Multiply', 'Multiply', 'Multiply', 'Multiply', 'Add'],
    to: ['Multiply', 'Multiply', 'Multiply', 'Multiply', 'Add'],
  },
  {
    does: 'merges scales that cancel into nothing',
    fn: (x) => tf.mul(tf.mul(x, 4), 0.25),
    from: ['Multiply', 'Multiply'],
    to: [],
  },
  {
    does: 'merges reshapes',
    fn: (x) => tf.reshape(tf.reshape(x, [6]), [3, 2]),
    from: ['Reshape', 'Reshape'],
    to: ['Reshape'],
  },
  {
    does: 'drops a reshape there and back',
    fn: (x) => tf.reshape(tf.reshape(x, [6]), [2, 3]),
    from: ['Reshape', 'Reshape'],
    to: [],
  },
  {
    does: 'merges transposes',
    fn: (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [0, 2, 1]),
    from: ['Transpose', 'Transpose'],
    to: ['Transpose'],
    x: [2, 3, 4],
  },
  {
    does: 'drops a transpose there and back',
    fn: (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [2, 0, 1]),
    from: ['Transpose', 'Transpose'],
    to: [],
    x: [2, 3, 4],
  },
  {
    does: 'makes a reshape of a transpose that moves axes of size 1 only',
    fn: (x) => tf.transpose(x, [1, 0, 2]),
    from: ['Transpose'],
    to: ['Reshape'],
    x: [1, 3, 4],
  },
  { does: 'drops a slice of everything', fn: (x) => tf.slice(x, [0, 0], [2, 3]), from: ['Slice'], to: [] },
  {
    does: 'drops padding by nothing',
    fn: (x) =>
      tf.pad(x, [
        [0, 0],
        [0, 0],
      ]),
    from: ['PadV2'],
    to: [],
  },
  { does: 'drops −(−x)', fn: (x) => tf.neg(tf.neg(x)), from: ['Neg', 'Neg'], to: [] },
  { does: 'drops a tile of one', fn: (x) => tf.tile(x, [1, 1]), from: ['Tile'], to: [] },
  {
    does: 'makes a reshape of a sum over axes of size 1',
    fn: (x) => tf.sum(x, 0),
    from: ['Sum'],
    to: ['Reshape'],
    x: [1, 3],
  },
  {
    does: 'drops a mean over axes of size 1 that stay',
    fn: (x) => tf.mean(x, 0, true),
    from: ['Mean'],
    to: [],
    x: [1, 3],
  },
  {
    does: 'makes a broadcast of a tile along axes of size 1',
    fn: (x) => tf.tile(x, [4, 1]),
    from: ['Tile'],
    to: ['BroadcastTo'],
    x: [1, 3],
  },
  {
    does: 'lets an operation broadcast by itself',
    fn: (x, y) => tf.mul(tf.tile(x, [4, 1]), y),
    from: ['Tile', 'Multiply'],
    to: ['Multiply'],
    x: [1, 3],
    y: [4, 3],
  },
  {
    does: 'keeps a broadcast that gives the result its shape',
    fn: (x) => tf.mul(tf.tile(x, [4, 1]), 2),
    from: ['Tile', 'Multiply'],
    to: ['BroadcastTo', 'Multiply'],
    x: [1, 3],
  },
  {
    does: 'lets a matrix product use one matrix for every batch',
    fn: (x, y) => tf.matMul(tf.tile(x, [2, 1, 1]), y),
    from: ['Tile', 'BatchMatMul'],
    to: ['BatchMatMul'],
    x: [1, 3, 4],
    y: [2, 4, 5],
  },
  {
    does: 'keeps a broadcast that a matrix product sums over',
    fn: (x, y) => tf.matMul(tf.tile(x, [1, 4]), y),
    from: ['Tile', 'BatchMatMul'],
    to: ['BroadcastTo', 'BatchMatMul'],
    x: [3, 1],
    y: [4, 5],
  },
  {
    does: 'lets a matrix product transpose its operands',
    fn: (x, y) => tf.matMul(tf.transpose(x), tf.transpose(y)),
    from: ['Transpose', 'Transpose', 'BatchMatMul'],
    to: ['BatchMatMul'],
    x: [3, 2],
    y: [4, 3],
  },
  {
    does: 'turns a transposed product of a transposed operand straight',
    fn: (x, y) => tf.matMul(tf.transpose(x, [0, 2, 1]), y, true),
    from: ['Transpose', 'BatchMatMul'],
    to: ['BatchMatMul'],
    x: [2, 3, 4],
    y: [2, 4, 5],
  },
  {
    does: 'leaves a matrix product whose operand has other axes swapped',
    fn: (x, y) => tf.matMul(tf.transpose(x, [1, 0, 2]), y),
    from: ['Transpose', 'BatchMatMul'],
    to: ['Transpose', 'BatchMatMul'],
    x: [3, 2, 4],
    y: [2, 4, 3],
  },
]

type Program = { fn: (tensors: TensorMap) => TensorMap; inputs: Record<string, TensorSpec> }

function drawFeeds(inputs: Program['inputs'], seed: number): Arrays {
  const random = new Random(seed)
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, random.fillNormal(new Float32Array(sizeOf(shape)))]),
  )
}

/** The recorded graph's results and the simplified graph's. */
async function bothWays({ fn, inputs }: Program, seed = 1): Promise<{ recorded: Arrays; simplified: Arrays }> {
  const graph = record(fn, inputs)
  const run = async (g: typeof graph) => {
    const session = await loadSession(encodeModel(lower(g, 'test')), { threads: 1 })
    const results = await runSession(session, g.inputs, g.outputs, drawFeeds(inputs, seed))
    await session.release()
    return results
  }
  return { recorded: await run(graph), simplified: await run(simplify(graph)) }
}

function expectClose(actual: Arrays, expected: Arrays): void {
  for (const [name, numbers] of Object.entries(expected)) {
    expect(actual[name]?.length).toBe(numbers.length)
    // Merged scales round once instead of twice, and sums may cancel: measured by the largest number.
    const largest = Math.max(...[...numbers].map(Math.abs).filter(Number.isFinite), 1)
    numbers.forEach((number, i) => {
      const difference = Math.abs((actual[name]?.[i] as number) - number)
      if (Number.isFinite(number)) expect(difference).toBeLessThan(1e-5 * largest)
      else expect(actual[name]?.[i]).toBe(number)
    })
  }
}

describe('simplify', () => {
  it.each(RULES.map((rule) => [rule.does, rule] as const))('%s', async (_, rule) => {
    const { fn, from, to, x = [2, 3], y = [2, 3] } = rule
    const program: Program = {
      fn: (tensors) => ({ result: fn(tensors.x as tf.Tensor, tensors.y as tf.Tensor) }),
      inputs: { x: { shape: x }, y: { shape: y } },
    }
    const graph = record(program.fn, program.inputs)
    const simple = simplify(graph)
    expect(graph.nodes.map(({ kernel }) => kernel)).toEqual(from)
    expect(simple.nodes.map(({ kernel }) => kernel)).toEqual(to)
    expect([...simple.inputs.keys()]).toEqual(['x', 'y'])
    expect(simple.outputs.get('result')?.shape).toEqual(graph.outputs.get('result')?.shape)
    const { recorded, simplified } = await bothWays(program)
    expectClose(simplified, recorded)
  })

  it('merges the scales of whole numbers into a whole number', () => {
    const int = (n: number) => tf.scalar(n, 'int32')
    const fn = ({ x }: TensorMap) => ({ y: tf.mul(tf.mul(x as tf.Tensor, int(2)), int(3)) })
    const graph = simplify(record(fn, { x: { shape: [2], dtype: 'int32' } }))
    expect([...graph.constants].map(([{ dtype }, { data }]) => [dtype, data])).toEqual([['int32', 6]])
  })

  it('keeps an input that no output needs, and drops such a constant', () => {
    const graph = simplify(
      record(
        ({ x }) => ({ y: tf.neg(x as tf.Tensor) }),
        { x: { shape: [2] }, unused: { shape: [1] } },
        {
          weight: { shape: [1], data: Float32Array.of(1) },
        },
      ),
    )
    expect([...graph.inputs.keys()]).toEqual(['x', 'unused'])
    expect(graph.constants.size).toBe(0)
  })

  it('changes nothing about a graph that it made', () => {
    for (const { fn, x = [2, 3], y = [2, 3] } of RULES) {
      const inputs = { x: { shape: x }, y: { shape: y } }
      const once = simplify(record((tensors) => ({ z: fn(tensors.x as tf.Tensor, tensors.y as tf.Tensor) }), inputs))
      expect(simplify(once).nodes).toEqual(once.nodes)
    }
  })
})

/** Ops that a random program is made of: each maps one or two earlier tensors to a new one, or to nothing if unfit. */
const OPS: readonly ((a: tf.Tensor, b: tf.Tensor, n: number) => tf.Tensor | undefined)[] = [
  (a, b) => (broadcasts(a, b) ? tf.add(a, b) : undefined),
  (a, b) => (broadcasts(a, b) ? tf.sub(a, b) : undefined),
  (a, b) => (broadcasts(a, b) ? tf.mul(a, b) : undefined),
  (a, b) => (broadcasts(a, b) ? tf.maximum(a, b) : undefined),
  (a, b) => (broadcasts(a, b) ? tf.squaredDifference(a, b) : undefined),
  (a) => tf.neg(a),
  (a) => tf.tanh(a),
  (a) => tf.square(tf.tanh(a)),
  (a, _, n) => tf.mul(a, [0, 1, -1, 2, 0.5][n % 5] as number),
  (a, _, n) => tf.add(a, n % 3),
  (a, _, n) => tf.div(a, 1 + (n % 2)),
  (a, _, n) => tf.mul(a, n % 2 ? tf.onesLike(a) : tf.zerosLike(a)),
  (a, _, n) => tf.reshape(a, [[-1], [1, -1], [-1, 1], [a.size]][n % 4] as number[]),
  (a, _, n) => (a.rank < 2 ? undefined : tf.transpose(a, rotate(a.rank, n))),
  (a, _, n) => (a.rank === 0 ? undefined : tf.sum(a, n % a.rank, n % 2 === 0)),
  (a, _, n) => (a.rank === 0 ? undefined : tf.mean(a, n % a.rank, n % 2 === 1)),
  (a, _, n) =>
    a.rank === 0
      ? undefined
      : tf.tile(
          a,
          a.shape.map((size, i) => (size === 1 && i === n % a.rank ? 3 : 1)),
        ),
  (a, _, n) =>
    a.rank === 0
      ? undefined
      : tf.slice(
          a,
          a.shape.map(() => 0),
          a.shape.map((size) => Math.max(1, size - (n % 2))),
        ),
  (a, _, n) =>
    a.rank === 0
      ? undefined
      : tf.pad(
          a,
          a.shape.map(() => [n % 2, 0] as [number, number]),
        ),
  (a, b) => (a.rank > 0 && String(a.shape) === String(b.shape) ? tf.concat([a, b], 0) : undefined),
  (a, b, n) => product(a, b, n % 2 === 1, n % 4 > 1),
]

const rotate = (rank: number, n: number) => Array.from({ length: rank }, (_, i) => (i + n) % rank)

function broadcasts(a: tf.Tensor, b: tf.Tensor): boolean {
  const [p, q] = [a.shape.toReversed(), b.shape.toReversed()]
  return p.every((size, i) => q[i] === undefined || q[i] === size || q[i] === 1 || size === 1)
}

function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor | undefined {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[transposeA ? 0 : 1] !== b.shape[transposeB ? 1 : 0]) return undefined
  return tf.matMul(tf.tanh(a), tf.tanh(b), transposeA, transposeB)
}

const step = fc.record({ op: fc.nat(OPS.length - 1), a: fc.nat(50), b: fc.nat(50), n: fc.nat(11) })

describe('a simplified program', () => {
  it('computes what the recorded one does, whatever it is made of', async () => {
    const inputs = { x: { shape: [2, 3] }, y: { shape: [3] }, z: { shape: [3, 1] } }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), fc.nat(1000), async (steps, seed) => {
        const fn = (tensors: TensorMap) => {
          const made = [...Object.values(tensors), tf.ones([2, 3]), tf.zeros([3])]
          for (const { op, a, b, n } of steps) {
            const pick = (i: number) => made[i % made.length] as tf.Tensor
            const next = OPS[op]?.(pick(a), pick(b), n)
            if (next && next.size <= 100) made.push(next)
          }
          return { last: made.at(-1) as tf.Tensor, former: made.at(-2) as tf.Tensor }
        }
        const { recorded, simplified } = await bothWays({ fn, inputs }, seed)
        expectClose(simplified, recorded)
      }),
      { numRuns: 300 },
    )
  })
})
