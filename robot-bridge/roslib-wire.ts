// A wire of roslib: one Ros for one connection.
//
// roslib keeps what is published while it is disconnected, and reconnects topics by itself. A Ros that is thrown away with
// its connection can do neither, and `reconnect_on_close: false` keeps its topics from trying.
import { Ros, Service, Topic } from 'roslib'
import { MalformedFrame, openTransport, type TlsOptions, type WsTransport } from './transport.ts'
import type { SubscribeOptions, Wire, WireHandlers } from './wire.ts'

/** One on either side: a command that waits for another is worth nothing. */
const ONE = { queue_size: 1, queue_length: 1, reconnect_on_close: false } as const

export function dialRosbridge(url: string, tls: TlsOptions, handlers: WireHandlers): Wire {
  let transport: WsTransport | undefined
  let failure: string | undefined
  let ended = false
  const closed = (reason: string) => {
    if (ended) return
    ended = true
    handlers.closed(failure ?? reason)
  }
  const ros = new Ros({
    transportFactory: async (address) => {
      transport = openTransport(address, tls)
      if (ended) transport.terminate()
      transport.on('message', (message) => {
        if (message.op === 'status') {
          const { level, msg } = message as { level?: unknown; msg?: unknown }
          handlers.status(String(level), String(msg))
        }
      })
      return transport
    },
  })
  ros.on('connection', () => handlers.opened())
  ros.on('close', (reason) => closed(String(reason)))
  ros.on('error', (error) => {
    if (error instanceof MalformedFrame) handlers.malformed(error.message)
    else failure = `${url}: ${describe(error)}`
  })
  ros.connect(url).catch((error: unknown) => closed(`"${url}": ${describe(error)}`))

  const topics = new Map<string, Topic<object>>()
  const topic = (name: string, type: string, options: object = {}) =>
    new Topic<object>({ ros, name, messageType: type, ...ONE, ...options })
  return {
    subscribe(name, type, { compression = 'none', throttle = 0, queue = 1 }: SubscribeOptions = {}) {
      const options = { compression, throttle_rate: throttle, queue_length: queue }
      topic(name, type, options).subscribe((message) => handlers.message(name, message))
    },
    advertise(name, type) {
      const advertised = topic(name, type)
      topics.set(name, advertised)
      advertised.advertise()
    },
    publish(name, message) {
      const advertised = topics.get(name)
      if (!advertised) throw new Error(`expected a topic that was advertised, got ${name}`)
      // roslib would keep it for later.
      if (!transport?.isOpen()) return false
      const { dropped } = transport
      advertised.publish(message)
      return transport.dropped === dropped
    },
    call(name, type, args, done) {
      if (!transport?.isOpen()) return
      new Service<object, unknown>({ ros, name, serviceType: type }).callService(
        args,
        (values) => done({ ok: true, values }),
        (message) => done({ ok: false, message: typeof message === 'string' ? message : JSON.stringify(message) }),
      )
    },
    close() {
      if (transport?.isOpen()) transport.close()
      else this.terminate()
    },
    terminate() {
      transport?.terminate()
      closed('ended from here')
    },
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A host with several addresses fails once for each.
  return error instanceof AggregateError ? error.errors.map(describe).join('; ') : error.message
}
