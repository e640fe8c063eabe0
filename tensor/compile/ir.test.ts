import { describe, expect, it } from 'vitest'
import { type Graph, type Node, peakBytes, TooLargeError, type Value } from './ir.ts'
import { encodeModel } from './onnx.ts'

const value = (id: number, size: number): Value => ({ id, shape: [size], dtype: 'float32' })
const node = (inputs: Value[], outputs: Value[]): Node => ({ kernel: 'Any', inputs, outputs, attributes: {} })

describe('peakBytes', () => {
  const [x, a, b, y] = [value(0, 100), value(1, 10), value(2, 10), value(3, 1)] as [Value, Value, Value, Value]
  const graph = (nodes: Node[], constants: Graph['constants'] = new Map()): Graph => ({
    inputs: new Map([['x', x]]),
    outputs: new Map([['y', y]]),
    constants,
    nodes,
  })

  it('holds inputs and outputs throughout, and the rest while it is needed', () => {
    // x and y, and of a and b one after the other: b may be written where a was.
    expect(peakBytes(graph([node([x], [a]), node([a], [b]), node([b], [y])]))).toBe(4 * (100 + 1 + 10))
    // Here a is read again after b was made.
    expect(peakBytes(graph([node([x], [a]), node([a], [b]), node([a, b], [y])]))).toBe(4 * (100 + 1 + 20))
    // What nobody reads is gone at once.
    expect(peakBytes(graph([node([x], [a]), node([x], [b]), node([x], [y])]))).toBe(4 * (100 + 1 + 10))
  })

  it('counts constants by what they store', () => {
    const nodes = [node([x, b], [y])]
    expect(peakBytes(graph(nodes, new Map([[b, { data: new Float32Array(10) }]])))).toBe(4 * (100 + 1 + 10))
    expect(peakBytes(graph(nodes, new Map([[b, { data: 0 }]])))).toBe(4 * (100 + 1))
  })
})

it('weights that no ONNX file holds are refused before they are copied', () => {
  // Two gigabytes that are not there: only their length is looked at.
  const data = { byteLength: 2 ** 31 } as Uint8Array
  const initializers = [{ name: 'w', type: 'float32' as const, shape: [2 ** 29], data }]
  const encode = () => encodeModel({ name: 'policy', nodes: [], initializers, inputs: [], outputs: [] })
  expect(encode).toThrow(TooLargeError)
  expect(encode).toThrow('policy: its weights take 2.0 GB, an ONNX file holds 2 GB: make it narrower')
})
