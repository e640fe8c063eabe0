// Operations that come in parts: rosbridge puts them together on their way in, and on their way out never takes them apart.

/** Operations whose parts are waited for, and characters of all of them. */
const MOST_OPEN = 16
const MOST_TEXT = 64 * 2 ** 20

interface Open {
  parts: (string | undefined)[]
  missing: number
  length: number
}

export class Fragments {
  readonly #open = new Map<string, Open>()

  /** The whole once all parts are there. Throws a RangeError for what is no part. */
  add({ id, data, num, total }: Record<string, unknown>): string | undefined {
    if (typeof id !== 'string' || typeof data !== 'string') throw new RangeError('expected id and data, both strings')
    const [index, count] = [Number(num), Number(total)]
    if (!(Number.isInteger(count) && count >= 1 && Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`expected num from 0 to total − 1, got ${num} of ${total}`)
    }
    const open = this.#open.get(id) ?? { parts: [], missing: count, length: 0 }
    this.#open.set(id, open)
    if (open.parts[index] === undefined) open.missing--
    open.parts[index] = data
    open.length += data.length
    if (open.missing === 0 || open.length > MOST_TEXT) this.#open.delete(id)
    // What is never completed is let go, the oldest first.
    if (this.#open.size > MOST_OPEN) this.#open.delete(this.#open.keys().next().value as string)
    if (open.length > MOST_TEXT) throw new RangeError(`expected at most ${MOST_TEXT} characters, got more`)
    return open.missing === 0 ? open.parts.join('') : undefined
  }
}
