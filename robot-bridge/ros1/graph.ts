// The graph of a ROS 1 master, for our rosbridge server to stand on: real nodes then hear what clients send, and answer.
//
// For tests: what publishes is one node, as rosbridge is, whoever its clients are. Services can be called; those that are
// offered here are known to clients of the server alone.
import type { RosNode } from '@foxglove/ros1'
import type { AdvertiseOptions, Graph, GraphPublisher, OnMessage } from '../server/graph.ts'
import { wallClock } from '../server/local-graph.ts'
import { type TypeTable, typeTable } from '../server/message-types.ts'
import { type Message, populate, populateFields } from '../server/populate.ts'
import { callService, serviceType } from './call-service.ts'
import { definitionText } from './definition-text.ts'
import { fromSerializable, toSerializable } from './message-form.ts'
import { startRosNode } from './ros-node.ts'
import { Topics } from './topics.ts'

/** How often the master is asked for types of topics, ms. */
const LOOK_EVERY = 500

interface Served {
  type: string
  handle: (request: Message) => Promise<unknown>
}

export class Ros1Graph implements Graph {
  readonly ros = 1
  readonly #node: RosNode
  readonly #types: TypeTable = typeTable(1)
  readonly #topics: Topics
  readonly #served = new Map<string, Served>()
  readonly #looking: NodeJS.Timeout
  #known: ReadonlyMap<string, string> = new Map()

  static async connect(name: string, rosMasterUri: string): Promise<Ros1Graph> {
    const graph = new Ros1Graph(await startRosNode(name, rosMasterUri))
    await graph.topics()
    return graph
  }

  private constructor(node: RosNode) {
    this.#node = node
    this.#topics = new Topics(node, (type) => this.#types.message(type))
    // A master that does not answer is asked again.
    this.#looking = setInterval(() => this.topics().catch(() => {}), LOOK_EVERY).unref()
  }

  close(): void {
    clearInterval(this.#looking)
    this.#node.shutdown()
  }

  now(): number {
    return wallClock()
  }

  typeOf(topic: string): string | undefined {
    return this.#topics.typeOf(topic) ?? this.#known.get(topic)
  }

  async topics(): Promise<ReadonlyMap<string, string>> {
    const [status, message, types] = await this.#node.rosMasterClient.getTopicTypes(this.#node.name)
    if (status !== 1) throw new Error(`the ROS master does not tell the topics: ${message}`)
    // Of a topic that is only listened to by whoever takes any type, the type is `*`.
    this.#known = new Map((types as [string, string][]).filter(([, type]) => type !== '*'))
    return this.#known
  }

  async services(): Promise<ReadonlyMap<string, string>> {
    const { services } = await this.#node.getSystemState()
    const remote = [...services.keys()].map(async (name): Promise<[string, string]> => {
      // A service whose node is gone is on the master's list still.
      return [name, await serviceType(this.#node, name).catch(() => '')]
    })
    const local = [...this.#served].map(([name, { type }]): [string, string] => [name, type])
    return new Map([...(await Promise.all(remote)), ...local])
  }

  async publishers(topic: string): Promise<readonly string[]> {
    return [...((await this.#node.getSystemState()).publishers.get(topic) ?? [])]
  }

  async subscribers(topic: string): Promise<readonly string[]> {
    return [...((await this.#node.getSystemState()).subscribers.get(topic) ?? [])]
  }

  advertise(topic: string, type: string, { latch }: AdvertiseOptions): GraphPublisher {
    this.#expectType(topic, type)
    const published = this.#topics.advertise(topic, type, latch)
    return {
      publish: (value) => published.publish(populate(type, value, { types: this.#types, now: this.now() })),
      close: () => published.close(),
    }
  }

  subscribe(topic: string, type: string, _node: string, onMessage: OnMessage): () => void {
    this.#expectType(topic, type)
    return this.#topics.subscribe(topic, type, onMessage)
  }

  async call(service: string, request: unknown): Promise<Message> {
    const served = this.#served.get(service)
    if (served) return this.#callLocal(served, request)
    const response = await callService(this.#node, service, (type) => {
      const { request: asked } = this.#types.service(type)
      const whole = populateFields(type, asked, request, { types: this.#types, now: this.now() })
      return { request: toSerializable(whole), definition: this.#definitionOf(type) }
    })
    return fromSerializable(response) as Message
  }

  async #callLocal({ type, handle }: Served, request: unknown): Promise<Message> {
    const { request: asked, response } = this.#types.service(type)
    const whole = populateFields(type, asked, request, { types: this.#types, now: this.now() })
    return populateFields(type, response, await handle(whole), { types: this.#types, now: this.now() })
  }

  serve(service: string, type: string, handle: (request: Message) => Promise<unknown>): () => void {
    this.#types.service(type)
    if (this.#served.has(service)) throw new RangeError(`service ${service} is offered already`)
    this.#served.set(service, { type, handle })
    return () => this.#served.delete(service)
  }

  #definitionOf(type: string): { request: string; response: string } {
    const { request, response } = this.#types.service(type)
    const fieldsOf = (part: string) => this.#types.message(part)
    return { request: definitionText(request, fieldsOf), response: definitionText(response, fieldsOf) }
  }

  #expectType(topic: string, type: string): void {
    const known = this.typeOf(topic)
    if (known !== undefined && known !== type) throw new RangeError(`topic ${topic} is of type ${known}, got ${type}`)
  }
}
