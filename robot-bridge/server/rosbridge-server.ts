// A rosbridge, protocol version 2, over any graph: for a robot that is simulated, and for tests.
//
// It behaves as rosbridge_suite does on ROS 1, with what clients must not rely on and must not be hurt by: see conform.ts
// (missing fields), client.ts (late subscribers, complaints that only the log hears), encoding.ts (CBOR) and
// subscription.ts (one setting for a client and topic).
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { Client } from './client.ts'
import { Encoder } from './encoding.ts'
import type { Graph } from './graph.ts'
import type { Impairment } from './impairment.ts'
import { rosapi } from './rosapi.ts'
import { systemTiming, type Timing } from './timing.ts'

export interface RosbridgeServerOptions {
  graph: Graph
  /** 0: one that is free */
  port?: number
  /** default: this machine only. rosbridge asks nobody who they are. */
  host?: string
  /** wss: certificate and key in PEM, and an authority if clients need a certificate too */
  tls?: { cert: string; key: string; ca?: string }
  impairment?: Impairment
  /** what rosbridge would write into its log */
  log?: (message: string) => void
  timing?: Timing
}

/** A frame may be as large as a picture in base64, bytes. */
const LARGEST_FRAME = 64 * 2 ** 20
const NO_IMPAIRMENT: Impairment = { latency: 0, drop: 0, random: () => 1 }

export class RosbridgeServer {
  readonly #options: RosbridgeServerOptions
  readonly #sockets: WebSocketServer
  readonly #http: ReturnType<typeof createHttpServer>
  readonly #encoder = new Encoder()
  readonly #isTls: boolean
  #count = 0

  /** Throws the system's error when the port is taken. */
  static async listen(options: RosbridgeServerOptions): Promise<RosbridgeServer> {
    const { port = 0, host = '127.0.0.1', tls } = options
    const http = tls ? createHttpsServer({ ...tls, requestCert: tls.ca !== undefined }) : createHttpServer()
    http.listen(port, host)
    await once(http, 'listening')
    return new RosbridgeServer(options, http, tls !== undefined)
  }

  private constructor(options: RosbridgeServerOptions, http: ReturnType<typeof createHttpServer>, isTls: boolean) {
    this.#options = options
    this.#http = http
    this.#isTls = isTls
    this.#sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: LARGEST_FRAME })
    this.#sockets.on('connection', (socket) => this.#welcome(socket))
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get url(): string {
    const { address, family } = this.#http.address() as AddressInfo
    const host = family === 'IPv6' ? `[${address}]` : address
    return `${this.#isTls ? 'wss' : 'ws'}://${host}:${this.port}`
  }

  get clients(): number {
    return this.#sockets.clients.size
  }

  /** Breaks all connections off. May be called twice. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    this.#http.closeAllConnections()
    if (!this.#http.listening) return
    this.#http.close()
    await once(this.#http, 'close')
  }

  #welcome(socket: WebSocket): void {
    const { graph, timing = systemTiming, impairment = NO_IMPAIRMENT, log = () => {} } = this.#options
    const name = `/rosbridge/client_${++this.#count}`
    const client = new Client({
      name,
      graph,
      rosapi: rosapi(graph),
      encoder: this.#encoder,
      timing,
      impairment,
      outlet: {
        get bufferedAmount() {
          return socket.bufferedAmount
        },
        send: (frame) => {
          if (socket.readyState === socket.OPEN) socket.send(frame, () => client.drained())
        },
      },
      log: (message) => log(`${name}: ${message}`),
    })
    socket.on('message', (data) => client.receive(data.toString()))
    socket.on('error', (error) => log(`${name}: ${error.message}`))
    socket.on('close', () => client.close())
  }
}
