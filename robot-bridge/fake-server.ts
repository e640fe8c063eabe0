// A rosbridge on a socket with a guarded arm behind it, for tests in real time: small, and as easy to break as to serve.
//
// The guard is the real one, and lives on when the bridge is frozen, as a node beside it does. The arm goes where the
// guard tells it at once. Served is what the profile `sim` names.
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { encode } from 'cbor2'
import { type WebSocket, WebSocketServer } from 'ws'
import { makePose, type Pose } from '../geometry/index.ts'
import { Guard, type GuardedPose, type GuardState, guardSettings, type Reaction } from './guard/guard.ts'
import { localNow } from './local-clock.ts'
import {
  decodePoseStamped,
  encodeCameraInfo,
  encodePoseStamped,
  encodeString,
  encodeTime,
  encodeWrenchStamped,
} from './messages.ts'
import { encodeColour, encodeDepth, jsonForm } from './pictures.ts'

/** The server's clock is ahead of this machine's by this, s. */
export const SERVER_OFFSET = 1_700_000_000

export interface FakeServerOptions {
  /** where to listen; any free port when left out */
  port?: number
  /** PEM: then it is wss, and clients have to show a certificate of that authority */
  tls?: { cert: string; key: string; ca: string }
  /** pictures of that size, pixels, 30 a second */
  camera?: { width: number; height: number }
}

interface Client {
  id: string
  socket: WebSocket
  subscribed: Map<string, string>
  isGone: boolean
}

const TYPES = {
  '/tenon/ee_pose': 'geometry_msgs/PoseStamped',
  '/tenon/source_pose': 'geometry_msgs/PoseStamped',
  '/tenon/target_pose': 'geometry_msgs/PoseStamped',
  '/tenon/wrench': 'geometry_msgs/WrenchStamped',
  '/tenon/guard': 'std_msgs/String',
  '/tenon/colour': 'sensor_msgs/Image',
  '/tenon/depth': 'sensor_msgs/Image',
  '/tenon/camera_info': 'sensor_msgs/CameraInfo',
}

export class FakeServer {
  readonly types: Record<string, string> = { ...TYPES }
  readonly silent = new Set<string>()
  readonly instead = new Map<string, (message: object) => object>()
  /** commands as they arrived at the bridge: when, and how old, s on the server's clock */
  readonly arrived: { time: number; age: number }[] = []
  /** what the arm was told */
  readonly executed: { time: number; age: number; pose: Pose; isCommand: boolean }[] = []
  readonly services: { service: string; time: number }[] = []
  eeInBase = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
  connections = 0
  /** of the pictures, pixels */
  camera: { width: number; height: number } | undefined
  readonly #options: FakeServerOptions
  readonly #guard = new Guard(guardSettings('base'))
  readonly #clients = new Set<Client>()
  readonly #http: Server
  readonly #timers: NodeJS.Timeout[]
  #port = 0
  #isFrozen = false
  #thawed: (() => void)[] = []
  #ticks = 0
  #guardSaid = ''

  private constructor(options: FakeServerOptions) {
    this.#options = options
    const { tls } = options
    this.#http = tls ? createHttps({ ...tls, requestCert: true, rejectUnauthorized: true }) : createHttp()
    new WebSocketServer({
      server: this.#http,
      perMessageDeflate: false,
      // A frozen server's kernel takes connections, the server does not.
      verifyClient: (_info, accept) => {
        if (this.#isFrozen) this.#thawed.push(() => accept(true))
        else accept(true)
      },
    }).on('connection', (socket) => this.#connected(socket))
    this.#timers = [setInterval(() => this.#tick(), 10)]
    this.camera = options.camera
    this.#timers.push(setInterval(() => this.camera && this.#takePicture(this.camera), 33))
  }

  static async start(options: FakeServerOptions = {}): Promise<FakeServer> {
    const server = new FakeServer(options)
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject)
      server.#http.listen(options.port ?? 0, '127.0.0.1', resolve)
    })
    server.#port = (server.#http.address() as AddressInfo).port
    return server
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `${this.#options.tls ? 'wss' : 'ws'}://localhost:${this.#port}`
  }

  get guard(): GuardState {
    return this.#guard.state
  }

  /** s */
  now(): number {
    return localNow() + SERVER_OFFSET
  }

  /** All connections of now break; who dials again gets through. */
  hangUp(): void {
    for (const { socket } of this.#clients) socket.terminate()
  }

  /** Like a process that is killed: connections break, nobody says goodbye. The guard goes with it. */
  async kill(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.hangUp()
    await new Promise((resolve) => {
      this.#http.close(resolve)
      this.#http.closeAllConnections()
    })
  }

  /** Like a process that is stopped: what is sent to it waits in the kernel. */
  freeze(): void {
    this.#isFrozen = true
    for (const { socket } of this.#clients) socket.pause()
  }

  thaw(): void {
    this.#isFrozen = false
    for (const { socket } of this.#clients) socket.resume()
    for (const accept of this.#thawed.splice(0)) accept()
  }

  /** The connections of now are never served again, and nobody hangs up: as when a cable is pulled. */
  vanish(): void {
    for (const client of this.#clients) {
      client.isGone = true
      client.socket.pause()
    }
  }

  /** To all who listen, as it is. */
  raw(text: string): void {
    for (const { socket, isGone } of this.#clients) if (!isGone && !this.#isFrozen) socket.send(text)
  }

  /** What a node that is no client publishes. */
  publish(topic: string, message: object): void {
    if (this.#isFrozen) return
    const frames = new Map<string, string | Uint8Array>()
    for (const { socket, subscribed, isGone } of this.#clients) {
      const compression = subscribed.get(topic)
      if (isGone || compression === undefined) continue
      const form = compression === 'cbor' ? 'cbor' : 'json'
      const frame =
        frames.get(form) ??
        (form === 'cbor'
          ? encode({ op: 'publish', topic, msg: message })
          : JSON.stringify({ op: 'publish', topic, msg: jsonForm(message) }))
      frames.set(form, frame)
      socket.send(frame)
    }
  }

  #connected(socket: WebSocket): void {
    const client: Client = { id: `/client_${++this.connections}`, socket, subscribed: new Map(), isGone: false }
    this.#clients.add(client)
    socket.on('close', () => this.#clients.delete(client))
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => this.#received(client, JSON.parse(data.toString())))
  }

  #received(client: Client, message: Record<string, unknown>): void {
    const topic = String(message.topic)
    if (message.op === 'subscribe') client.subscribed.set(topic, String(message.compression))
    else if (message.op === 'publish') this.#published(client, topic, message.msg as Record<string, unknown>)
    else if (message.op === 'call_service') {
      const { id, service } = message
      const values = this.#serve(String(service))
      client.socket.send(JSON.stringify({ op: 'service_response', id, service, values, result: true }))
    }
  }

  #published(client: Client, topic: string, message: Record<string, unknown>): void {
    if (topic === '/tenon/command') {
      const { stamp, frame, pose } = decodePoseStamped(message)
      this.arrived.push({ time: this.now(), age: this.now() - stamp })
      const command: GuardedPose = { stamp, frame, pose }
      this.#follow(this.#guard.handle({ kind: 'command', command, publisher: client.id }, this.#time()), command)
    }
    const isHeader = topic.startsWith('/tenon/heartbeat_')
    this.publish(topic, isHeader ? { ...message, stamp: encodeTime(this.now(), 1) } : message)
  }

  #serve(service: string): object {
    this.services.push({ service, time: this.now() })
    if (service === '/rosapi/topics') return { topics: Object.keys(this.types), types: Object.values(this.types) }
    const kind = (['arm', 'disarm'] as const).find((name) => service === `/tenon/guard/${name}`)
    if (!kind) return { success: false, message: `there is no service ${service}` }
    const reaction = this.#guard.handle({ kind }, this.#time())
    this.#follow(reaction)
    return reaction.reply ?? {}
  }

  #follow({ send }: Reaction, command?: GuardedPose): void {
    if (send) {
      this.eeInBase = send.pose
      const age = this.now() - send.stamp
      this.executed.push({ time: this.now(), age, pose: send.pose, isCommand: send === command })
    }
    const said = JSON.stringify(this.#guard.state)
    const { state } = this.#guard.state
    if (state !== this.#guardSaid) this.#say('/tenon/guard', encodeString(said))
    this.#guardSaid = state
  }

  #tick(): void {
    this.#follow(this.#guard.handle({ kind: 'tick' }, this.#time()))
    if (++this.#ticks % 2) return
    const stamp = this.now()
    const measured = { stamp, frame: 'base', pose: this.eeInBase }
    this.#follow(this.#guard.handle({ kind: 'measured', measured }, this.#time()))
    const inCamera = { stamp, frame: 'camera' }
    this.#say('/tenon/ee_pose', encodePoseStamped(measured, 1))
    this.#say('/tenon/source_pose', encodePoseStamped({ ...inCamera, pose: makePose([0, 0, 0.4]) }, 1))
    this.#say('/tenon/target_pose', encodePoseStamped({ ...inCamera, pose: makePose([0, 0, 0.5]) }, 1))
    const wrench = { force: [0, 0, 1] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    this.#say('/tenon/wrench', encodeWrenchStamped({ stamp, frame: 'ee', wrench }, 1))
    if (this.#ticks % 4 === 0) this.#say('/tenon/guard', encodeString(JSON.stringify(this.#guard.state)))
  }

  #takePicture({ width, height }: { width: number; height: number }): void {
    const stamped = { stamp: this.now(), frame: 'camera', width, height }
    const rgb = new Uint8Array(3 * width * height).fill(this.#ticks % 256)
    this.#say('/tenon/colour', encodeColour({ ...stamped, rgb }, 1))
    this.#say('/tenon/depth', encodeDepth({ ...stamped, depth: new Float32Array(width * height).fill(0.5) }, 1))
    const intrinsics = { width, height, fx: width, fy: width, cx: (width - 1) / 2, cy: (height - 1) / 2 }
    this.#say('/tenon/camera_info', encodeCameraInfo({ ...stamped, intrinsics }, 1))
  }

  #say(topic: string, message: object): void {
    if (!this.silent.has(topic)) this.publish(topic, this.instead.get(topic)?.(message) ?? message)
  }

  #time() {
    return { ros: this.now(), steady: localNow() }
  }
}
