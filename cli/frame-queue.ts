// Frames on their way into an episode's file, while whoever sees them does not wait.
import type { EpisodeWriter, Frame } from '../demos/index.ts'

/** Too many frames wait to be written; the message says how many, and what to do. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError'
}

/** Frames that wait to be written: five seconds of a camera. */
const MOST_WAITING = 150
/** Bytes of their pictures, of which one may have megabytes. */
const MOST_BYTES = 512e6

export class FrameQueue {
  readonly #sink: Pick<EpisodeWriter, 'path' | 'append'>
  #waiting = 0
  #bytes = 0
  #writing: Promise<void> = Promise.resolve()
  #failure: unknown

  constructor(sink: Pick<EpisodeWriter, 'path' | 'append'>) {
    this.#sink = sink
  }

  /** Returns at once. Throws what went wrong with an earlier frame, or a QueueFullError when too many wait. */
  add(frame: Frame): void {
    this.rethrow()
    const bytes = bytesOf(frame)
    if (this.#waiting >= MOST_WAITING || (this.#waiting > 0 && this.#bytes + bytes > MOST_BYTES)) {
      throw new QueueFullError(
        `${this.#sink.path}: ${this.#waiting} frames (${(this.#bytes / 1e6).toFixed(0)} MB of pictures) wait to be ` +
          'written: they come faster than this computer packs and stores them; record fewer pictures (tenon record has ' +
          '--picture-rate) or smaller ones',
      )
    }
    this.#waiting++
    this.#bytes += bytes
    this.#writing = this.#sink.append(frame).then(
      () => {
        this.#waiting--
        this.#bytes -= bytes
      },
      (error) => {
        this.#failure ??= error
      },
    )
  }

  /** Throws what went wrong with a frame. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when what was added is written, or has failed. */
  written(): Promise<void> {
    return this.#writing
  }
}

/** In memory, of its picture. */
const bytesOf = ({ rgbd }: Frame): number => (rgbd ? rgbd.rgb.byteLength + rgbd.depth.byteLength : 0)
