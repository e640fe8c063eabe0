// A message as rosbridge writes it to a client: JSON, CBOR with typed arrays, or JSON in a PNG.
import { encode, Tag } from 'cbor2'
import { encode as encodePng } from 'fast-png'
import type { TypeTable } from './message-types.ts'
import { arrayOf, isBytes, isFloat, isInteger, isTime, type Message } from './populate.ts'

/** As JSON holds it: bytes are base64, and a number that JSON does not know is null. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, jsonValue)
  if (Array.isArray(value)) return value.map(jsonValue)
  if (typeof value !== 'object' || value === null) return value
  const json: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) json[name] = jsonValue(item)
  return json
}

/** Tags of RFC 8746, little-endian, and what packs such numbers. */
const TYPED_ARRAYS: Readonly<Record<string, [tag: number, pack: (values: ArrayLike<number>) => ArrayBufferView]>> = {
  uint16: [69, (values) => Uint16Array.from(values)],
  uint32: [70, (values) => Uint32Array.from(values)],
  uint64: [71, (values) => BigUint64Array.from(Array.from(values, BigInt))],
  byte: [72, (values) => Int8Array.from(values)],
  int8: [72, (values) => Int8Array.from(values)],
  int16: [77, (values) => Int16Array.from(values)],
  int32: [78, (values) => Int32Array.from(values)],
  int64: [79, (values) => BigInt64Array.from(Array.from(values, BigInt))],
  float32: [85, (values) => Float32Array.from(values)],
  float64: [86, (values) => Float64Array.from(values)],
}

/**
 * As CBOR holds it: uint8[] as bytes, other arrays of numbers typed. Throws a RangeError for arrays of strings and those
 * of fixed length, of which rosbridge makes nothing on ROS 1: JointState and CameraInfo never arrive in CBOR.
 */
export function cborValue(types: TypeTable, type: string, message: Message): Message {
  const value: Message = {}
  for (const [name, field] of Object.entries(types.message(type))) {
    value[name] = cborField(types, field, message[name], `${type} ${name}`)
  }
  return value
}

function cborField(types: TypeTable, type: string, value: unknown, path: string): unknown {
  if (isTime(type) || isFloat(type) || isInteger(type) || type === 'bool' || type === 'string') return value
  const array = arrayOf(type)
  if (!array) return cborValue(types, type, value as Message)
  const list = value as ArrayLike<unknown>
  const { element, length } = array
  const isPrimitive = isFloat(element) || isInteger(element) || element === 'string' || element === 'bool'
  const isLost = types.ros === 1 && isPrimitive && (length !== undefined || (element === 'string' && list.length > 0))
  if (isLost) throw new RangeError(`${path}: rosbridge does not write ${type} in CBOR; subscribe without compression`)
  if (isBytes(type)) return value
  const typed = TYPED_ARRAYS[element]
  if (typed) {
    const { buffer, byteOffset, byteLength } = typed[1](list as ArrayLike<number>)
    return new Tag(typed[0], new Uint8Array(buffer, byteOffset, byteLength))
  }
  return Array.from(list, (item) => (isPrimitive ? item : cborValue(types, element, item as Message)))
}

/** Bytes of a byte string from which it is worth to leave it where it is: cbor2 copies as it writes, more than once. */
const LARGE = 4096

/** The CBOR of a tree of plain objects, lists and leaves. */
export function encodeCbor(value: unknown): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  const [first] = parts
  return parts.length === 1 && first ? first : Buffer.concat(parts)
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (!holdsLarge(value)) {
    parts.push(encode(value))
  } else if (value instanceof Uint8Array) {
    parts.push(head(2, value.length), value)
  } else if (value instanceof Tag) {
    parts.push(head(6, Number(value.tag)))
    write(value.contents, parts)
  } else if (Array.isArray(value)) {
    parts.push(head(4, value.length))
    for (const item of value) write(item, parts)
  } else {
    const entries = Object.entries(value as object)
    parts.push(head(5, entries.length))
    for (const [name, item] of entries) {
      parts.push(encode(name))
      write(item, parts)
    }
  }
}

function holdsLarge(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length >= LARGE
  if (value instanceof Tag) return holdsLarge(value.contents)
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLarge)
}

/** Major type and length or count, RFC 8949. */
function head(major: number, count: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(5))
  const top = major << 5
  if (count < 24) return Uint8Array.of(top | count)
  if (count < 2 ** 8) return Uint8Array.of(top | 24, count)
  if (count < 2 ** 16) {
    bytes.setUint8(0, top | 25)
    bytes.setUint16(1, count)
    return new Uint8Array(bytes.buffer, 0, 3)
  }
  bytes.setUint8(0, top | 26)
  bytes.setUint32(1, count)
  return new Uint8Array(bytes.buffer)
}

/** Text as the pixels of a square picture, base64: what rosbridge calls png compression. */
export function textInPng(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const width = Math.max(1, Math.floor(Math.sqrt(bytes.length / 3)))
  const height = Math.ceil(bytes.length / 3 / width)
  const data = new Uint8Array(3 * width * height).fill('\n'.charCodeAt(0))
  data.set(bytes)
  return Buffer.from(encodePng({ width, height, data, channels: 3, depth: 8 })).toString('base64')
}
