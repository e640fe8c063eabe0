// A rosbridge server without ROS: the rosbridge v2 protocol on a web socket, with a graph behind it.
//
// Made so that tests, rehearsals and the simulator meet what a real rosbridge does, with what is odd about it. Two things
// it does better: what cannot be done is told to the client, not to a log alone; and a client that does not read is not
// waited for with ever more memory.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { ClientSession, type StatusLevel } from './client-session.ts'
import type { Graph } from './graph.ts'
import { Impairment } from './impairment.ts'
import { type TypeTable, typeTable } from './message-types.ts'
import type { Message } from './populate.ts'
import { serveRosapi } from './rosapi.ts'
import { realScheduler, type Scheduler } from './scheduler.ts'
import type { Compression } from './subscription.ts'
import { cborValue, encodeCbor, jsonValue, textInPng } from './wire-form.ts'

/** An operation may be as large as a picture in base64, bytes. */
const LARGEST_FRAME = 64 * 2 ** 20
/** Of a client that does not read, bytes. */
const MOST_BUFFERED = 32 * 2 ** 20

export interface RosbridgeServerOptions {
  graph: Graph
  /** 0: any that is free */
  port?: number
  /** only this machine, unless told otherwise: rosbridge knows no passwords */
  host?: string
  scheduler?: Scheduler
  /** a bad network: seconds each way, and the share of topics' messages lost each way */
  latency?: number
  drop?: number
  /** 0 to 1, decides which are lost */
  random?: () => number
  log?: (level: StatusLevel, message: string) => void
}

export class RosbridgeServer {
  readonly graph: Graph
  readonly port: number
  /** for clients on this machine */
  readonly url: string
  readonly #server: WebSocketServer
  readonly #options: RosbridgeServerOptions
  readonly #frames: Frames
  readonly #endRosapi: () => void
  #clients = 0
  #dropped = 0

  /** Resolves when it can be dialled. Rejects with the system's error, such as EADDRINUSE. */
  static async listen(options: RosbridgeServerOptions): Promise<RosbridgeServer> {
    const { port = 9090, host = '127.0.0.1' } = options
    const server = new WebSocketServer({ port, host, perMessageDeflate: false, maxPayload: LARGEST_FRAME })
    await once(server, 'listening')
    return new RosbridgeServer(server, options)
  }

  private constructor(server: WebSocketServer, options: RosbridgeServerOptions) {
    this.#server = server
    this.#options = options
    this.graph = options.graph
    const { address, family, port } = server.address() as AddressInfo
    this.port = port
    this.url = `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    this.#frames = new Frames(options.graph)
    this.#endRosapi = serveRosapi(options.graph)
    server.on('connection', (socket, { socket: { remoteAddress, remotePort } }) =>
      this.#connect(socket, `${remoteAddress}:${remotePort}`),
    )
  }

  get clients(): number {
    return this.#server.clients.size
  }

  /** Topics' messages that were not sent because their client does not read. */
  get dropped(): number {
    return this.#dropped
  }

  /** Ends all connections, without their consent. */
  async close(): Promise<void> {
    this.#endRosapi()
    for (const client of this.#server.clients) client.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #connect(socket: WebSocket, address: string): void {
    const { graph, scheduler = realScheduler, latency = 0, drop = 0, random = Math.random } = this.#options
    const log = this.#options.log ?? (() => {})
    const name = `/rosbridge_client_${++this.#clients}`
    const network = () => new Impairment({ latency, drop, random, scheduler })
    const [inwards, outwards] = [network(), network()]
    const session = new ClientSession({
      name,
      graph,
      scheduler,
      log,
      send: (frame, isTopic) =>
        outwards.pass(() => this.#send(socket, frame, isTopic, () => session.drained()), isTopic),
      frameOf: (topic, type, message, compression) => this.#frames.of(topic, type, message, compression),
      isCongested: () => socket.bufferedAmount > 0,
    })
    log('info', `${name} from ${address}`)
    socket.on('message', (data) => {
      const operation = session.parse(String(data))
      if (operation) inwards.pass(() => session.perform(operation), operation.op === 'publish')
    })
    // The close that follows says what there is to say.
    socket.on('error', () => {})
    socket.on('close', () => {
      inwards.close()
      outwards.close()
      session.close()
      log('info', `${name} has gone`)
    })
  }

  #send(socket: WebSocket, frame: string | Uint8Array, isTopic: boolean, drained: () => void): void {
    if (socket.readyState !== socket.OPEN) return
    if (isTopic && socket.bufferedAmount > MOST_BUFFERED) {
      this.#dropped++
      return
    }
    socket.send(frame, () => {
      if (socket.bufferedAmount === 0) drained()
    })
  }
}

/** The frames of a message, each made once for all clients. */
class Frames {
  readonly #types: TypeTable
  readonly #made = new WeakMap<Message, Map<string, string | Uint8Array>>()

  constructor(graph: Graph) {
    this.#types = typeTable(graph.ros)
  }

  of(topic: string, type: string, message: Message, compression: Compression): string | Uint8Array {
    const made = this.#made.get(message) ?? new Map<string, string | Uint8Array>()
    this.#made.set(message, made)
    // Clients name a topic with and without its first slash, and know it by that.
    const key = `${compression} ${topic}`
    const known = made.get(key)
    if (known !== undefined) return known
    const frame = this.#make(topic, type, message, compression)
    made.set(key, frame)
    return frame
  }

  #make(topic: string, type: string, message: Message, compression: Compression): string | Uint8Array {
    const publish = { op: 'publish', topic }
    if (compression === 'cbor') {
      return encodeCbor({ ...publish, msg: cborValue(this.#types, type, message) })
    }
    const text = JSON.stringify({ ...publish, msg: jsonValue(message) })
    return compression === 'png' ? JSON.stringify({ op: 'png', data: textInPng(text) }) : text
  }
}
