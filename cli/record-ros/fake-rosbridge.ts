// A rosbridge for tests, as little of one as a recording asks for: a robot that sinks, thirty times a second.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encode } from 'cbor2'
import { type WebSocket, WebSocketServer } from 'ws'
import { makePose, type Pose } from '../../geometry/index.ts'
import {
  encodeCameraInfo,
  encodePoseStamped,
  encodeString,
  encodeTime,
  encodeWrenchStamped,
} from '../../robot-bridge/messages.ts'
import { encodeColour, encodeDepth } from '../../robot-bridge/pictures.ts'

const TYPES: Readonly<Record<string, string>> = {
  '/tenon/ee_pose': 'geometry_msgs/PoseStamped',
  '/tenon/source_pose': 'geometry_msgs/PoseStamped',
  '/tenon/target_pose': 'geometry_msgs/PoseStamped',
  '/tenon/wrench': 'geometry_msgs/WrenchStamped',
  '/tenon/colour': 'sensor_msgs/Image',
  '/tenon/depth': 'sensor_msgs/Image',
  '/tenon/camera_info': 'sensor_msgs/CameraInfo',
}
const RATE = 30
const [width, height] = [16, 12]

/** Where things are at a tick. */
export interface FakePoses {
  ee(tick: number): Pose
  source(tick: number): Pose
}

const SINKING: FakePoses = {
  ee: (tick) => makePose([0.5, 0, 0.3 - tick / 1e4]),
  source: (tick) => makePose([0, 0, tick / 1e4]),
}

export class FakeRosbridge {
  /** topics that say nothing */
  readonly silent = new Set<string>()
  /** everything that clients asked for */
  readonly ops: string[] = []
  /** s, that the clock of the ROS side is ahead */
  readonly ahead = 12_345
  readonly #server: WebSocketServer
  readonly #listeners = new Map<WebSocket, Map<string, string>>()
  readonly #timer: NodeJS.Timeout
  readonly #begin = performance.now()
  #tick = 0

  readonly #poses: FakePoses

  private constructor(server: WebSocketServer, poses: FakePoses) {
    this.#server = server
    this.#poses = poses
    server.on('connection', (socket) => {
      this.#listeners.set(socket, new Map())
      socket.on('close', () => this.#listeners.delete(socket))
      socket.on('message', (data) => this.#answer(socket, JSON.parse(String(data))))
    })
    // Not one tick for each call: a busy machine calls late, and then all are made up for.
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.#begin) / 1000) * RATE)
      while (this.#tick < due) this.#publishAll(++this.#tick)
    }, 10)
  }

  static async start(port = 0, poses: FakePoses = SINKING): Promise<FakeRosbridge> {
    const server = new WebSocketServer({ host: '127.0.0.1', port })
    await once(server, 'listening')
    return new FakeRosbridge(server, poses)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  /** Somebody says something on a topic of text, once there is somebody who listens. */
  async tell(topic: string, text: string): Promise<void> {
    while (![...this.#listeners.values()].some((topics) => topics.has(topic))) await sleep(10)
    this.#publish(topic, encodeString(text))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(socket: WebSocket, { op, id, topic, service, compression }: Record<string, unknown>): void {
    this.ops.push(String(op))
    if (op === 'subscribe') this.#listeners.get(socket)?.set(String(topic), String(compression))
    if (op === 'unsubscribe') this.#listeners.get(socket)?.delete(String(topic))
    if (op !== 'call_service') return
    const now = this.ahead + (performance.now() - this.#begin) / 1000
    const values =
      service === '/rosapi/get_time'
        ? { time: encodeTime(now, 1) }
        : { topics: Object.keys(TYPES), types: Object.values(TYPES) }
    socket.send(JSON.stringify({ op: 'service_response', id, service, values, result: true }))
  }

  #publishAll(tick: number): void {
    const stamp = this.ahead + tick / RATE
    const [base, camera] = ['base', 'camera'].map((frame) => ({ stamp, frame })) as [
      { stamp: number; frame: string },
      { stamp: number; frame: string },
    ]
    this.#publish('/tenon/ee_pose', encodePoseStamped({ ...base, pose: this.#poses.ee(tick) }, 1))
    this.#publish('/tenon/target_pose', encodePoseStamped({ ...camera, pose: makePose([0, 0, 0.6]) }, 1))
    const wrench = { force: [0, 0, -3] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    this.#publish('/tenon/wrench', encodeWrenchStamped({ stamp, frame: 'ee', wrench }, 1))
    if (tick % 3 === 0) this.#publishPicture(camera)
    this.#publish('/tenon/source_pose', encodePoseStamped({ ...camera, pose: this.#poses.source(tick) }, 1))
  }

  #publishPicture(camera: { stamp: number; frame: string }): void {
    const intrinsics = { width, height, fx: 20, fy: 20, cx: 7.5, cy: 5.5 }
    this.#publish('/tenon/camera_info', encodeCameraInfo({ ...camera, intrinsics }, 1))
    const pixels = width * height
    this.#publish('/tenon/colour', encodeColour({ ...camera, width, height, rgb: new Uint8Array(3 * pixels) }, 1))
    const depth = new Float32Array(pixels).fill(0.5)
    this.#publish('/tenon/depth', encodeDepth({ ...camera, width, height, depth }, 1))
  }

  #publish(topic: string, msg: unknown): void {
    if (this.silent.has(topic)) return
    for (const [socket, topics] of this.#listeners) {
      const compression = topics.get(topic)
      if (compression === undefined) continue
      const message = { op: 'publish', topic, msg }
      socket.send(compression === 'cbor' ? encode(message) : JSON.stringify(message))
    }
  }
}
