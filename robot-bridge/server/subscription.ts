// What one client gets of one topic. However often it subscribes, it has one setting, which suits all its wishes:
//
//   throttle_rate   ms between messages, the least asked for; what comes too early is dropped, or waits in the queue
//   queue_length    the least asked for; 0: no queue. A full queue loses its oldest.
//   compression     cbor if anyone wants that, else png, else none
import type { Scheduler } from './scheduler.ts'

export const COMPRESSIONS = ['none', 'png', 'cbor'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export interface Wish {
  /** ms */
  throttleRate: number
  queueLength: number
  compression: Compression
}

export interface Outlet<M> {
  send(message: M, compression: Compression): void
  /** Whether what was sent before is still waiting here: a queue holds back then. */
  isCongested(): boolean
}

/** rosbridge compares clock readings that it rounds; ours are doubles, s. */
const EPSILON = 1e-9

export class Subscription<M> {
  readonly #outlet: Outlet<M>
  readonly #scheduler: Scheduler
  readonly #wishes = new Map<string | undefined, Wish>()
  #setting: Wish = { throttleRate: 0, queueLength: 0, compression: 'none' }
  #queue: M[] = []
  #last = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(outlet: Outlet<M>, scheduler: Scheduler) {
    this.#outlet = outlet
    this.#scheduler = scheduler
  }

  get isEmpty(): boolean {
    return this.#wishes.size === 0
  }

  /** One more wish, or another instead of the one of that id. */
  add(id: string | undefined, wish: Wish): void {
    this.#wishes.set(id, wish)
    this.#settle()
  }

  /** Without an id all wishes go. */
  remove(id: string | undefined): void {
    if (id === undefined) this.#wishes.clear()
    else this.#wishes.delete(id)
    if (this.isEmpty) this.close()
    else this.#settle()
  }

  take(message: M): void {
    if (this.#setting.queueLength === 0) {
      if (this.#remaining() === 0) this.#send(message)
      return
    }
    this.#queue.push(message)
    this.#cut()
    this.drain()
  }

  /** Sends what waits, as far as it may be sent now: call this when congestion is over, too. */
  drain(): void {
    while (this.#queue.length > 0 && !this.#outlet.isCongested()) {
      const wait = this.#remaining()
      if (wait > 0) {
        this.#cancel ??= this.#scheduler.after(wait, () => {
          this.#cancel = undefined
          this.drain()
        })
        return
      }
      this.#send(this.#queue.shift() as M)
    }
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#queue = []
  }

  #settle(): void {
    const wishes = [...this.#wishes.values()]
    this.#setting = {
      throttleRate: Math.min(...wishes.map(({ throttleRate }) => throttleRate)),
      queueLength: Math.min(...wishes.map(({ queueLength }) => queueLength)),
      compression: COMPRESSIONS.findLast((name) => wishes.some(({ compression }) => compression === name)) ?? 'none',
    }
    this.#cut()
    this.#cancel?.()
    this.#cancel = undefined
    this.drain()
  }

  /** Without a queue what waited is let go. */
  #cut(): void {
    const tooMany = this.#queue.length - this.#setting.queueLength
    if (tooMany > 0) this.#queue.splice(0, tooMany)
  }

  /** s until the next message may be sent */
  #remaining(): number {
    const wait = this.#last + this.#setting.throttleRate / 1e3 - this.#scheduler.now()
    return wait > EPSILON ? wait : 0
  }

  #send(message: M): void {
    this.#last = this.#scheduler.now()
    this.#outlet.send(message, this.#setting.compression)
  }
}
