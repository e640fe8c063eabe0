// Draws the camera's pictures in a thread of its own, so that neither physics nor the guard waits for them.
import { Worker } from 'node:worker_threads'
import type { Rgbd } from '../../geometry/index.ts'
import type { CameraOptions, Shot } from '../../sim/index.ts'

/** Of which world and which episodes. Plain data: it is sent to the thread. */
export interface PictureSetup {
  task: string
  /** mm */
  clearance: number
  chamfer: number
  seed: number
  camera: CameraOptions
}

export interface ToPictures {
  /** of the episode, which decides the look */
  index: number
  shot: Shot
}

/** undefined: the parts, as they are tracked, are outside the sensor */
export type FromPictures = Rgbd | undefined

export class PictureThread {
  readonly #worker: Worker
  #drawing: { resolve(rgbd: Rgbd | undefined): void; reject(error: unknown): void } | undefined
  #failure: unknown

  constructor(setup: PictureSetup) {
    this.#worker = new Worker(new URL('./picture-worker.mjs', import.meta.url), { workerData: setup })
    this.#worker.on('message', (rgbd: FromPictures) => this.#finish()?.resolve(rgbd))
    this.#worker.on('error', (error) => {
      this.#failure = error
      this.#finish()?.reject(error)
    })
  }

  /** The picture, or undefined while the one before is not done. Rejects with what ended the thread. */
  draw(index: number, shot: Shot): Promise<Rgbd | undefined> | undefined {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#drawing) return undefined
    this.#worker.postMessage({ index, shot } satisfies ToPictures)
    return new Promise((resolve, reject) => {
      this.#drawing = { resolve, reject }
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #finish() {
    const drawing = this.#drawing
    this.#drawing = undefined
    return drawing
  }
}
