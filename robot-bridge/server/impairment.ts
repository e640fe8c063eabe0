// A bad network: everything comes later, and some messages never.
import type { Timing } from './timing.ts'

export interface Impairment {
  /** added to the way in and to the way out, s */
  latency: number
  /** part of the published messages that is lost, on each way, 0 to 1; services are not lost */
  drop: number
  /** 0 to 1 */
  random: () => number
}

/** Lets each item out after the same time, in the order they came in. */
export class DelayLine<T> {
  readonly #timing: Timing
  readonly #delay: number
  readonly #deliver: (item: T) => void
  readonly #items: { due: number; item: T }[] = []
  #cancel: (() => void) | undefined

  /** `delay`: s */
  constructor(timing: Timing, delay: number, deliver: (item: T) => void) {
    this.#timing = timing
    this.#delay = delay
    this.#deliver = deliver
  }

  push(item: T): void {
    if (this.#delay === 0) this.#deliver(item)
    else {
      this.#items.push({ due: this.#timing.now() + this.#delay, item })
      if (this.#items.length === 1) this.#wait()
    }
  }

  close(): void {
    this.#cancel?.()
    this.#items.length = 0
  }

  #wait(): void {
    const next = this.#items[0]
    if (!next) return
    this.#cancel = this.#timing.later(Math.max(0, next.due - this.#timing.now()), () => this.#release())
  }

  #release(): void {
    while (this.#items[0] && this.#items[0].due <= this.#timing.now()) {
      this.#deliver((this.#items.shift() as { item: T }).item)
    }
    this.#wait()
  }
}
