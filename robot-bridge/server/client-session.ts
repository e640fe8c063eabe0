// One client of the server: the operations of the rosbridge protocol, version 2. No socket: frames in, frames out.
//
//   publish, advertise, unadvertise         subscribe, unsubscribe        call_service
//   advertise_service, unadvertise_service, service_response              fragment, set_level (which is passed over)
//
// What cannot be done is answered by a status message, and by `result: false` where a service was called. A message that
// is not of its topic's type is dropped: rosbridge then writes a line in its log, and we a status as well.

import { Fragments } from './fragments.ts'
import type { Graph, GraphPublisher } from './graph.ts'
import type { Message } from './populate.ts'
import type { Scheduler } from './scheduler.ts'
import { COMPRESSIONS, type Compression, Subscription } from './subscription.ts'
import { jsonValue } from './wire-form.ts'

export type StatusLevel = 'error' | 'warning' | 'info'

export interface SessionPort {
  /** who it is on the graph */
  readonly name: string
  readonly graph: Graph
  readonly scheduler: Scheduler
  /** To the client. `isTopic`: a message of a topic. */
  send(frame: string | Uint8Array, isTopic: boolean): void
  /** A topic's message in that form; several clients may ask for the same. Throws a RangeError for what has none. */
  frameOf(topic: string, type: string, message: Message, compression: Compression): string | Uint8Array
  /** Whether frames wait in this process for the network to take them. */
  isCongested(): boolean
  log(level: StatusLevel, message: string): void
}

type Operation = Record<string, unknown>

/** rosbridge checks the types of an operation's fields, and so do we. */
const FIELDS = {
  string: (value: unknown): value is string => typeof value === 'string',
  integer: (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value),
  boolean: (value: unknown): value is boolean => typeof value === 'boolean',
}

/** Of a frame that is quoted, characters. */
const LONGEST_TEXT = 200

interface Advertisement {
  ids: Set<string | undefined>
  publisher: GraphPublisher
}

interface Listening {
  subscription: Subscription<Message>
  end: () => void
}

export class ClientSession {
  readonly #port: SessionPort
  readonly #advertised = new Map<string, Advertisement>()
  readonly #listening = new Map<string, Listening>()
  readonly #served = new Map<string, () => void>()
  readonly #pending = new Map<string, { resolve(values: unknown): void; reject(error: Error): void }>()
  readonly #fragments = new Fragments()
  #requests = 0

  constructor(port: SessionPort) {
    this.#port = port
  }

  /** A frame of the client, text or JSON in bytes. Returns at once and does not throw. */
  receive(frame: string): void {
    const operation = this.parse(frame)
    if (operation) this.perform(operation)
  }

  /** The operation in a frame; what is none is answered here. */
  parse(frame: string): Operation | undefined {
    let value: unknown
    try {
      value = JSON.parse(frame)
    } catch (error) {
      this.#status('error', `expected JSON, got ${shorten(frame)}: ${(error as Error).message}`)
      return undefined
    }
    if (typeof value !== 'object' || value === null || typeof (value as Operation).op !== 'string') {
      this.#status(
        'error',
        `expected an object with op, one of ${Object.keys(OPERATIONS).join(', ')}: ${shorten(frame)}`,
      )
      return undefined
    }
    return value as Operation
  }

  perform(operation: Operation): void {
    const { op, id } = operation as { op: string; id?: unknown }
    const perform = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined
    try {
      if (!perform) throw new RangeError(`unknown operation, expected one of ${Object.keys(OPERATIONS).join(', ')}`)
      perform(this, operation)
    } catch (error) {
      this.#status('error', `${op}: ${explain(error)}`, id)
    }
  }

  /** The network has taken what was sent. */
  drained(): void {
    for (const { subscription } of this.#listening.values()) subscription.drain()
  }

  /** Takes everything of this client off the graph. */
  close(): void {
    for (const { publisher } of this.#advertised.values()) publisher.close()
    for (const { subscription, end } of this.#listening.values()) {
      end()
      subscription.close()
    }
    for (const end of this.#served.values()) end()
    for (const { reject } of this.#pending.values()) reject(new Error(`${this.#port.name}, which serves it, has gone`))
    this.#advertised.clear()
    this.#listening.clear()
    this.#served.clear()
    this.#pending.clear()
  }

  advertise(operation: Operation): void {
    const topic = name(operation, 'topic')
    const type = field(operation, 'type', 'string') ?? missing('type')
    this.#advertisement(topic, type, field(operation, 'latch', 'boolean') ?? false).ids.add(idOf(operation))
  }

  unadvertise(operation: Operation): void {
    const topic = name(operation, 'topic')
    const advertised = this.#advertised.get(topic)
    if (!advertised) return
    const id = idOf(operation)
    if (id === undefined) advertised.ids.clear()
    else advertised.ids.delete(id)
    if (advertised.ids.size > 0) return
    advertised.publisher.close()
    this.#advertised.delete(topic)
  }

  publish(operation: Operation): void {
    const topic = name(operation, 'topic')
    const type = this.#port.graph.typeOf(topic)
    if (type === undefined) throw new RangeError(`cannot infer the type of ${topic}: advertise it`)
    this.#advertisement(topic, type, field(operation, 'latch', 'boolean') ?? false).publisher.publish(
      operation.msg ?? {},
    )
  }

  subscribe(operation: Operation): void {
    const { graph, scheduler } = this.#port
    const topic = name(operation, 'topic')
    const type = field(operation, 'type', 'string') ?? graph.typeOf(topic)
    if (type === undefined) throw new RangeError(`cannot infer the type of ${topic}: give a type`)
    const wanted = field(operation, 'compression', 'string') ?? 'none'
    const compression = COMPRESSIONS.find((valid) => valid === wanted)
    if (!compression) throw new RangeError(`compression: expected one of ${COMPRESSIONS.join(', ')}, got ${wanted}`)
    const wish = {
      throttleRate: Math.max(0, field(operation, 'throttle_rate', 'integer') ?? 0),
      queueLength: Math.max(0, field(operation, 'queue_length', 'integer') ?? 0),
      compression,
    }
    const known = this.#listening.get(topic)
    if (known) {
      // The graph refuses another type than the topic's.
      graph.subscribe(topic, type, this.#port.name, () => {})()
      known.subscription.add(idOf(operation), wish)
      return
    }
    // Clients look for what they subscribed to by the name that they gave it.
    const asked = String(operation.topic)
    const subscription = new Subscription<Message>(
      {
        send: (message, form) => this.#deliver(asked, type, message, form),
        isCongested: () => this.#port.isCongested(),
      },
      scheduler,
    )
    subscription.add(idOf(operation), wish)
    const end = graph.subscribe(topic, type, this.#port.name, (message) => subscription.take(message))
    this.#listening.set(topic, { subscription, end })
  }

  unsubscribe(operation: Operation): void {
    const topic = name(operation, 'topic')
    const known = this.#listening.get(topic)
    if (!known) return
    known.subscription.remove(idOf(operation))
    if (!known.subscription.isEmpty) return
    known.end()
    this.#listening.delete(topic)
  }

  callService(operation: Operation): void {
    const service = name(operation, 'service')
    const { id, args } = operation
    const answer = (values: unknown, result: boolean) =>
      this.#send({
        op: 'service_response',
        ...(id !== undefined && { id }),
        service,
        values: jsonValue(values),
        result,
      })
    this.#port.graph.call(service, args).then(
      (values) => answer(values, true),
      (error: unknown) => {
        this.#status('error', `call_service ${service}: ${explain(error)}`, id)
        answer(explain(error), false)
      },
    )
  }

  advertiseService(operation: Operation): void {
    const service = name(operation, 'service')
    const type = field(operation, 'type', 'string') ?? missing('type')
    // Offered again, it is offered anew.
    this.#served.get(service)?.()
    this.#served.set(
      service,
      this.#port.graph.serve(service, type, (args) => this.#ask(service, args)),
    )
  }

  unadvertiseService(operation: Operation): void {
    const service = name(operation, 'service')
    this.#served.get(service)?.()
    this.#served.delete(service)
  }

  serviceResponse({ id, values, result }: Operation): void {
    const pending = this.#pending.get(String(id))
    if (!pending) throw new RangeError(`expected the id of a request that is waited for, got ${String(id)}`)
    this.#pending.delete(String(id))
    if (result === false) pending.reject(new Error(typeof values === 'string' ? values : JSON.stringify(values)))
    else pending.resolve(values)
  }

  /** A part of an operation too long for one frame. */
  fragment(operation: Operation): void {
    const whole = this.#fragments.add(operation)
    if (whole !== undefined) this.receive(whole)
  }

  #advertisement(topic: string, type: string, latch: boolean): Advertisement {
    const known = this.#advertised.get(topic)
    if (known) {
      // As with a subscription: a second type is refused.
      this.#port.graph.advertise(topic, type, { node: this.#port.name }).close()
      return known
    }
    const publisher = this.#port.graph.advertise(topic, type, { node: this.#port.name, latch })
    const advertisement = { ids: new Set<string | undefined>(), publisher }
    this.#advertised.set(topic, advertisement)
    return advertisement
  }

  #deliver(topic: string, type: string, message: Message, compression: Compression): void {
    try {
      this.#port.send(this.#port.frameOf(topic, type, message, compression), true)
    } catch (error) {
      this.#status('error', `${topic}: ${explain(error)}`)
    }
  }

  #ask(service: string, args: Message): Promise<unknown> {
    const id = `service_request:${service}:${++this.#requests}`
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#send({ op: 'call_service', id, service, args: jsonValue(args) })
    })
  }

  #status(level: StatusLevel, msg: string, id?: unknown): void {
    this.#port.log(level, `${this.#port.name}: ${msg}`)
    this.#send({ op: 'status', level, msg, ...(id !== undefined && { id }) })
  }

  #send(message: object): void {
    this.#port.send(JSON.stringify(message), false)
  }
}

const OPERATIONS: Readonly<Record<string, (session: ClientSession, operation: Operation) => void>> = {
  advertise: (session, operation) => session.advertise(operation),
  unadvertise: (session, operation) => session.unadvertise(operation),
  publish: (session, operation) => session.publish(operation),
  subscribe: (session, operation) => session.subscribe(operation),
  unsubscribe: (session, operation) => session.unsubscribe(operation),
  call_service: (session, operation) => session.callService(operation),
  advertise_service: (session, operation) => session.advertiseService(operation),
  unadvertise_service: (session, operation) => session.unadvertiseService(operation),
  service_response: (session, operation) => session.serviceResponse(operation),
  fragment: (session, operation) => session.fragment(operation),
  set_level: () => {},
  status: () => {},
}

interface FieldTypes {
  string: string
  integer: number
  boolean: boolean
}

function field<K extends keyof FieldTypes>(operation: Operation, name: string, kind: K): FieldTypes[K] | undefined {
  const value = operation[name]
  if (value === undefined || value === null) return undefined
  if (!FIELDS[kind](value))
    throw new RangeError(`${name}: expected a value of type ${kind}, got ${JSON.stringify(value)}`)
  return value as FieldTypes[K]
}

const missing = (name: string): never => {
  throw new RangeError(`${name}: expected one, got nothing`)
}

/** Of a topic or service, absolute. */
function name(operation: Operation, of: string): string {
  const given = field(operation, of, 'string') || missing(of)
  return given.startsWith('/') ? given : `/${given}`
}

const idOf = ({ id }: Operation): string | undefined => (id === undefined || id === null ? undefined : String(id))

const explain = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const shorten = (text: string): string =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text
