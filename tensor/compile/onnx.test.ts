import * as tf from '@tensorflow/tfjs'
import protobuf from 'protobufjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../backend.ts'
import { lower } from './lower.ts'
import { encodeModel, type OnnxGraph } from './onnx.ts'
import { record, type TensorMap } from './record.ts'
import { compile, loadSession, runSession } from './session.ts'

// Written from onnx.proto3 a second time, so that a wrong field number in the encoder shows.
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Attribute {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; Graph g = 6;
    repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
  }
  message Opset { string domain = 1; int64 version = 2; }
  message Entry { string key = 1; string value = 2; }
  message Dimension { int64 dim_value = 1; }
  message Shape { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message ValueInfo { string name = 1; Type type = 2; }
  message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Node {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated Attribute attribute = 5; string domain = 7;
  }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
    repeated ValueInfo input = 11; repeated ValueInfo output = 12;
  }
  message Model {
    int64 ir_version = 1; string producer_name = 2; Graph graph = 7;
    repeated Opset opset_import = 8; repeated Entry metadata_props = 14;
  }
`,
  { keepCase: true },
)

function decode(bytes: Uint8Array) {
  const type = root.lookupType('Model')
  return type.toObject(type.decode(bytes), { longs: Number, bytes: Array, arrays: true })
}

beforeAll(async () => {
  await useEagerBackend('wasm')
})

describe('encodeModel', () => {
  const graph: OnnxGraph = {
    name: 'sum',
    nodes: [
      { op: 'Add', inputs: ['x', 'w'], outputs: ['s'] },
      {
        op: 'Invented',
        inputs: ['s', ''],
        outputs: ['y'],
        attributes: { a: { f: 0.5 }, b: { i: -1 }, c: { s: 'é' }, d: { floats: [1, 2] }, e: { ints: [3, -4] } },
      },
    ],
    initializers: [{ name: 'w', type: 'float32', shape: [2, 1], data: new Uint8Array(Float32Array.of(1, -2).buffer) }],
    inputs: [{ name: 'x', type: 'int32', shape: [2, 3] }],
    outputs: [{ name: 'y', type: 'bool', shape: [] }],
  }

  it('writes a model that reads back name for name and number for number', () => {
    expect(decode(encodeModel(graph, { task: 'round-peg', steps: '20' }))).toEqual({
      ir_version: 10,
      producer_name: 'tenon',
      // The standard operators only, whose domain is the empty string: the default, not written.
      opset_import: [{ version: 21 }],
      metadata_props: [
        { key: 'task', value: 'round-peg' },
        { key: 'steps', value: '20' },
      ],
      graph: {
        name: 'sum',
        node: [
          { op_type: 'Add', input: ['x', 'w'], output: ['s'], attribute: [] },
          {
            op_type: 'Invented',
            input: ['s', ''],
            output: ['y'],
            // AttributeType: FLOAT 1, INT 2, STRING 3, FLOATS 6, INTS 7
            attribute: [
              { name: 'a', type: 1, f: 0.5, floats: [], ints: [] },
              { name: 'b', type: 2, i: -1, floats: [], ints: [] },
              { name: 'c', type: 3, s: [0xc3, 0xa9], floats: [], ints: [] },
              { name: 'd', type: 6, floats: [1, 2], ints: [] },
              { name: 'e', type: 7, floats: [], ints: [3, -4] },
            ],
          },
        ],
        // 1 is 0x3f800000 and −2 is 0xc0000000, little-endian. DataType: FLOAT 1, INT32 6, BOOL 9.
        initializer: [{ name: 'w', dims: [2, 1], data_type: 1, raw_data: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0] }],
        input: [
          { name: 'x', type: { tensor_type: { elem_type: 6, shape: { dim: [{ dim_value: 2 }, { dim_value: 3 }] } } } },
        ],
        output: [{ name: 'y', type: { tensor_type: { elem_type: 9, shape: { dim: [] } } } }],
      },
    })
  })

  it('starts with the bytes of the published format', () => {
    // Field 1 (key 1·8 + 0) holds 10; field 2 (key 2·8 + 2) holds the 5 bytes of "tenon".
    const start = [0x08, 10, 0x12, 5, ...new TextEncoder().encode('tenon')]
    expect([...encodeModel(graph).subarray(0, start.length)]).toEqual(start)
  })
})

describe('a compiled model', () => {
  const fn = (tensors: TensorMap) => {
    const { x, weight, bias } = tensors as Record<'x' | 'weight' | 'bias', tf.Tensor>
    return { y: tf.add(tf.matMul(x, weight), bias) }
  }
  const inputs = { x: { shape: [2, 2] } }
  const constants = {
    'denoiser.weight': { shape: [2, 1], data: Float32Array.of(3, 4) },
    'denoiser.bias': { shape: [1], data: Float32Array.of(5) },
  }
  const named = (tensors: TensorMap) =>
    fn({
      x: tensors.x as tf.Tensor,
      weight: tensors['denoiser.weight'] as tf.Tensor,
      bias: tensors['denoiser.bias'] as tf.Tensor,
    })

  it('holds its weights as initialisers under their own names', async () => {
    const compiled = await compile(named, inputs, { name: 'sampler', constants, metadata: { preset: 'edge-pose' } })
    const { graph, metadata_props } = decode(compiled.model)
    expect(graph.name).toBe('sampler')
    expect(metadata_props).toEqual([{ key: 'preset', value: 'edge-pose' }])
    expect(graph.input.map(({ name }: { name: string }) => name)).toEqual(['x'])
    expect(graph.initializer.map(({ name }: { name: string }) => name).sort()).toEqual(Object.keys(constants).sort())
    await compiled.dispose()
  })

  it('runs from its file alone', async () => {
    const compiled = await compile(named, inputs, { constants })
    const session = await loadSession(compiled.model.slice())
    expect(session.inputNames).toEqual(['x'])
    const { inputs: specs, outputs } = compiled.graph
    const { y } = await runSession(session, specs, outputs, { x: Float32Array.of(1, 0, 1, 1) })
    // 3 + 5 and 3 + 4 + 5
    expect([...(y ?? [])]).toEqual([8, 12])
    await session.release()
    await compiled.dispose()
  })

  it('stores a constant of equal numbers once, as a scalar', () => {
    const large = ({ x }: TensorMap) => ({
      y: tf.maximum(tf.mul(x as tf.Tensor, tf.fill([512, 512], 2)), tf.fill([512, 512], 2)),
    })
    const onnx = lower(record(large, { x: { shape: [512, 512] } }), 'large')
    expect(onnx.initializers.map(({ shape, data }) => [shape, data.length])).toEqual([[[], 4]])
  })

  it('keeps one copy of the integers and numbers that several nodes share', () => {
    const twice = ({ x }: TensorMap) => ({ y: tf.add(tf.sum(tf.exp(x as tf.Tensor), 0), tf.sum(x as tf.Tensor, 0)) })
    const onnx = lower(record(twice, { x: { shape: [2, 3] } }), 'twice')
    expect(onnx.initializers).toHaveLength(1)
  })
})

describe('lower', () => {
  it('refuses a kernel that it does not know', () => {
    const graph = record(({ x }) => ({ y: tf.neg(x as tf.Tensor) }), { x: { shape: [1] } })
    const nodes = graph.nodes.map((node) => ({ ...node, kernel: 'Invented' }))
    expect(() => lower({ ...graph, nodes }, 'test')).toThrow('the kernel Invented has no lowering to ONNX')
  })
})
