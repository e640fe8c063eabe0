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

/**
 * Every whole record, and at the end where the file is cut, or undefined for a whole file. Throws an EpisodeError
 * with the byte offset for what is no MCAP file or a damaged one.
 */
export function* mcapRecords(bytes: Uint8Array, path: string): Generator<McapTypes.TypedMcapRecord, Cut | undefined> {
  checkMagic(bytes, path)
  const reader = new McapStreamReader()
  reader.append(bytes)
  const offset = () => bytes.byteLength - reader.bytesRemaining()
  while (!reader.done()) {
    const start = offset()
    const record = nextRecord(reader, path, start)
    if (!record) return cutAt(bytes, offset())
    // There is no opcode 0: after a power cut a file system may have the length of a file but not yet its bytes.
    if (record.type === 'Unknown' && record.opcode === 0) return cutAt(bytes, start)
    yield record
  }
  return undefined
}

function checkMagic(bytes: Uint8Array, path: string): void {
  const start = bytes.subarray(0, MCAP_MAGIC.length)
  if (start.byteLength === 0) throw new EpisodeError(`${path}: the file is empty, expected an MCAP file`)
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

function cutAt(bytes: Uint8Array, offset: number): Cut {
  const size = bytes.byteLength
  const opcode = bytes[offset]
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
