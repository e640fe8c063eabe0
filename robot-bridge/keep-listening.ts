// A reading connection that comes back by itself, knows the time on the ROS side, and has many listeners to a topic.
import { setTimeout as sleepMs } from 'node:timers/promises'
import { ClockOffset } from './clock-offset.ts'
import type { LiveGraph } from './live-graph.ts'
import type { Listening } from './watched-robot.ts'

/** What is kept: a connection that can be made again. */
export type Reader = Pick<LiveGraph, 'subscribe' | 'serverTime' | 'now' | 'topics'> & { close(): void }

export interface KeptListening extends Listening {
  /**
   * As for any listening. `deafFor`: s after it is subscribed in which messages are passed over, which somebody has latched; after
   * it was subscribed again only what was the last to be heard.
   */
  subscribe(
    topic: string,
    type: string,
    onMessage: (message: unknown) => void,
    options?: { deafFor?: number },
  ): () => void
  /** names and types of all topics, as ROS calls them */
  topics(): Promise<ReadonlyMap<string, string>>
  close(): void
}

export interface KeepOptions {
  /** what happens to the connection, for people */
  readonly onNews?: (news: string) => void
  readonly sleep?: (seconds: number) => Promise<unknown>
}

interface Listener {
  readonly hear: (message: unknown) => void
  readonly deafFor: number
  /** as JSON */
  last: string | undefined
}

/** Between two questions for the time, which also tell that the connection lives, s. */
const ASK_EVERY = 1
/** Between two tries to connect again, s. */
const RETRY_EVERY = 1
/** Questions of which the one that was answered quickest tells the time best. */
const QUESTIONS = 5

/** Throws what `connect` throws the first time; later it is tried again until `close`. */
export async function keepListening(
  connect: () => Promise<Reader>,
  { onNews = () => {}, sleep = (seconds) => sleepMs(1000 * seconds) }: KeepOptions = {},
): Promise<KeptListening> {
  const topics = new Map<string, { type: string; listeners: Set<Listener>; end: () => void }>()
  let reader = await connect()
  let offset = await clockOffset(reader)
  let isClosed = false

  const subscribeTo = (topic: string, type: string, listeners: ReadonlySet<Listener>, again = false) => {
    const [from, begun] = [reader, reader.now()]
    return from.subscribe(topic, type, (message) => {
      const elapsed = from.now() - begun
      for (const listener of listeners) {
        const { deafFor, hear } = listener
        if (deafFor > 0) {
          const text = JSON.stringify(message)
          const isLatched = elapsed < deafFor && (!again || listener.last === undefined || listener.last === text)
          listener.last = text
          if (isLatched) continue
        }
        hear(message)
      }
    })
  }

  const reconnect = async () => {
    while (!isClosed) {
      await sleep(RETRY_EVERY)
      const next = await connect().catch(() => undefined)
      if (!next) continue
      if (isClosed) return next.close()
      try {
        offset = await clockOffset(next)
      } catch {
        next.close()
        continue
      }
      reader = next
      for (const [topic, kept] of topics) kept.end = subscribeTo(topic, kept.type, kept.listeners, true)
      return onNews('connected again')
    }
  }
  const watch = async () => {
    while (!isClosed) {
      await sleep(ASK_EVERY)
      try {
        if (!isClosed) offset = await clockOffset(reader)
      } catch (error) {
        if (isClosed) return
        onNews(`connection lost: ${error instanceof Error ? error.message : error}`)
        reader.close()
        await reconnect()
      }
    }
  }
  void watch()

  return {
    now: () => reader.now() + offset,
    topics: () => reader.topics(),
    subscribe(topic, type, hear, { deafFor = 0 } = {}) {
      const listener: Listener = { hear, deafFor, last: undefined }
      const known = topics.get(topic)
      const kept = known ?? { type, listeners: new Set(), end: () => {} }
      kept.listeners.add(listener)
      if (!known) {
        topics.set(topic, kept)
        kept.end = subscribeTo(topic, type, kept.listeners)
      }
      return () => {
        kept.listeners.delete(listener)
        if (kept.listeners.size > 0 || topics.get(topic) !== kept) return
        topics.delete(topic)
        kept.end()
      }
    },
    close() {
      isClosed = true
      reader.close()
    },
  }
}

/** How far the ROS side's clock is ahead of `reader.now()`, s. */
async function clockOffset(reader: Reader): Promise<number> {
  const clock = new ClockOffset()
  for (let i = 0; i < QUESTIONS; i++) {
    const sent = reader.now()
    const stamp = await reader.serverTime()
    clock.add({ sent, received: reader.now(), stamp })
  }
  return clock.offset ?? 0
}
