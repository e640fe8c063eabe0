// One client of the server: what it has advertised and subscribed to, and the services it serves.
import { ConformError, conform, conformTo } from './conform.ts'
import { type Definition, isKnownMessage, SERVICES } from './definitions.ts'
import { COMPRESSIONS, type Compression, type Encoder, type Frame, toJson } from './encoding.ts'
import { absolute, type Graph, GraphError, type Message, type Publication, type ServiceHandler } from './graph.ts'
import { DelayLine, type Impairment } from './impairment.ts'
import {
  type CallService,
  type Operation,
  OperationError,
  parseOperation,
  type ServiceResponse,
  type Subscribe,
} from './operations.ts'
import { ROSAPI } from './rosapi.ts'
import { Subscription } from './subscription.ts'
import type { Timing } from './timing.ts'

/** rosbridge hands what is published in the first second to those who subscribe within it, s. */
const REPLAYED = 1
/** Bytes that wait on this side: beyond it a queue holds messages back. */
const CONGESTED = 64 * 2 ** 10
/** and beyond this there is no use in adding to them, queue or not. */
const OVERFLOWING = 64 * 2 ** 20

/** The socket, as far as a client needs it. */
export interface Outlet {
  send(frame: Frame): void
  readonly bufferedAmount: number
}

export interface ClientPorts {
  /** in lists of publishers and subscribers */
  name: string
  graph: Graph
  rosapi: Readonly<Record<string, ServiceHandler>>
  encoder: Encoder
  timing: Timing
  outlet: Outlet
  impairment: Impairment
  /** what rosbridge would write into its log */
  log(message: string): void
}

interface Call {
  resolve(response: Message): void
  reject(error: Error): void
}

export class Client {
  readonly #ports: ClientPorts
  readonly #publications = new Map<string, { type: string; publication: Publication }>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #services = new Map<string, () => void>()
  /** to services of this client, that it has not answered yet */
  readonly #calls = new Map<string, Call>()
  readonly #inward: DelayLine<Operation>
  readonly #outward: DelayLine<Frame>
  #callCount = 0
  #isOverflowing = false

  constructor(ports: ClientPorts) {
    this.#ports = ports
    const { timing, impairment, outlet } = ports
    this.#inward = new DelayLine(timing, impairment.latency, (operation: Operation) => this.#perform(operation))
    this.#outward = new DelayLine(timing, impairment.latency, (frame: Frame) => outlet.send(frame))
  }

  /** What the client sent: JSON, which may come as bytes. */
  receive(text: string): void {
    let operation: Operation
    try {
      operation = parseOperation(text)
    } catch (error) {
      if (!(error instanceof OperationError)) throw error
      this.#complain(error.message, error.id)
      return
    }
    if (operation.op === 'publish' && this.#isLost()) return
    this.#inward.push(operation)
  }

  /** The socket took what it was sent. */
  drained(): void {
    for (const subscription of this.#subscriptions.values()) subscription.pump()
  }

  close(): void {
    this.#inward.close()
    this.#outward.close()
    for (const subscription of this.#subscriptions.values()) subscription.close()
    for (const { publication } of this.#publications.values()) publication.close()
    for (const withdraw of this.#services.values()) withdraw()
    for (const { reject } of this.#calls.values()) reject(new GraphError('the client that serves it has gone'))
    for (const held of [this.#subscriptions, this.#publications, this.#services, this.#calls]) held.clear()
  }

  #perform(operation: Operation): void {
    try {
      this.#dispatch(operation)
    } catch (error) {
      if (!(error instanceof GraphError || error instanceof ConformError || error instanceof RangeError)) throw error
      // As rosbridge does: who sent it never hears of it.
      this.#ports.log(`${operation.op}: ${error.message}`)
    }
  }

  #dispatch(operation: Operation): void {
    switch (operation.op) {
      case 'advertise':
        this.#advertise(absolute(operation.topic), operation.type, operation.latch)
        return
      case 'unadvertise':
        this.#unadvertise(absolute(operation.topic))
        return
      case 'publish':
        this.#publish(absolute(operation.topic), operation.msg, operation.latch)
        return
      case 'subscribe':
        this.#subscribe(operation)
        return
      case 'unsubscribe':
        this.#unsubscribe(absolute(operation.topic), operation.id)
        return
      case 'call_service':
        void this.#callService(operation)
        return
      case 'advertise_service':
        this.#advertiseService(absolute(operation.service), operation.type)
        return
      case 'unadvertise_service':
        this.#services.get(absolute(operation.service))?.()
        this.#services.delete(absolute(operation.service))
        return
      case 'service_response':
        this.#answered(operation)
        return
      case 'status':
        this.#ports.log(`status ${operation.level}: ${String(operation.msg)}`)
        return
      case 'set_level':
        // What rosbridge says by itself is too little to be filtered.
        return
    }
  }

  #advertise(topic: string, type: string, latch = false): { type: string; publication: Publication } {
    const existing = this.#publications.get(topic)
    if (existing?.type === type) return existing
    if (existing) throw new GraphError(`${topic} has type ${existing.type}: it cannot be ${type} as well`)
    checkMessageType(type)
    const { graph, name } = this.#ports
    const publication = graph.advertise(topic, type, name, { replayFirst: REPLAYED, latch })
    const advertised = { type, publication }
    this.#publications.set(topic, advertised)
    return advertised
  }

  #unadvertise(topic: string): void {
    this.#publications.get(topic)?.publication.close()
    this.#publications.delete(topic)
  }

  /** Without an advertisement the topic's own type counts, if it has one. */
  #publish(topic: string, msg: unknown, latch?: boolean): void {
    const { graph } = this.#ports
    const type = this.#publications.get(topic)?.type ?? graph.typeOf(topic)
    if (type === undefined) throw new GraphError(`${topic}: advertise it first, its type is not known`)
    const { publication } = this.#advertise(topic, type, latch)
    publication.publish(conform(type, msg ?? {}, graph.now()))
  }

  #subscribe({ topic: given, type: wanted, id = '', ...wish }: Subscribe): void {
    const topic = absolute(given)
    const { graph, name, timing } = this.#ports
    const type = wanted ?? graph.typeOf(topic)
    if (type === undefined) throw new GraphError(`${topic}: its type is not known, name it`)
    const actual = graph.typeOf(topic)
    if (actual !== undefined && actual !== type) {
      throw new GraphError(`${topic} has type ${actual}: it cannot be ${type} as well`)
    }
    checkMessageType(type)
    const compression = compressionOf(wish.compression)
    const existing = this.#subscriptions.get(topic)
    const subscription =
      existing ??
      new Subscription(type, {
        timing,
        send: (message, as) => this.#sendMessage(topic, type, message, as),
        isCongested: () => this.#ports.outlet.bufferedAmount > CONGESTED,
      })
    subscription.add(id, { throttleRate: wish.throttle_rate, queueLength: wish.queue_length, compression })
    if (existing) return
    this.#subscriptions.set(topic, subscription)
    subscription.onLeave(graph.subscribe(topic, type, name, (message) => subscription.push(message)))
  }

  #unsubscribe(topic: string, id: string | undefined): void {
    const subscription = this.#subscriptions.get(topic)
    if (!subscription || subscription.remove(id)) return
    subscription.close()
    this.#subscriptions.delete(topic)
  }

  async #callService({ service, id, args }: CallService): Promise<void> {
    const respond = (values: unknown, result: boolean) =>
      this.#send({ op: 'service_response', ...(id !== undefined && { id }), service, values, result })
    try {
      respond(await this.#serve(absolute(service), args ?? {}), true)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#ports.log(`call_service: ${message}`)
      respond(message, false)
    }
  }

  async #serve(service: string, args: object): Promise<Message> {
    const { graph, rosapi } = this.#ports
    const own = Object.hasOwn(rosapi, service) ? rosapi[service] : undefined
    const type = own ? ROSAPI[service as keyof typeof ROSAPI] : (await graph.services()).get(service)
    if (type === undefined) throw new GraphError(`Service ${service} does not exist`)
    const definition = SERVICES[type]
    if (!definition) throw new GraphError(`${service}: its type ${type || '(unknown)'} is not known here`)
    const request = conformTo(definition.request, named(definition.request, args, service), graph.now(), service)
    if (!own) return graph.callService(service, request)
    return conformTo(definition.response, await own(request), graph.now(), service)
  }

  #advertiseService(service: string, type: string): void {
    const { graph, name } = this.#ports
    this.#services.get(service)?.()
    const withdraw = graph.advertiseService(service, type, name, (args) => {
      const id = `service_request:${service}:${++this.#callCount}`
      this.#send({ op: 'call_service', id, service, args })
      return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
    })
    this.#services.set(service, withdraw)
  }

  #answered({ id, values, result }: ServiceResponse): void {
    const call = this.#calls.get(id)
    if (!call) throw new GraphError(`nobody waits for an answer to ${id}`)
    this.#calls.delete(id)
    if (result) call.resolve((values ?? {}) as Message)
    else call.reject(new GraphError(String(values)))
  }

  #sendMessage(topic: string, type: string, message: Message, compression: Compression): void {
    const { outlet, encoder, log } = this.#ports
    const isFull = outlet.bufferedAmount > OVERFLOWING
    if (isFull && !this.#isOverflowing) log(`${topic}: the client does not read, messages to it are lost`)
    this.#isOverflowing = isFull
    if (isFull || this.#isLost()) return
    let frame: Frame
    try {
      frame = encoder.frame(topic, type, message, compression)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      log(`${topic}: ${error.message}`)
      return
    }
    this.#outward.push(frame)
  }

  #isLost(): boolean {
    const { drop, random } = this.#ports.impairment
    return drop > 0 && random() < drop
  }

  #send(operation: object): void {
    this.#outward.push(toJson(operation))
  }

  #complain(message: string, id: string | undefined): void {
    this.#ports.log(message)
    this.#send({ op: 'status', level: 'error', msg: message, ...(id !== undefined && { id }) })
  }
}

function checkMessageType(type: string): void {
  if (!isKnownMessage(type)) throw new GraphError(`the type ${type} is not known here`)
}

/** What rosbridge does not know it leaves alone. */
function compressionOf(given: string): Compression {
  return COMPRESSIONS.find((known) => known === given) ?? 'none'
}

/** Arguments in a list are those of the definition, in its order. */
function named(definition: Definition, args: object, service: string): object {
  if (!Array.isArray(args)) return args
  const names = Object.keys(definition)
  if (args.length > names.length) throw new ConformError(`${service}: expected ${names.length} arguments at most`)
  return Object.fromEntries(args.map((value, i) => [names[i] as string, value]))
}
