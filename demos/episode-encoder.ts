// An episode as bytes: frames go in, pieces of an MCAP file come out. No file is touched here.
import { type IWritable, McapWriter } from '@mcap/core'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels.ts'
import { check } from './check.ts'
import {
  EPISODE_RECORD,
  type EpisodeMetadata,
  type EpisodeOutcome,
  episodeMetadataSchema,
  episodeOutcomeSchema,
  type Frame,
  OUTCOME_RECORD,
} from './episode.ts'
import { EpisodeError } from './errors.ts'
import { checkFrame } from './frame-check.ts'
import { nanosecondsToTimestamp } from './stamp.ts'

/**
 * Encodes one episode. The pieces from `start`, from each `append` and from `end`, joined, are the file, and every
 * prefix of it made of whole pieces can be read. Equal input gives equal bytes: nothing comes from a clock or the
 * machine. Await each call before the next.
 *
 * Every message is a chunk of its own (`chunkSize: 0`): McapWriter holds back what belongs to an open chunk, and
 * without chunks the index would be empty, so that seeking readers such as Foxglove's would see no message at all.
 */
export class EpisodeEncoder {
  readonly #path: string
  readonly #pieces = new PieceBuffer()
  readonly #mcap = new McapWriter({ writable: this.#pieces, chunkSize: 0 })
  readonly #schemaIds = new Map<string, number>()
  readonly #channelIds = new Map<string, number>()
  #frameCount = 0
  #lastStamp: bigint | undefined

  /** `path` is the name that errors give. */
  constructor(path: string) {
    this.#path = path
  }

  get frameCount(): number {
    return this.#frameCount
  }

  /** Bytes of the file so far. */
  get byteCount(): number {
    return Number(this.#pieces.position())
  }

  /** Throws an EpisodeError if the metadata is not valid. */
  async start(metadata: EpisodeMetadata): Promise<Uint8Array> {
    const checked = check(episodeMetadataSchema, metadata)
    if (checked.problem !== undefined) throw new EpisodeError(`${this.#path}: metadata: ${checked.problem}`)
    // The order in which the caller put its settings together must not show in the bytes.
    const settings = Object.fromEntries(Object.entries(checked.data.settings).sort(([a], [b]) => (a < b ? -1 : 1)))
    // McapWriter would name its own version here.
    await this.#mcap.start({ profile: '', library: 'tenon' })
    await this.#addMetadata(EPISODE_RECORD, { ...checked.data, settings })
    return this.#pieces.take()
  }

  /** Throws an EpisodeError, and encodes nothing, for a frame that the reader would refuse. */
  async append(frame: Frame): Promise<Uint8Array> {
    const stamp = checkFrame(frame, this.#path, this.#frameCount, this.#lastStamp)
    const timestamp = nanosecondsToTimestamp(stamp)
    for (const channel of CHANNELS) {
      const message = channel.encode(frame, timestamp)
      if (!message) continue
      await this.#mcap.addMessage({
        channelId: await this.#channelId(channel),
        sequence: this.#frameCount,
        logTime: stamp,
        publishTime: stamp,
        data: channel.codec.serialize(message),
      })
    }
    this.#frameCount += 1
    this.#lastStamp = stamp
    return this.#pieces.take()
  }

  /** Throws an EpisodeError, and encodes nothing, if the outcome is not valid or there is no frame. */
  async end(outcome: EpisodeOutcome): Promise<Uint8Array> {
    const checked = check(episodeOutcomeSchema, outcome)
    if (checked.problem !== undefined) throw new EpisodeError(`${this.#path}: outcome: ${checked.problem}`)
    if (this.#frameCount === 0) throw new EpisodeError(`${this.#path}: an episode without frames cannot be finished`)
    await this.#addMetadata(OUTCOME_RECORD, checked.data)
    await this.#mcap.end()
    return this.#pieces.take()
  }

  async #addMetadata(name: string, value: object): Promise<void> {
    await this.#mcap.addMetadata({ name, metadata: new Map([['json', JSON.stringify(value)]]) })
  }

  /** Registered on first use: a channel that never had a message is not in the file. */
  async #channelId({ topic, codec, metadata }: Channel): Promise<number> {
    const known = this.#channelIds.get(topic)
    if (known !== undefined) return known
    const { messageEncoding, schemaName, schemaEncoding, schema } = codec
    let schemaId = this.#schemaIds.get(schemaName)
    if (schemaId === undefined) {
      schemaId = await this.#mcap.registerSchema({ name: schemaName, encoding: schemaEncoding, data: schema })
      this.#schemaIds.set(schemaName, schemaId)
    }
    const id = await this.#mcap.registerChannel({
      schemaId,
      topic,
      messageEncoding,
      metadata: new Map(Object.entries(metadata)),
    })
    this.#channelIds.set(topic, id)
    return id
  }
}

/** Gathers what McapWriter writes until it is taken. */
class PieceBuffer implements IWritable {
  #pieces: Uint8Array[] = []
  #position = 0

  async write(bytes: Uint8Array): Promise<void> {
    // IWritable does not say whose memory this is once we return.
    this.#pieces.push(bytes.slice())
    this.#position += bytes.byteLength
  }

  position(): bigint {
    return BigInt(this.#position)
  }

  take(): Uint8Array {
    const joined = new Uint8Array(this.#pieces.reduce((length, piece) => length + piece.byteLength, 0))
    let offset = 0
    for (const piece of this.#pieces) {
      joined.set(piece, offset)
      offset += piece.byteLength
    }
    this.#pieces = []
    return joined
  }
}
