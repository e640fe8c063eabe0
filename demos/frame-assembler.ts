// Puts the messages of one stamp together into a frame.
import { CHANNELS, type Channel, type FramePart } from './channels.ts'
import { check } from './check.ts'
import type { Frame } from './episode.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { nanosecondsToStamp, timestampToNanoseconds } from './stamp.ts'
import { parseJson } from './versioned-json.ts'

/** A frame of which not all messages have come. */
interface OpenFrame {
  readonly stamp: bigint
  readonly topics: Set<string>
  parts: FramePart
}

/** Takes messages in the order of the file. Every error is an EpisodeError that names file, message and field. */
export class FrameAssembler {
  readonly #path: string
  readonly #frames: Frame[] = []
  readonly #messageCounts = new Map<string, number>()
  #open: OpenFrame | undefined

  constructor(path: string) {
    this.#path = path
  }

  add(channel: Channel, logTime: bigint, data: Uint8Array): void {
    const { topic } = channel
    const index = this.#messageCounts.get(topic) ?? 0
    this.#messageCounts.set(topic, index + 1)
    const fail = (problem: string, cause?: unknown): never => {
      const stamp = nanosecondsToStamp(logTime)
      throw new EpisodeError(`${this.#path}: ${topic} message ${index} (${stamp} s): ${problem}`, { cause })
    }

    if (this.#open && logTime > this.#open.stamp) this.#close(this.#open)
    this.#open ??= { stamp: logTime, topics: new Set(), parts: {} }
    if (logTime < this.#open.stamp || this.#open.topics.has(topic)) {
      fail(
        `log time: expected later than ${nanosecondsToStamp(this.#open.stamp)} s, got ${nanosecondsToStamp(logTime)} s`,
      )
    }

    const { timestamp, part } = decode(channel, data, fail)
    const stamp = timestampToNanoseconds(timestamp)
    if (stamp !== logTime) {
      fail(`timestamp: expected the log time ${nanosecondsToStamp(logTime)} s, got ${nanosecondsToStamp(stamp)} s`)
    }
    this.#open.topics.add(topic)
    this.#open.parts = { ...this.#open.parts, ...part }
  }

  /** All frames of a whole file. Throws if the last one is incomplete. */
  finish(): Frame[] {
    if (this.#open) this.#close(this.#open)
    return this.#frames
  }

  /** The whole frames of a file that was cut, and whether an incomplete one came after them. */
  finishCut(): { frames: Frame[]; unfinished: boolean } {
    if (this.#open && missingChannel(this.#open)) return { frames: this.#frames, unfinished: true }
    return { frames: this.finish(), unfinished: false }
  }

  #close(open: OpenFrame): void {
    const stamp = nanosecondsToStamp(open.stamp)
    const missing = missingChannel(open)
    if (missing) {
      throw new EpisodeError(
        `${this.#path}: frame ${this.#frames.length} (${stamp} s): expected a ${missing.topic} message ` +
          `(${missing.holds}), got only ${[...open.topics].join(', ')}`,
      )
    }
    // Complete: each required channel has put in its part.
    this.#frames.push({ stamp, ...open.parts } as Frame)
    this.#open = undefined
  }
}

const missingChannel = ({ topics }: OpenFrame): Channel | undefined =>
  CHANNELS.find(({ required, topic }) => required && !topics.has(topic))

function decode(channel: Channel, data: Uint8Array, fail: (problem: string, cause?: unknown) => never) {
  let message: unknown
  try {
    message = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(data))
  } catch (cause) {
    return fail(messageOf(cause), cause)
  }
  const checked = check(channel.decode, message)
  return checked.problem === undefined ? checked.data : fail(checked.problem)
}
