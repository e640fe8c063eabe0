// All that one client wants of one topic. However often it subscribes, it gets each message once, and by one setting:
// the least throttle, the shortest queue, and CBOR if any of them asked for it.
import type { Compression } from './encoding.ts'
import { Flow } from './flow.ts'
import type { Message } from './graph.ts'
import type { Timing } from './timing.ts'

export interface Wish {
  /** ms */
  throttleRate: number
  queueLength: number
  compression: Compression
}

export function commonWish(wishes: readonly Wish[]): Wish {
  const compressions = wishes.map(({ compression }) => compression)
  return {
    throttleRate: Math.min(...wishes.map(({ throttleRate }) => throttleRate)),
    queueLength: Math.min(...wishes.map(({ queueLength }) => queueLength)),
    compression: compressions.includes('cbor') ? 'cbor' : compressions.includes('png') ? 'png' : 'none',
  }
}

export interface SubscriptionPorts {
  timing: Timing
  send(message: Message, compression: Compression): void
  isCongested(): boolean
}

export class Subscription {
  readonly type: string
  readonly #flow: Flow<Message>
  readonly #wishes = new Map<string, Wish>()
  #compression: Compression = 'none'
  #leave = () => {}

  constructor(type: string, { timing, send, isCongested }: SubscriptionPorts) {
    this.type = type
    this.#flow = new Flow(timing, (message: Message) => send(message, this.#compression), isCongested)
  }

  /** How to leave the topic. */
  onLeave(leave: () => void): void {
    this.#leave = leave
  }

  add(id: string, wish: Wish): void {
    this.#wishes.set(id, wish)
    this.#apply()
  }

  /** Returns whether anything is wanted still; without an id, nothing is. */
  remove(id: string | undefined): boolean {
    if (id === undefined) this.#wishes.clear()
    else this.#wishes.delete(id)
    if (this.#wishes.size > 0) this.#apply()
    return this.#wishes.size > 0
  }

  push(message: Message): void {
    this.#flow.push(message)
  }

  pump(): void {
    this.#flow.pump()
  }

  close(): void {
    this.#leave()
    this.#flow.close()
  }

  #apply(): void {
    const { throttleRate, queueLength, compression } = commonWish([...this.#wishes.values()])
    this.#compression = compression
    this.#flow.set({ throttle: throttleRate / 1e3, queue: queueLength })
  }
}
