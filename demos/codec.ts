// How messages become bytes, and what an MCAP file says of it so that others can read them.
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { messageOf } from './errors.ts'
import { parseJson } from './versioned-json.ts'

export interface Codec {
  readonly messageEncoding: 'json' | 'protobuf'
  readonly schemaName: string
  readonly schemaEncoding: 'jsonschema' | 'protobuf'
  readonly schema: Uint8Array
  serialize(message: object): Uint8Array
  /** Throws an Error in words for bytes that are no such message. What its fields hold is not checked. */
  parse(data: Uint8Array): unknown
}

export function jsonCodec(jsonSchema: { readonly title: string; readonly [key: string]: unknown }): Codec {
  return {
    messageEncoding: 'json',
    schemaName: jsonSchema.title,
    schemaEncoding: 'jsonschema',
    schema: encodeJson(jsonSchema),
    serialize: encodeJson,
    parse: (data) => parseJson(new TextDecoder('utf-8', { fatal: true }).decode(data)),
  }
}

/** JSON.stringify writes each double with the digits that give it back exactly (only −0 comes back as 0). */
const encodeJson = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const TIMESTAMP_FILE = 'google/protobuf/timestamp.proto'

/** `definition` is the proto3 of one message of `package foxglove`, which may use google.protobuf.Timestamp. */
export function protobufCodec(name: string, definition: string): Codec {
  const root = protobuf.Root.fromJSON(protobuf.common.get(TIMESTAMP_FILE) ?? {})
  protobuf.parse(`syntax = "proto3"; package foxglove; ${definition}`, root, { keepCase: true })
  root.resolveAll()
  const type = root.lookupType(`foxglove.${name}`)
  return {
    messageEncoding: 'protobuf',
    schemaName: `foxglove.${name}`,
    schemaEncoding: 'protobuf',
    schema: fileDescriptorSet(type, root.lookupType('google.protobuf.Timestamp')),
    serialize: (message) => type.encode(message).finish(),
    parse(data) {
      try {
        return type.toObject(type.decode(data), { defaults: true, longs: Number })
      } catch (cause) {
        throw new Error(`expected foxglove.${name} in protobuf: ${messageOf(cause)}`, { cause })
      }
    },
  }
}

/** The schema that MCAP asks for: the message's file and the one it imports, that one first. */
function fileDescriptorSet(type: protobuf.Type, timestamp: protobuf.Type): Uint8Array {
  return descriptor.FileDescriptorSet.encode({
    file: [
      {
        name: TIMESTAMP_FILE,
        package: 'google.protobuf',
        syntax: 'proto3',
        messageType: [timestamp.toDescriptor('proto3')],
      },
      {
        name: `foxglove/${type.name}.proto`,
        package: 'foxglove',
        dependency: [TIMESTAMP_FILE],
        syntax: 'proto3',
        messageType: [type.toDescriptor('proto3')],
      },
    ],
  }).finish()
}
