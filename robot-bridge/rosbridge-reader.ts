// A connection to rosbridge that can only read: it lists, asks and listens, and has no way to publish.
import { decode } from 'cbor2'
import { WebSocket } from 'ws'
import type { LiveGraph } from './live-graph.ts'
import { decodeTime, plainTypeName } from './messages.ts'
import { PICTURE_TYPES } from './pictures.ts'

/** The connection, or a service behind it, failed; the message says which and what to do. */
export class RosbridgeError extends Error {
  override readonly name = 'RosbridgeError'
}

export interface ReaderOptions {
  /** for the connection and for each answer, s */
  timeout?: number
  /** of wss: the authority to trust, and a client's certificate with its key, all PEM */
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
}

export interface RosbridgeReader extends LiveGraph {
  close(): void
}

interface Pending {
  resolve(values: Record<string, unknown>): void
  reject(error: Error): void
}

/** Throws a RosbridgeError when nothing answers in time. */
export async function connectReader(url: string, options: ReaderOptions = {}): Promise<RosbridgeReader> {
  const { timeout = 5, ...tls } = options
  const socket = open(url, timeout, tls)
  const pending = new Map<string, Pending>()
  const listeners = new Map<string, (message: unknown) => void>()
  let failure = `${url}: the connection was closed`
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', (error) => {
      failure = `${url}: ${error.message}`
      reject(new RosbridgeError(`${failure}; check the address, and that rosbridge runs there`, { cause: error }))
    })
  })
  socket.on('close', () => {
    for (const { reject } of pending.values()) reject(new RosbridgeError(failure))
    pending.clear()
  })
  socket.on('message', (data: Buffer, isBinary) => {
    const message = parse(data, isBinary)
    const { op, topic, id, values, result } = message
    if (op === 'publish') listeners.get(String(topic))?.(message.msg)
    if (op !== 'service_response') return
    const call = pending.get(String(id))
    if (result === false) call?.reject(new RosbridgeError(`${message.service}: ${JSON.stringify(values)}`))
    else call?.resolve((values ?? {}) as Record<string, unknown>)
    pending.delete(String(id))
  })
  await opened

  let calls = 0
  const call = (service: string, args: object = {}): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) throw new RosbridgeError(failure)
      const id = `call:${++calls}`
      const timer = setTimeout(() => {
        pending.delete(id)
        reject(new RosbridgeError(`${service}: no answer in ${timeout} s; check that rosapi runs beside rosbridge`))
      }, timeout * 1e3)
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer)
          then(value)
        }
      }
      pending.set(id, { resolve: settle(resolve), reject: settle(reject) })
      socket.send(JSON.stringify({ op: 'call_service', id, service, args }))
    })

  return {
    async topics() {
      const { topics, types } = await call('/rosapi/topics')
      const typeOf = strings(types)
      return new Map(strings(topics).map((topic, i) => [topic, typeOf[i] ?? '']))
    },
    async services() {
      return strings((await call('/rosapi/services')).services)
    },
    async publishers(topic) {
      // Not every rosbridge tells.
      const answer = await call('/rosapi/publishers', { topic }).catch(() => undefined)
      return answer && strings(answer.publishers)
    },
    async serverTime() {
      return decodeTime((await call('/rosapi/get_time')).time, 'rosapi/GetTime')
    },
    subscribe(topic, type, onMessage) {
      listeners.set(topic, onMessage)
      // Pictures in JSON are base64, of which a busy bridge makes few.
      const isPicture = PICTURE_TYPES.some((picture) => picture === plainTypeName(type))
      const compression = isPicture ? 'cbor' : 'none'
      socket.send(JSON.stringify({ op: 'subscribe', id: `read:${topic}`, topic, type, compression, throttle_rate: 0 }))
      return () => {
        listeners.delete(topic)
        if (socket.readyState === WebSocket.OPEN) {
          socket.send(JSON.stringify({ op: 'unsubscribe', id: `read:${topic}`, topic }))
        }
      }
    },
    now: () => performance.now() / 1e3,
    sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3)),
    close: () => socket.terminate(),
  }
}

function open(url: string, timeout: number, tls: Omit<ReaderOptions, 'timeout'>): WebSocket {
  try {
    return new WebSocket(url, { handshakeTimeout: timeout * 1e3, perMessageDeflate: false, ...tls })
  } catch (cause) {
    throw new RosbridgeError(`"${url}": expected an address like ws://192.168.0.10:9090`, { cause })
  }
}

/** What cannot be read says nothing. */
function parse(data: Buffer, isBinary: boolean): Record<string, unknown> {
  try {
    const message: unknown = isBinary
      ? decode(new Uint8Array(data.buffer, data.byteOffset, data.length))
      : JSON.parse(data.toString('utf8'))
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
