// Recording an episode to disk, so that a crash loses at most the frame being written.
import { access, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EpisodeMetadata, EpisodeOutcome, Frame } from './episode.ts'
import { EpisodeEncoder } from './episode-encoder.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { PART_SUFFIX } from './write-whole.ts'

/**
 * Records one episode: `create`, `append` each frame, then `finish` or `discard`. Until it is finished the file is
 * called `<path>.part`, and holds every frame whose `append` has resolved even if the process is killed. Calls may
 * overlap; they are carried out in order.
 */
export class EpisodeWriter {
  readonly path: string
  readonly partPath: string
  readonly #encoder: EpisodeEncoder
  readonly #file: FileHandle
  #queue: Promise<unknown> = Promise.resolve()
  #state: 'open' | 'failed' | 'finished' | 'discarded' | 'left' = 'open'
  #failure: EpisodeError | undefined

  private constructor(path: string, encoder: EpisodeEncoder, file: FileHandle) {
    this.path = path
    this.partPath = path + PART_SUFFIX
    this.#encoder = encoder
    this.#file = file
  }

  /**
   * Starts `<path>.part` with the metadata. Throws an EpisodeError if the metadata is not valid, if the folder does
   * not exist, or if the episode or its .part does: nothing is ever overwritten.
   */
  static async create(path: string, metadata: EpisodeMetadata): Promise<EpisodeWriter> {
    const encoder = new EpisodeEncoder(path)
    const head = await encoder.start(metadata)
    if (await exists(path)) throw new EpisodeError(`${path}: there is an episode already, expected a new path`)
    // 'x' refuses an existing file: two recorders given one path cannot write into each other.
    const file = await open(path + PART_SUFFIX, 'wx').catch((cause) => {
      throw new EpisodeError(`${path}: cannot start recording: ${messageOf(cause)}`, { cause })
    })
    const writer = new EpisodeWriter(path, encoder, file)
    await writer.#write(head)
    return writer
  }

  /** Number of frames recorded. */
  get frameCount(): number {
    return this.#encoder.frameCount
  }

  /** Size of the file so far. */
  get byteCount(): number {
    return this.#encoder.byteCount
  }

  /**
   * Resolves when the operating system has the whole frame. Throws an EpisodeError for a frame that the reader would
   * refuse (the recording can go on without it), and for a failed write, say on a full disk (it cannot: what was
   * written stays in the .part).
   */
  append(frame: Frame): Promise<void> {
    return this.#inTurn(async () => {
      this.#assertOpen()
      await this.#write(await this.#encoder.append(frame))
    })
  }

  /** Writes the outcome and the index and gives the file its name. Throws an EpisodeError if that cannot be done. */
  finish(outcome: EpisodeOutcome): Promise<void> {
    return this.#inTurn(async () => {
      this.#assertOpen()
      await this.#write(await this.#encoder.end(outcome))
      // A power cut after the rename must not leave a file with a finished name and missing contents.
      await this.#orFail(async () => {
        await this.#file.sync()
        await this.#file.close()
        // A deleted episode of this name may have been brought back meanwhile.
        if (await exists(this.path)) throw new Error('there is an episode of that name by now')
        await rename(this.partPath, this.path)
      })
      await syncFolder(dirname(this.path))
      this.#state = 'finished'
    })
  }

  /** Closes the file as it is: nobody has said what it is worth. The .part stays, and can be read. */
  leave(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== 'open') return
      this.#state = 'left'
      await this.#file.close()
    })
  }

  /** Removes the .part, also after a failed write; does nothing the second time. Throws once it is finished. */
  discard(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'discarded') return
      if (this.#state === 'finished') this.#assertOpen()
      this.#state = 'discarded'
      await this.#file.close()
      await rm(this.partPath, { force: true })
    })
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(task)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  #assertOpen(): void {
    if (this.#failure) throw this.#failure
    if (this.#state !== 'open') throw new EpisodeError(`${this.path}: the episode is already ${this.#state}`)
  }

  #write(bytes: Uint8Array): Promise<void> {
    // Unlike write, appendFile goes on until every byte is taken.
    return this.#orFail(() => this.#file.appendFile(bytes))
  }

  async #orFail(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (cause) {
      this.#state = 'failed'
      this.#failure = new EpisodeError(
        `${this.path}: recording stopped: ${messageOf(cause)}; what was written before is kept in ${this.partPath}`,
        { cause },
      )
      await this.#file.close().catch(() => undefined)
      throw this.#failure
    }
  }
}

/** So that a new name outlasts a power cut. Where a folder cannot be opened (Windows) the system sees to it by itself. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
