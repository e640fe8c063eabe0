// Topics of a ROS 1 graph: published and subscribed to once each, however many in this process ask for it.
import type { Publication, RosNode, Subscription } from '@foxglove/ros1'
import { definitionText, type FieldsOf } from './definition-text.ts'
import { framed } from './framed.ts'
import { fromSerializable, type Message, toSerializable } from './message-form.ts'

export interface Published {
  publish(message: Message): void
  close(): void
}

/** A message, and the node that published it. */
export type OnMessage = (message: Message, from: string) => void

/**
 * rosbridge keeps what is published in the first second after a topic was advertised, and gives it to whoever subscribes
 * within that second, ms.
 */
const REPLAYED = 1000

interface Outgoing {
  type: string
  users: number
  count: number
  since: number
  /** of the first second */
  kept: unknown[]
  ready: Promise<Publication>
}
interface Incoming {
  type: string
  subscription: Subscription
  listeners: Set<OnMessage>
}

/** `fieldsOf` throws for types that it does not know; so do `advertise` and `subscribe` then. */
export class Topics {
  readonly #node: RosNode
  readonly #fieldsOf: FieldsOf
  readonly #outgoing = new Map<string, Outgoing>()
  readonly #incoming = new Map<string, Incoming>()

  constructor(node: RosNode, fieldsOf: FieldsOf) {
    this.#node = node
    this.#fieldsOf = fieldsOf
  }

  /** Of a topic that is used here. */
  typeOf(topic: string): string | undefined {
    return this.#outgoing.get(topic)?.type ?? this.#incoming.get(topic)?.type
  }

  /** Throws a RangeError when the topic has another type. The first who asks says whether it is latched. */
  advertise(topic: string, type: string, latch = false): Published {
    this.#expectType(topic, type)
    const outgoing = this.#outgoing.get(topic) ?? this.#open(topic, type, latch)
    outgoing.users++
    this.#outgoing.set(topic, outgoing)
    let isOpen = true
    return {
      publish: (message) => {
        if (isOpen) this.#publish(topic, outgoing, message)
      },
      close: () => {
        if (!isOpen) return
        isOpen = false
        outgoing.users--
        if (outgoing.users > 0) return
        this.#outgoing.delete(topic)
        outgoing.ready.then(
          () => this.#outgoing.has(topic) || this.#node.unadvertise(topic),
          () => {},
        )
      },
    }
  }

  #open(topic: string, type: string, latching: boolean): Outgoing {
    const messageDefinitionText = definitionText(this.#fieldsOf(type), this.#fieldsOf)
    const ready = this.#node.advertise({ topic, dataType: type, latching, messageDefinitionText })
    const outgoing: Outgoing = { type, users: 0, count: 0, since: performance.now(), kept: [], ready }
    ready.then(
      (publication) => {
        if (!latching) replayTo(publication, outgoing)
      },
      // A topic that cannot be published on tells whoever publishes, not whoever is not listening.
      () => {},
    )
    return outgoing
  }

  /** In order, once the master knows of the topic. */
  #publish(topic: string, outgoing: Outgoing, message: Message): void {
    outgoing.count++
    // A ROS 1 publisher numbers messages that begin with a header, whatever their sender wrote there.
    const { header } = message as { header?: Message }
    const numbered = header ? { ...message, header: { ...header, seq: outgoing.count } } : message
    const serializable = toSerializable(numbered)
    const isEarly = performance.now() - outgoing.since <= REPLAYED
    outgoing.ready
      .then(() => {
        if (isEarly) outgoing.kept.push(serializable)
        else outgoing.kept = []
        return this.#node.publish(topic, serializable)
      })
      .catch((error) => this.#node.emit('error', error))
  }

  /** Until the answer is called. Throws a RangeError when the topic has another type. */
  subscribe(topic: string, type: string, onMessage: OnMessage): () => void {
    this.#expectType(topic, type)
    this.#fieldsOf(type)
    const incoming = this.#incoming.get(topic) ?? this.#listen(topic, type)
    this.#incoming.set(topic, incoming)
    const listener: OnMessage = (message, from) => onMessage(message, from)
    incoming.listeners.add(listener)
    return () => {
      incoming.listeners.delete(listener)
      if (incoming.listeners.size > 0 || this.#incoming.get(topic) !== incoming) return
      this.#incoming.delete(topic)
      this.#node.unsubscribe(topic)
    }
  }

  #listen(topic: string, type: string): Incoming {
    const subscription = this.#node.subscribe({ topic, dataType: type, tcpNoDelay: true })
    const incoming: Incoming = { type, subscription, listeners: new Set() }
    subscription.on('message', (raw, _, publisher) => {
      // A publisher that is told of while it is being connected to is connected to twice.
      const url = publisher.publisherXmlRpcUrl()
      const first = [...subscription.publishers().values()].find((each) => each.publisherXmlRpcUrl() === url)
      if (first !== publisher) return
      const from = publisher.connection.header().get('callerid') ?? url
      const message = fromSerializable(raw) as Message
      for (const listener of incoming.listeners) listener(message, from)
    })
    return incoming
  }

  #expectType(topic: string, type: string): void {
    const known = this.typeOf(topic)
    if (known !== undefined && known !== type) throw new RangeError(`topic ${topic} is of type ${known}, got ${type}`)
  }
}

/** Gives what was kept to each new subscriber, before anything else. */
function replayTo(publication: Publication, outgoing: Outgoing): void {
  const addSubscriber = publication.addSubscriber.bind(publication)
  publication.addSubscriber = (connectionId, callerId, client) => {
    addSubscriber(connectionId, callerId, client)
    if (performance.now() - outgoing.since > REPLAYED) return
    for (const message of outgoing.kept) void client.write(framed(publication.messageWriter.writeMessage(message)))
  }
}
