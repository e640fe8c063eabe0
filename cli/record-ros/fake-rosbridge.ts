// A robot that sinks, thirty times a second, behind our rosbridge server, for tests.
import { setTimeout as sleep } from 'node:timers/promises'
import { makePose, type Pose } from '../../geometry/index.ts'
import { encodeCameraInfo, encodePoseStamped, encodeString, encodeWrenchStamped } from '../../robot-bridge/messages.ts'
import { encodeColour, encodeDepth } from '../../robot-bridge/pictures.ts'
import {
  type AdvertiseOptions,
  type GraphPublisher,
  LocalGraph,
  RosbridgeServer,
} from '../../robot-bridge/server/index.ts'

/** The node of whoever publishes here. */
export const ROBOT = '/robot'
/** s, that the clock of the ROS side is ahead */
const AHEAD = 12_345
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

/** Remembers who published, also when they have stopped. */
class RememberingGraph extends LocalGraph {
  readonly nodes = new Set<string>()

  override advertise(topic: string, type: string, options: AdvertiseOptions): GraphPublisher {
    this.nodes.add(options.node)
    return super.advertise(topic, type, options)
  }
}

export class FakeRosbridge {
  /** ticks from one picture to the next */
  pictureEvery = 3
  /** topics that say nothing */
  readonly silent = new Set<string>()
  readonly graph: RememberingGraph
  readonly #server: RosbridgeServer
  readonly #publishers = new Map<string, GraphPublisher>()
  readonly #timer: NodeJS.Timeout
  readonly #poses: FakePoses
  /** the robot's clock when this began, s */
  readonly begin: number
  #tick = 0

  private constructor(server: RosbridgeServer, graph: RememberingGraph, poses: FakePoses) {
    this.#server = server
    this.graph = graph
    this.#poses = poses
    this.begin = graph.now()
    for (const [topic, type] of Object.entries(TYPES)) this.#advertise(topic, type)
    // Not one tick for each call: a busy machine calls late, and then all are made up for.
    this.#timer = setInterval(() => {
      const due = Math.floor((graph.now() - this.begin) * RATE)
      while (this.#tick < due) this.#publishAll(++this.#tick)
    }, 10)
  }

  static async start(port = 0, poses: FakePoses = SINKING): Promise<FakeRosbridge> {
    // The robot's clock goes on while a bridge is away.
    const graph = new RememberingGraph({ now: () => AHEAD + performance.now() / 1000 })
    return new FakeRosbridge(await RosbridgeServer.listen({ graph, port }), graph, poses)
  }

  get port(): number {
    return this.#server.port
  }

  get url(): string {
    return this.#server.url
  }

  /** Somebody says something on a topic of text, once there is somebody who listens. */
  async tell(topic: string, text: string): Promise<void> {
    while (!this.graph.hasSubscribers(topic)) await sleep(10)
    const publisher = this.#publishers.get(topic) ?? this.#advertise(topic, 'std_msgs/String')
    publisher.publish(encodeString(text))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#server.close()
  }

  #advertise(topic: string, type: string): GraphPublisher {
    const publisher = this.graph.advertise(topic, type, { node: ROBOT })
    this.#publishers.set(topic, publisher)
    return publisher
  }

  #publishAll(tick: number): void {
    const stamp = this.begin + tick / RATE
    const [base, camera] = ['base', 'camera'].map((frame) => ({ stamp, frame })) as [
      { stamp: number; frame: string },
      { stamp: number; frame: string },
    ]
    this.#publish('/tenon/ee_pose', encodePoseStamped({ ...base, pose: this.#poses.ee(tick) }, 1))
    this.#publish('/tenon/target_pose', encodePoseStamped({ ...camera, pose: makePose([0, 0, 0.6]) }, 1))
    const wrench = { force: [0, 0, -3] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    this.#publish('/tenon/wrench', encodeWrenchStamped({ stamp, frame: 'ee', wrench }, 1))
    if (tick % this.pictureEvery === 0) this.#publishPicture(camera)
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

  #publish(topic: string, message: unknown): void {
    if (!this.silent.has(topic)) this.#publishers.get(topic)?.publish(message)
  }
}
