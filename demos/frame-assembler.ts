// Puts the messages of one stamp together into a frame.
import type { Channel, FramePart } from './channel.ts'
import { CHANNELS } from './channels.ts'
import { check } from './check.ts'
import type { Frame } from './episode.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { rgbdOf } from './picture-channels.ts'
import { nanosecondsToStamp, timestampToNanoseconds } from './stamp.ts'

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
    const where = `${this.#path}: frame ${this.#frames.length} (${stamp} s)`
    const missing = missingChannel(open)
    if (missing) {
      const { topic, holds, needed } = missing
      const reason = needed === 'always' ? '' : ', needed with a picture'
      throw new EpisodeError(
        `${where}: expected a ${topic} message (${holds}${reason}), got only ${[...open.topics].join(', ')}`,
      )
    }
    const { intrinsics, color, depth, ...parts } = open.parts
    const rgbd = rgbdOf(open.parts, where)
    // Complete: each required channel has put in its part.
    this.#frames.push({ stamp, ...parts, ...(rgbd ? { rgbd } : {}) } as Frame)
    this.#open = undefined
  }
}

function missingChannel({ topics }: OpenFrame): Channel | undefined {
  const isThere = ({ topic }: Channel) => topics.has(topic)
  const hasPicture = CHANNELS.some((channel) => channel.needed === 'with a picture' && isThere(channel))
  const isNeeded = ({ needed }: Channel) => needed === 'always' || (needed === 'with a picture' && hasPicture)
  return CHANNELS.find((channel) => isNeeded(channel) && !isThere(channel))
}

function decode(channel: Channel, data: Uint8Array, fail: (problem: string, cause?: unknown) => never) {
  let message: unknown
  try {
    message = channel.codec.parse(data)
  } catch (cause) {
    return fail(messageOf(cause), cause)
  }
  const checked = check(channel.decode, message)
  return checked.problem === undefined ? checked.data : fail(checked.problem)
}
