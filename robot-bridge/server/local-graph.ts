// A ROS graph within this process: what our rosbridge server stands on when there is no ROS.
import { plainTypeName, type RosVersion } from '../messages.ts'
import type { AdvertiseOptions, Graph, GraphPublisher, OnMessage } from './graph.ts'
import { type TypeTable, typeTable } from './message-types.ts'
import { type Message, populate, populateFields } from './populate.ts'

/**
 * rosbridge keeps what is published in the first second after a topic was advertised, and gives it to those who subscribe
 * within that second, so that nothing is lost while connections are made. Commands are among it.
 */
const REPLAYED = 1

interface Publication extends AdvertiseOptions {
  since: number
  kept: Message[]
  count: number
}

interface Topic {
  type: string
  publications: Set<Publication>
  subscriptions: Set<{ node: string; onMessage: OnMessage }>
}

export interface LocalGraphOptions {
  ros?: RosVersion
  /** ROS time, s */
  now?: () => number
}

/** s since 1970, without the steps of a clock that is set */
export const wallClock = (): number => (performance.timeOrigin + performance.now()) / 1e3

export class LocalGraph implements Graph {
  readonly ros: RosVersion
  readonly now: () => number
  readonly #types: TypeTable
  readonly #topics = new Map<string, Topic>()
  readonly #services = new Map<string, { type: string; handle: (request: Message) => Promise<unknown> }>()

  constructor({ ros = 1, now = wallClock }: LocalGraphOptions = {}) {
    this.ros = ros
    this.now = now
    this.#types = typeTable(ros)
  }

  typeOf(topic: string): string | undefined {
    return this.#topics.get(topic)?.type
  }

  /** What nobody hears need not be made. */
  hasSubscribers(topic: string): boolean {
    return (this.#topics.get(topic)?.subscriptions.size ?? 0) > 0
  }

  async topics(): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.#topics].map(([name, { type }]) => [name, type]))
  }

  async services(): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.#services].map(([name, { type }]) => [name, type]))
  }

  async publishers(topic: string): Promise<readonly string[]> {
    return unique([...(this.#topics.get(topic)?.publications ?? [])].map(({ node }) => node))
  }

  async subscribers(topic: string): Promise<readonly string[]> {
    return unique([...(this.#topics.get(topic)?.subscriptions ?? [])].map(({ node }) => node))
  }

  advertise(name: string, type: string, options: AdvertiseOptions): GraphPublisher {
    const topic = this.#open(name, type)
    const publication: Publication = { ...options, since: this.now(), kept: [], count: 0 }
    topic.publications.add(publication)
    return {
      publish: (value) => this.#publish(topic, publication, value),
      close: () => {
        topic.publications.delete(publication)
        this.#tidy(name, topic)
      },
    }
  }

  subscribe(name: string, type: string, node: string, onMessage: OnMessage): () => void {
    const topic = this.#open(name, type)
    const subscription = { node, onMessage }
    topic.subscriptions.add(subscription)
    for (const { node: from, latch, since, kept } of topic.publications) {
      if (latch || this.now() - since <= REPLAYED) for (const message of [...kept]) onMessage(message, from)
    }
    return () => {
      topic.subscriptions.delete(subscription)
      this.#tidy(name, topic)
    }
  }

  async call(name: string, request: unknown): Promise<Message> {
    const service = this.#services.get(name)
    if (!service) throw new Error(`Service ${name} does not exist`)
    const { request: asked, response } = this.#types.service(service.type)
    const whole = populateFields(service.type, asked, request, { types: this.#types, now: this.now() })
    const answer = await service.handle(whole)
    return populateFields(service.type, response, answer, { types: this.#types, now: this.now() })
  }

  serve(name: string, type: string, handle: (request: Message) => Promise<unknown>): () => void {
    this.#types.service(type)
    if (this.#services.has(name)) throw new RangeError(`service ${name} is offered already`)
    const service = { type: plainTypeName(type), handle }
    this.#services.set(name, service)
    return () => {
      if (this.#services.get(name) === service) this.#services.delete(name)
    }
  }

  #open(name: string, type: string): Topic {
    this.#types.message(type)
    const plain = plainTypeName(type)
    const topic = this.#topics.get(name) ?? { type: plain, publications: new Set(), subscriptions: new Set() }
    if (topic.type !== plain) throw new RangeError(`topic ${name} is of type ${topic.type}, got ${plain}`)
    this.#topics.set(name, topic)
    return topic
  }

  #publish(topic: Topic, publication: Publication, value: unknown): void {
    const now = this.now()
    const message = populate(topic.type, value, { types: this.#types, now })
    publication.count++
    // A ROS 1 publisher numbers messages that begin with a header, whatever their sender wrote there.
    const { header } = message as { header?: Message }
    if (header && this.ros === 1) header.seq = publication.count
    if (publication.latch) publication.kept = [message]
    else if (now - publication.since <= REPLAYED) publication.kept.push(message)
    else publication.kept = []
    for (const { onMessage } of [...topic.subscriptions]) onMessage(message, publication.node)
  }

  /** A topic that nobody speaks of any more may come back with another type. */
  #tidy(name: string, topic: Topic): void {
    const isEmpty = topic.publications.size === 0 && topic.subscriptions.size === 0
    if (isEmpty && this.#topics.get(name) === topic) this.#topics.delete(name)
  }
}

const unique = <T>(items: T[]): T[] => [...new Set(items)]
