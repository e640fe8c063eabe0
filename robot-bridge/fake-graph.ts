// A live system for tests: it publishes on time, by a clock that moves only when it is waited for.
import type { LiveGraph } from './live-graph.ts'

export interface FakeTopic {
  type: string
  /** Hz; none: it is silent */
  rate?: number
  /** s it takes from its stamp to its arrival */
  latency?: number
  /** the message of a stamp, s, and of how many came before */
  message?: (stamp: number, index: number) => unknown
}

/** Its time is `ahead` seconds ahead of ours; each question takes `roundTrip` seconds. */
export class FakeGraph implements LiveGraph {
  readonly #topics: Record<string, FakeTopic>
  readonly #services: string[]
  readonly #publishers: NonNullable<FakeOptions['publishers']>
  readonly #ahead: number
  readonly #roundTrip: number
  readonly #subscriptions = new Map<string, { since: number; onMessage: (message: unknown) => void }>()
  #time = 0

  constructor(
    topics: Record<string, FakeTopic>,
    { services = [], publishers = {}, ahead = 1_000, roundTrip = 0.002 }: FakeOptions = {},
  ) {
    this.#topics = topics
    this.#services = services
    this.#publishers = publishers
    this.#ahead = ahead
    this.#roundTrip = roundTrip
  }

  async topics() {
    return new Map(Object.entries(this.#topics).map(([name, { type }]) => [name, type]))
  }

  async services() {
    return this.#services
  }

  async publishers(topic: string) {
    const tell = this.#publishers[topic]
    return tell ? tell(this.#time) : []
  }

  async serverTime() {
    await this.sleep(this.#roundTrip / 2)
    const time = this.#time + this.#ahead
    await this.sleep(this.#roundTrip / 2)
    return time
  }

  subscribe(topic: string, _type: string, onMessage: (message: unknown) => void) {
    this.#subscriptions.set(topic, { since: this.#time, onMessage })
    return () => void this.#subscriptions.delete(topic)
  }

  now() {
    return this.#time
  }

  /** Delivers what arrives meanwhile, in order. */
  async sleep(seconds: number) {
    const until = this.#time + seconds
    const due = [...this.#subscriptions].flatMap(([topic, { since, onMessage }]) => {
      const { rate = 0, latency = 0.005, message } = this.#topics[topic] as FakeTopic
      if (rate === 0 || !message) return []
      const first = Math.floor((this.#time - since) * rate) + 1
      const last = Math.floor((until - since) * rate)
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
        const time = since + (first + i) / rate
        return { time, deliver: () => onMessage(message(time + this.#ahead - latency, first + i)) }
      })
    })
    for (const { time, deliver } of due.sort((a, b) => a.time - b.time)) {
      this.#time = time
      deliver()
    }
    this.#time = until
  }
}

export interface FakeOptions {
  services?: string[]
  /** who publishes a topic, at a time of ours */
  publishers?: Record<string, (time: number) => string[] | undefined>
  ahead?: number
  roundTrip?: number
}
