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

/**
 * The CBOR of a tree of plain objects, lists and leaves (RFC 8949). Written here for speed: a library takes milliseconds
 * for a picture, thirty of which come a second. Numbers are integers where they are whole, else doubles.
 */
export function encodeCbor(value: unknown): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8')
    parts.push(head(3, text.length), text)
  } else if (typeof value === 'number') {
    parts.push(numberBytes(value))
  } else if (value instanceof Uint8Array) {
    parts.push(head(2, value.length), value)
  } else if (value instanceof Tag) {
    parts.push(head(6, Number(value.tag)))
    write(value.contents, parts)
  } else if (Array.isArray(value)) {
    parts.push(head(4, value.length))
    for (const item of value) write(item, parts)
  } else if (isPlainObject(value)) {
    const entries = Object.entries(value)
    parts.push(head(5, entries.length))
    for (const [name, item] of entries) {
      write(name, parts)
      write(item, parts)
    }
  } else {
    parts.push(encode(value))
  }
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

function numberBytes(value: number): Uint8Array {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value >= 0 ? head(0, value) : head(1, -1 - value)
  const bytes = Buffer.alloc(9)
  bytes[0] = (7 << 5) | 27
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** Major type and length, count or number. */
function head(major: number, count: number): Uint8Array {
  const top = major << 5
  if (count < 24) return Uint8Array.of(top | count)
  if (count < 2 ** 8) return Uint8Array.of(top | 24, count)
  const size = count < 2 ** 16 ? 2 : count < 2 ** 32 ? 4 : 8
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = top | { 2: 25, 4: 26, 8: 27 }[size]
  if (size === 8) bytes.writeBigUInt64BE(BigInt(count), 1)
  else bytes.writeUIntBE(count, 1, size)
  return bytes
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
