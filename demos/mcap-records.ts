// The records of an MCAP file that may end too early.
import { MCAP_MAGIC, McapStreamReader, type McapTypes, Opcode } from '@mcap/core'
import { EpisodeError, messageOf } from './errors.ts'

/** Where a file stops short of its closing records. */
export interface Cut {
  /** byte offset up to which the file could be read */
  readonly offset: number
  /** whether the record torn at `offset`, if any, was a message */
  readonly insideMessage: boolean
  /** in words: where and why */
  readonly description: string
}

/** Takes a file piece by piece, of which none is kept. Throws an EpisodeError with the byte offset, or for no MCAP file. */
export class McapRecords {
  readonly #path: string
  readonly #reader = new McapStreamReader()
  /** the first bytes of the file, as many as tell what it is */
  #head: number[] = []
  #size = 0
  /** the first byte that belongs to no whole record yet, if there is one */
  #opcode: number | undefined
  /** where zeros begin */
  #zerosFrom: number | undefined

  /** `path`: the name that errors give. */
  constructor(path: string) {
    this.#path = path
  }

  /** The records that are whole with the next bytes of the file. */
  *append(bytes: Uint8Array): Generator<McapTypes.TypedMcapRecord> {
    if (this.#head.length < MCAP_MAGIC.length) {
      this.#head.push(...bytes.subarray(0, MCAP_MAGIC.length - this.#head.length))
      if (this.#head.length === MCAP_MAGIC.length) checkMagic(this.#head, this.#path)
    }
    const begin = this.#size
    this.#size += bytes.byteLength
    if (this.#isOver) return
    this.#reader.append(bytes)
    for (let start = this.#offset; !this.#isOver; start = this.#offset) {
      const record = nextRecord(this.#reader, this.#path, start)
      if (!record) break
      // There is no opcode 0: after a power cut a file system may have the length of a file but not yet its bytes.
      if (record.type === 'Unknown' && record.opcode === 0) this.#zerosFrom = start
      else yield record
    }
    // Of a record that began in an earlier piece it is known.
    if (this.#offset >= begin) this.#opcode = bytes[this.#offset - begin]
  }

  /** No more comes: where the file is cut, or undefined for a whole file. */
  end(): Cut | undefined {
    if (this.#head.length < MCAP_MAGIC.length) checkMagic(this.#head, this.#path)
    if (this.#zerosFrom !== undefined) return cutAt(this.#zerosFrom, 0, this.#size)
    return this.#reader.done() ? undefined : cutAt(this.#offset, this.#opcode, this.#size)
  }

  get #isOver(): boolean {
    return this.#reader.done() || this.#zerosFrom !== undefined
  }

  get #offset(): number {
    return this.#size - this.#reader.bytesRemaining()
  }
}

/** Of the first bytes of a file. */
function checkMagic(start: readonly number[], path: string): void {
  if (start.length === 0) throw new EpisodeError(`${path}: the file is empty, expected an MCAP file`)
  if (start.some((byte, i) => byte !== MCAP_MAGIC[i])) {
    const hex = (values: Iterable<number>) => Array.from(values, (v) => v.toString(16).padStart(2, '0')).join(' ')
    throw new EpisodeError(`${path}: not an MCAP file: expected it to start with ${hex(MCAP_MAGIC)}, got ${hex(start)}`)
  }
}

function nextRecord(reader: McapStreamReader, path: string, offset: number): McapTypes.TypedMcapRecord | undefined {
  try {
    return reader.nextRecord()
  } catch (cause) {
    const [, compression] = /Unsupported compression (\w+)/.exec(messageOf(cause)) ?? []
    if (compression) {
      throw new EpisodeError(
        `${path}: its chunks are compressed by ${compression}, which tenon does not read: mcap decompress writes it anew without`,
        { cause },
      )
    }
    throw new EpisodeError(`${path}: damaged at byte ${offset}: ${messageOf(cause)}`, { cause })
  }
}

function cutAt(offset: number, opcode: number | undefined, size: number): Cut {
  return {
    offset,
    insideMessage: opcode === Opcode.CHUNK || opcode === Opcode.MESSAGE,
    description:
      opcode === undefined
        ? `file ends at byte ${size} without its closing records`
        : opcode === 0
          ? `file holds only zeros from byte ${offset} on`
          : `file ends at byte ${size} inside a record that starts at byte ${offset}`,
  }
}
