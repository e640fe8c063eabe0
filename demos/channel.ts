// What a channel of an episode file is, and the times in its messages.
import { z } from 'zod'
import type { Codec } from './codec.ts'
import type { Frame } from './episode.ts'
import type { Timestamp } from './stamp.ts'
import type { StoredRgbd } from './stored-rgbd.ts'

/** What one message adds to a frame. */
export type FramePart = Partial<Omit<Frame, 'stamp' | 'rgbd'> & StoredRgbd>

export interface Channel {
  readonly topic: string
  readonly codec: Codec
  /** what readers must know of all its messages, in the channel record */
  readonly metadata: Readonly<Record<string, string>>
  /** what its messages hold, in words */
  readonly holds: string
  /** which frames must have a message here */
  readonly needed: 'always' | 'never' | 'with a picture'
  /** The message for a frame; undefined when the frame has nothing to say here. */
  encode(frame: Frame, timestamp: Timestamp): object | undefined
  /** Checks a message and takes from it its time and what it says of the frame. */
  readonly decode: z.ZodType<{ timestamp: Timestamp; part: FramePart }>
}

export const timestampSchema = z.object({ sec: z.int().nonnegative(), nsec: z.int().nonnegative().max(999_999_999) })

/** A google.protobuf.Timestamp. */
export const protobufTimestampSchema = z
  .object({ seconds: z.int().nonnegative(), nanos: z.int().nonnegative().max(999_999_999) })
  .transform(({ seconds, nanos }): Timestamp => ({ sec: seconds, nsec: nanos }))
