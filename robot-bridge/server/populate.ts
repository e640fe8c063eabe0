// A whole message from what a client sent of it, as rosbridge makes one: it fills in what is missing without a word.
//
//   missing field             0, '', false, [] or a message of these: no `z` is z = 0, no orientation is [0, 0, 0, 0]
//   field that is not known   refused, and a field of the wrong type: the whole message is dropped
//   a header                  gets the time of now, which a stamp that was sent replaces; without a header there is no
//                             stamp either, and of half a stamp the other half is now's
import { plainTypeName, type RosVersion } from '../messages.ts'
import type { Fields, TypeTable } from './message-types.ts'

/**
 * A message as it is passed on: every field there, uint8[] as bytes, other numbers in arrays or typed arrays, time as
 * `{ secs, nsecs }` in ROS 1 and `{ sec, nanosec }` in ROS 2.
 */
export type Message = Record<string, unknown>

interface Integer {
  low: number
  high: number
}

const signed = (bits: number): Integer => ({ low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 })
const unsigned = (bits: number): Integer => ({ low: 0, high: 2 ** bits - 1 })

/** Of 64 bits only those that a double holds: JSON knows no others. */
const INTEGERS: Readonly<Record<string, Integer>> = {
  int8: signed(8),
  byte: signed(8),
  int16: signed(16),
  int32: signed(32),
  int64: { low: Number.MIN_SAFE_INTEGER, high: Number.MAX_SAFE_INTEGER },
  uint8: unsigned(8),
  char: unsigned(8),
  uint16: unsigned(16),
  uint32: unsigned(32),
  uint64: { low: 0, high: Number.MAX_SAFE_INTEGER },
}

/** uint8[] and its like are strings of bytes. */
export const isBytes = (type: string): boolean => /^(uint8|char)\[\d*\]$/.test(type)
export const isFloat = (type: string): boolean => type === 'float32' || type === 'float64'
export const isInteger = (type: string): boolean => Object.hasOwn(INTEGERS, type)
export const isTime = (type: string): boolean => type === 'time' || type === 'duration'

/** The element of `T[]` or `T[n]`, and how many there must be; undefined for what is no array. */
export function arrayOf(type: string): { element: string; length: number | undefined } | undefined {
  const [, element, length] = /^(.+)\[(\d*)\]$/.exec(type) ?? []
  return element === undefined ? undefined : { element, length: length ? Number(length) : undefined }
}

export interface PopulateOptions {
  types: TypeTable
  /** ROS time, s */
  now: number
}

/** Throws a RangeError that names the field for what rosbridge would drop. */
export function populate(type: string, value: unknown, options: PopulateOptions): Message {
  return new Populator(type, options).object(plainTypeName(type), value, '')
}

/** The same for a service's arguments or answer; a list holds them in their order. */
export function populateFields(name: string, fields: Fields, value: unknown, options: PopulateOptions): Message {
  const named = Array.isArray(value)
    ? Object.fromEntries(Object.keys(fields).flatMap((field, i) => (i < value.length ? [[field, value[i]]] : [])))
    : value
  return new Populator(name, options).fields(name, fields, named ?? {}, '')
}

class Populator {
  readonly #root: string
  readonly #types: TypeTable
  readonly #now: { secs: number; nsecs: number }

  constructor(root: string, { types, now }: PopulateOptions) {
    this.#root = root
    this.#types = types
    this.#now = { secs: Math.floor(now), nsecs: Math.min(999_999_999, Math.round((now - Math.floor(now)) * 1e9)) }
  }

  object(type: string, value: unknown, path: string): Message {
    return this.fields(type, this.#types.message(type), value, path)
  }

  fields(type: string, fields: Fields, value: unknown, path: string): Message {
    if (!isObject(value)) this.#refuse(path, `an object of ${type}`, value)
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) throw new RangeError(`${this.#root} has no field ${join(path, name)}`)
    }
    const time = type === HEADER ? this.#now : NO_TIME
    const message: Message = {}
    for (const [name, field] of Object.entries(fields)) {
      message[name] = Object.hasOwn(value, name)
        ? this.#value(field, value[name], join(path, name), time)
        : this.#missing(field, time)
    }
    return message
  }

  /** What was not sent at all has no time of now in its headers either. */
  #missing(type: string, time = NO_TIME): unknown {
    if (isTime(type)) return writeTime(time, this.#types.ros)
    if (isFloat(type) || isInteger(type)) return 0
    if (type === 'bool') return false
    if (type === 'string') return ''
    const array = arrayOf(type)
    if (!array) {
      const fields = Object.entries(this.#types.message(type))
      return Object.fromEntries(fields.map(([name, field]) => [name, this.#missing(field)]))
    }
    if (isBytes(type)) return new Uint8Array(array.length ?? 0)
    return Array.from({ length: array.length ?? 0 }, () => this.#missing(array.element))
  }

  #value(type: string, value: unknown, path: string, time: typeof NO_TIME): unknown {
    if (isTime(type)) return this.#time(value, path, time)
    if (isFloat(type)) return typeof value === 'number' ? value : this.#refuse(path, 'a number', value)
    if (isInteger(type)) return this.#integer(type, value, path)
    if (type === 'bool') return typeof value === 'boolean' ? value : this.#refuse(path, 'true or false', value)
    if (type === 'string') return typeof value === 'string' ? value : this.#refuse(path, 'a string', value)
    const array = arrayOf(type)
    if (!array) return this.object(type, value, path)
    const list = isBytes(type) ? this.#bytes(value, path) : this.#list(array.element, value, path)
    if (array.length !== undefined && list.length !== array.length) {
      this.#refuse(path, `${array.length} elements`, list)
    }
    return list
  }

  #integer(type: string, value: unknown, path: string): number {
    const { low, high } = INTEGERS[type] as Integer
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
    return fits ? value : this.#refuse(path, `a whole number from ${low} to ${high}`, value)
  }

  /** Halves that are not sent stay as they were; ROS 1 passes over the names of ROS 2. */
  #time(value: unknown, path: string, before: typeof NO_TIME): unknown {
    if (value === 'now') return writeTime(this.#now, this.#types.ros)
    if (!isObject(value)) this.#refuse(path, 'a time', value)
    const half = (...names: string[]) => {
      const name = names.find((each) => Object.hasOwn(value, each))
      return name === undefined ? undefined : this.#integer('uint32', value[name], join(path, name))
    }
    const [secs, nsecs] =
      this.#types.ros === 1 ? [half('secs'), half('nsecs')] : [half('sec', 'secs'), half('nanosec', 'nsecs')]
    return writeTime({ secs: secs ?? before.secs, nsecs: nsecs ?? before.nsecs }, this.#types.ros)
  }

  #bytes(value: unknown, path: string): Uint8Array {
    if (value instanceof Uint8Array) return value
    if (typeof value === 'string') return Buffer.from(value, 'base64')
    if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
      return Uint8Array.from(value)
    }
    return this.#refuse(path, 'base64 or an array of bytes', value)
  }

  #list(element: string, value: unknown, path: string): ArrayLike<unknown> {
    // A typed array comes from this process only.
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as ArrayLike<number>
    if (!Array.isArray(value)) return this.#refuse(path, 'an array', value)
    return value.map((item, i) => this.#value(element, item, `${path}[${i}]`, NO_TIME))
  }

  #refuse(path: string, expected: string, got: unknown): never {
    const text = JSON.stringify(got) ?? String(got)
    const where = path ? ` ${path}` : ''
    throw new RangeError(`${this.#root}${where}: expected ${expected}, got ${text.slice(0, 60)}`)
  }
}

const HEADER = 'std_msgs/Header'
const NO_TIME = { secs: 0, nsecs: 0 }

const writeTime = ({ secs, nsecs }: { secs: number; nsecs: number }, ros: RosVersion) =>
  ros === 1 ? { secs, nsecs } : { sec: secs, nanosec: nsecs }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name)
