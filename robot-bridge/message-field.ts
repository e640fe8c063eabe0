// A field of a message that came from outside, read with suspicion: whatever is wrong is said with its name.

/** What is at `path` in a message of that type; '' is the message itself. */
export class Field {
  readonly #type: string
  readonly #path: string
  readonly #value: unknown

  constructor(type: string, value: unknown, path = '') {
    this.#type = type
    this.#path = path
    this.#value = value
  }

  get value(): unknown {
    return this.#value
  }

  /** Throws a RangeError that names type and field. */
  fail(expected: string, got = describe(this.#value)): never {
    throw new RangeError(`${this.#type}${this.#path && ` ${this.#path}`}: expected ${expected}, got ${got}`)
  }

  /** A part of an object, which may be missing; asking it for a value says so. */
  get(name: string): Field {
    const value = this.#value
    if (typeof value !== 'object' || value === null || isList(value)) this.fail(`an object with ${name}`)
    const path = this.#path ? `${this.#path}.${name}` : name
    return new Field(
      this.#type,
      Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
      path,
    )
  }

  get missing(): boolean {
    return this.#value === undefined
  }

  /** The first of the names that is there; the first of all when none is. */
  either(...names: [string, ...string[]]): Field {
    return this.get(names.find((name) => !this.get(name).missing) ?? names[0])
  }

  /** A finite number. Integers of 64 bits may come as bigint. */
  number(): number {
    const value = typeof this.#value === 'bigint' ? Number(this.#value) : this.#value
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail('a finite number')
  }

  /** A whole number of at least 0. */
  count(): number {
    const value = this.number()
    return Number.isSafeInteger(value) && value >= 0 ? value : this.fail('a whole number of at least 0')
  }

  string(): string {
    return typeof this.#value === 'string' ? this.#value : this.fail('a string')
  }

  /** ROS 1 writes a bool in JSON as true or false, but 0 and 1 are met too. */
  boolean(): boolean {
    const value = this.#value
    return typeof value === 'boolean' ? value : value === 0 || value === 1 ? value === 1 : this.fail('true or false')
  }

  list(): Field[] {
    const value = this.#value
    if (!isList(value)) this.fail('an array')
    return Array.from(value, (item, i) => new Field(this.#type, item, `${this.#path}[${i}]`))
  }

  /** Finite numbers from an array or, in CBOR, a typed array; `length` of them, if that is given. */
  numbers(length?: number): number[] {
    const numbers = this.list().map((item) => item.number())
    if (length !== undefined && numbers.length !== length) this.fail(`${length} numbers`, `${numbers.length}`)
    return numbers
  }

  /** uint8[]: base64 in JSON, bytes in CBOR, an array of numbers from those who know no better. */
  bytes(): Uint8Array {
    const value = this.#value
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    if (typeof value === 'string') {
      // Buffer skips what is not base64 without a word.
      if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) this.fail('base64')
      return Buffer.from(value, 'base64')
    }
    if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
      return Uint8Array.from(value)
    }
    return this.fail('bytes: base64, or an array of 0 to 255')
  }
}

const isList = (value: unknown): value is ArrayLike<unknown> & object =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (isList(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object with ${Object.keys(value).join(', ') || 'nothing'}`
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
}
