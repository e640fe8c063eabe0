// Frames on their way into an episode's file, while whoever sees them does not wait.
import type { EpisodeWriter, Frame } from '../demos/index.ts'

/** A recording that cannot go on; the message says why, and what to do. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/** Frames that wait to be written: five seconds of a camera. */
const MOST_WAITING = 150

export class FrameQueue {
  readonly #sink: Pick<EpisodeWriter, 'path' | 'append'>
  #waiting = 0
  #writing: Promise<void> = Promise.resolve()
  #failure: unknown

  constructor(sink: Pick<EpisodeWriter, 'path' | 'append'>) {
    this.#sink = sink
  }

  /** Returns at once. Throws what went wrong with an earlier frame, or a RecordingError when too many wait. */
  add(frame: Frame): void {
    this.rethrow()
    if (this.#waiting >= MOST_WAITING) {
      throw new RecordingError(
        `${this.#sink.path}: ${MOST_WAITING} frames wait to be written: they come faster than this computer packs and ` +
          'stores them; record fewer pictures (tenon record has --picture-rate) or smaller ones',
      )
    }
    this.#waiting++
    this.#writing = this.#sink.append(frame).then(
      () => {
        this.#waiting--
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
