// A bad network between client and server: each message late by the same time, and some of them gone.
import type { Scheduler } from './scheduler.ts'

export interface ImpairmentOptions {
  /** s each way */
  latency: number
  /** share of the messages that are lost, 0 to 1 */
  drop: number
  /** 0 to 1 */
  random: () => number
  scheduler: Scheduler
}

/** One direction of one connection; what is not lost keeps its order. */
export class Impairment {
  readonly #options: ImpairmentOptions
  readonly #queue: { at: number; deliver: () => void }[] = []
  #cancel: (() => void) | undefined

  constructor(options: ImpairmentOptions) {
    this.#options = options
  }

  /** `mayBeLost`: TCP loses nothing, so only messages of topics are, not the making of a connection. */
  pass(deliver: () => void, mayBeLost: boolean): void {
    const { latency, drop, random, scheduler } = this.#options
    if (mayBeLost && drop > 0 && random() < drop) return
    if (latency === 0) {
      deliver()
      return
    }
    this.#queue.push({ at: scheduler.now() + latency, deliver })
    this.#wait()
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#queue.length = 0
  }

  #wait(): void {
    const [first] = this.#queue
    if (!first || this.#cancel) return
    const { scheduler } = this.#options
    this.#cancel = scheduler.after(Math.max(0, first.at - scheduler.now()), () => {
      this.#cancel = undefined
      while (this.#queue[0] && this.#queue[0].at <= scheduler.now()) this.#queue.shift()?.deliver()
      this.#wait()
    })
  }
}
