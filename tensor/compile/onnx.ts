// ONNX models as bytes: the part of the ONNX protobuf schema that we write, and plain objects that it is made from.
import protobuf from 'protobufjs'
import { TooLargeError } from './ir.ts'

export type OnnxType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool'

export interface OnnxValueInfo {
  name: string
  type: OnnxType
  shape: readonly number[]
}

export interface OnnxTensor extends OnnxValueInfo {
  /** row-major, little-endian */
  data: Uint8Array
}

/** One attribute of a node, keyed by its kind as in the schema. */
export type OnnxAttribute =
  | { f: number }
  | { i: number }
  | { s: string }
  | { floats: readonly number[] }
  | { ints: readonly number[] }
  | { g: OnnxGraph }

export interface OnnxNode {
  op: string
  /** '' stands for an optional input left out */
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxGraph {
  name: string
  nodes: readonly OnnxNode[]
  initializers: readonly OnnxTensor[]
  inputs: readonly OnnxValueInfo[]
  outputs: readonly OnnxValueInfo[]
}

// Field numbers and enum values of onnx.proto3 (ONNX IR version 10).
const schema = protobuf.parse(
  `
  syntax = "proto3";
  package onnx;
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; GraphProto g = 6;
    repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
  }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14;
  }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message TensorShapeProto {
    message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
    repeated Dimension dim = 1;
  }
  message TypeProto {
    message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
    oneof value { Tensor tensor_type = 1; }
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
`,
  { keepCase: true },
).root

const ModelProto = schema.lookupType('onnx.ModelProto')

const DATA_TYPE: Record<OnnxType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 }
const IR_VERSION = 10
export const OPSET_VERSION = 21

/** Protobuf cannot say more bytes than this. */
const MOST_BYTES = 2 ** 31 - 1

/** The model's bytes. `metadata` lands in `metadata_props`. Throws a TooLargeError for weights that no ONNX file holds. */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const weightBytes = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0)
  if (weightBytes > MOST_BYTES) {
    const gigabytes = (weightBytes / 2 ** 30).toFixed(1)
    throw new TooLargeError(
      `${graph.name}: its weights take ${gigabytes} GB, an ONNX file holds 2 GB: make it narrower`,
    )
  }
  const model = {
    ir_version: IR_VERSION,
    producer_name: 'tenon',
    graph: graphMessage(graph),
    opset_import: [{ domain: '', version: OPSET_VERSION }],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }
  return ModelProto.encode(model).finish()
}

function graphMessage(graph: OnnxGraph): object {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => ({
      op_type: node.op,
      input: node.inputs,
      output: node.outputs,
      attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeMessage(name, value)),
    })),
    initializer: graph.initializers.map((tensor) => ({
      name: tensor.name,
      dims: tensor.shape,
      data_type: DATA_TYPE[tensor.type],
      raw_data: tensor.data,
    })),
    input: graph.inputs.map(valueInfoMessage),
    output: graph.outputs.map(valueInfoMessage),
  }
}

function attributeMessage(name: string, value: OnnxAttribute): object {
  if ('f' in value) return { name, type: 1, f: value.f }
  if ('i' in value) return { name, type: 2, i: value.i }
  if ('s' in value) return { name, type: 3, s: new TextEncoder().encode(value.s) }
  if ('g' in value) return { name, type: 5, g: graphMessage(value.g) }
  if ('floats' in value) return { name, type: 6, floats: value.floats }
  return { name, type: 7, ints: value.ints }
}

function valueInfoMessage(value: OnnxValueInfo): object {
  const shape = { dim: value.shape.map((size) => ({ dim_value: size })) }
  return { name: value.name, type: { tensor_type: { elem_type: DATA_TYPE[value.type], shape } } }
}
