// What comes between a topic and a client: throttling, and a queue for one that reads too slowly.
//
//   throttle 0, queue 0   everything, at once
//   throttle t, queue 0   one message in t; those between are lost
//   queue n               the newest n wait for their turn: for t to pass, and for the client to take what it was sent
import type { Timing } from './timing.ts'

export interface FlowSettings {
  /** least time between two messages, s */
  throttle: number
  /** messages that may wait */
  queue: number
}

export class Flow<T> {
  readonly #timing: Timing
  readonly #send: (item: T) => void
  readonly #isCongested: () => boolean
  #settings: FlowSettings = { throttle: 0, queue: 0 }
  #waiting: T[] = []
  #last = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  /** `isCongested`: whether what was sent before still waits on this side; call {@link pump} when that ends. */
  constructor(timing: Timing, send: (item: T) => void, isCongested: () => boolean) {
    this.#timing = timing
    this.#send = send
    this.#isCongested = isCongested
  }

  /** What waits goes on waiting, as far as there is room. */
  set(settings: FlowSettings): void {
    this.#settings = settings
    if (settings.queue > 0) this.#shorten()
    else this.#waiting = []
    this.pump()
  }

  push(item: T): void {
    const { queue } = this.#settings
    if (queue > 0) {
      this.#waiting.push(item)
      this.#shorten()
      this.pump()
    } else if (this.#remaining() === 0) this.#sendNow(item)
  }

  /** Sends of the queue what may be sent now. */
  pump(): void {
    this.#cancel?.()
    this.#cancel = undefined
    while (this.#waiting.length > 0 && !this.#isCongested()) {
      const remaining = this.#remaining()
      if (remaining > 0) {
        this.#cancel = this.#timing.later(remaining, () => this.pump())
        return
      }
      this.#sendNow(this.#waiting.shift() as T)
    }
  }

  close(): void {
    this.#cancel?.()
    this.#waiting = []
  }

  #shorten(): void {
    this.#waiting.splice(0, this.#waiting.length - this.#settings.queue)
  }

  /** Until the next message may go, s. */
  #remaining(): number {
    return Math.max(0, this.#last + this.#settings.throttle - this.#timing.now())
  }

  #sendNow(item: T): void {
    this.#last = this.#timing.now()
    this.#send(item)
  }
}
