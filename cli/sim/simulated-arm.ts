// The simulated robot on a ROS graph: what a driver, a tracker, a camera and the guard are on a real one.
//
//   /tenon/command ─► guard ─► hand's spring ─► physics, which follows the clock on the wall
//                                                  │
//   /tenon/ee_pose, wrench (60 Hz) ◄───────────────┤
//   /tenon/source_pose, target_pose, pictures ◄────┘ with each camera frame, as late as the tracker is
//
// No timer and no clock of its own: `tick` is called every few milliseconds with the ROS time of now.

import type { Observation } from '../../control/index.ts'
import type { Pose, Rgbd } from '../../geometry/index.ts'
import { Guard, type GuardEvent, guardSettings, type Reaction } from '../../robot-bridge/guard/guard.ts'
import { encodeCameraInfo, encodePoseStamped, encodeString, encodeWrenchStamped } from '../../robot-bridge/messages.ts'
import { encodeColour, encodeDepth } from '../../robot-bridge/pictures.ts'
import type { GraphPublisher, LocalGraph, Message } from '../../robot-bridge/server/index.ts'
import type { Shot } from '../../sim/index.ts'
import { Episodes, type EpisodesOptions, type EpisodeVerdict } from './episodes.ts'
import { followWall, Pacer } from './pacer.ts'

/** Hz, of the arm's own sensors, and of the guard's state */
const STATE_RATE = 60
const GUARD_RATE = 20
/** ROS 1 style names of types, stamps with secs. */
const ROS = 1
/**
 * What is asked for so soon after physics was simulated is done without simulating again, s: where a stretch takes longer than
 * it lasts, the next one would be due at once, and what is waiting to be answered would wait for it.
 */
const SOON = 1e-3
const NODE = '/tenon_sim'
const FRAMES = { base: 'base', ee: 'ee', camera: 'camera' } as const

const TOPICS = {
  '/tenon/ee_pose': 'geometry_msgs/PoseStamped',
  '/tenon/wrench': 'geometry_msgs/WrenchStamped',
  '/tenon/source_pose': 'geometry_msgs/PoseStamped',
  '/tenon/target_pose': 'geometry_msgs/PoseStamped',
  '/tenon/colour': 'sensor_msgs/Image',
  '/tenon/depth': 'sensor_msgs/Image',
  '/tenon/camera_info': 'sensor_msgs/CameraInfo',
  '/tenon/guard': 'std_msgs/String',
} as const
type TopicName = keyof typeof TOPICS
const PICTURES: readonly TopicName[] = ['/tenon/colour', '/tenon/depth', '/tenon/camera_info']

export interface SimulatedArmOptions extends EpisodesOptions {
  graph: LocalGraph
  /** simulated seconds a second */
  speed?: number
  /**
   * Draws a picture elsewhere, while physics goes on; undefined while it is not done with the one before: then the camera
   * loses a frame. Left out, pictures are drawn here.
   */
  draw?: Draw
}

/** `index`: of the episode. */
export type Draw = (index: number, shot: Shot) => Promise<Rgbd | undefined> | undefined

export interface ArmStatus {
  verdict: EpisodeVerdict
  guard: Guard['state']
  /** wall time that was not simulated, s */
  slipped: number
  /** pictures drawn */
  pictures: number
}

export class SimulatedArm {
  readonly #graph: LocalGraph
  readonly #episodes: Episodes
  readonly #pacer: Pacer
  readonly #guard = new Guard(guardSettings(FRAMES.base))
  readonly #publishers = new Map<TopicName, GraphPublisher>()
  readonly #ends: (() => void)[] = []
  readonly #hasCamera: boolean
  readonly #draw: Draw | undefined
  #failure: unknown
  /** when physics was last simulated up to then, ROS time */
  #simulatedAt = Number.NEGATIVE_INFINITY
  #stateDue: number
  #guardDue: number
  #guardTold = ''
  #seen: number | undefined
  #pictures = 0
  #working: Promise<void> = Promise.resolve()

  constructor({ graph, speed = 1, draw, ...options }: SimulatedArmOptions) {
    this.#graph = graph
    this.#episodes = new Episodes(options)
    this.#hasCamera = options.camera !== undefined
    this.#draw = draw
    const now = graph.now()
    this.#pacer = new Pacer(now, { speed })
    this.#stateDue = now
    this.#guardDue = now
    for (const [topic, type] of Object.entries(TOPICS) as [TopicName, string][]) {
      if (!this.#hasCamera && PICTURES.includes(topic)) continue
      const publisher = graph.advertise(topic, type, { node: NODE })
      this.#publishers.set(topic, publisher)
      this.#ends.push(() => publisher.close())
    }
    this.#ends.push(
      graph.subscribe('/tenon/command', 'geometry_msgs/PoseStamped', NODE, (message, node) => {
        void this.#do(() => this.#command(message, node))
      }),
      graph.subscribe('/tenon/stop', 'std_msgs/Bool', NODE, ({ data }) => {
        void this.#do(() => this.#guarded({ kind: 'stop', active: data === true }))
      }),
      graph.serve('/tenon/guard/arm', 'std_srvs/Trigger', () => this.#ask({ kind: 'arm' })),
      graph.serve('/tenon/guard/disarm', 'std_srvs/Trigger', () => this.#ask({ kind: 'disarm' })),
      graph.serve('/tenon/reset', 'std_srvs/Trigger', () => this.#reset()),
      graph.serve('/tenon/verdict', 'std_srvs/Trigger', async () => trigger(this.#episodes.verdict())),
    )
  }

  get status(): ArmStatus {
    const { slipped } = this.#pacer
    return { verdict: this.#episodes.verdict(), guard: this.#guard.state, slipped, pictures: this.#pictures }
  }

  /** Verdicts of the episodes that have begun, the present one included. */
  get verdicts(): readonly EpisodeVerdict[] {
    const present = this.#episodes.verdict()
    return present.state === 'waiting' ? this.#episodes.past : [...this.#episodes.past, present]
  }

  /** Time has passed: simulates up to now and publishes what is due. Rejects with what went wrong since the last time. */
  tick(): Promise<void> {
    return this.#do(async () => {
      if (this.#failure) throw this.#failure
      await this.#advance()
      await this.#guarded({ kind: 'tick' })
      await this.#publishFrame()
    })
  }

  /** Takes it off the graph. */
  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /** One thing after the other, in the order in which they came. */
  #do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work)
    this.#working = done.then(
      () => {},
      () => {},
    )
    return done
  }

  async #advance(): Promise<void> {
    const { robot } = this.#episodes
    if (this.#graph.now() - this.#simulatedAt < SOON) return
    await followWall({ pacer: this.#pacer, now: () => this.#graph.now(), robot })
    this.#simulatedAt = this.#graph.now()
    await this.#episodes.look()
    await this.#measure()
  }

  /** The arm's own sensors, when they are due. */
  async #measure(): Promise<void> {
    const now = this.#graph.now()
    if (now < this.#stateDue) return
    this.#stateDue = Math.max(this.#stateDue + 1 / STATE_RATE, now - 1 / STATE_RATE)
    const { robot } = this.#episodes
    const stamp = this.#pacer.wallTime(robot.now())
    const { eeInBase } = robot
    await this.#guarded({ kind: 'measured', measured: { stamp, frame: FRAMES.base, pose: eeInBase } })
    this.#publish('/tenon/ee_pose', encodePoseStamped({ stamp, frame: FRAMES.base, pose: eeInBase }, ROS))
    const wrench = robot.readWrench()
    this.#publish('/tenon/wrench', encodeWrenchStamped({ stamp, frame: FRAMES.ee, wrench }, ROS))
  }

  /** What the camera saw and the tracker made of it, once it has arrived. */
  async #publishFrame(): Promise<void> {
    const observation = await this.#episodes.robot.observe()
    if (observation.stamp === this.#seen) return
    this.#seen = observation.stamp
    const { source, target } = observation
    for (const [topic, { pose, stamp, confidence }] of [
      ['/tenon/source_pose', source],
      ['/tenon/target_pose', target],
    ] as const) {
      // A tracker that lost its object is silent.
      if (confidence === 0) continue
      this.#publish(topic, encodePoseStamped({ stamp: this.#pacer.wallTime(stamp), frame: FRAMES.camera, pose }, ROS))
    }
    this.#publishPicture(observation)
  }

  /** Drawn only when somebody listens. */
  #publishPicture(observation: Observation): void {
    if (!this.#hasCamera || !PICTURES.some((topic) => this.#graph.hasSubscribers(topic))) return
    const { robot, index } = this.#episodes
    const shot = robot.shotOf(observation)
    const stamped = { stamp: this.#pacer.wallTime(observation.stamp), frame: FRAMES.camera }
    const drawn = this.#draw && shot ? this.#draw(index, shot) : undefined
    if (!this.#draw) this.#sendPicture(observation.rgbd, stamped)
    drawn?.then(
      (rgbd) => {
        // A picture of an episode that is over by now is of another place.
        if (this.#episodes.robot === robot) this.#sendPicture(rgbd, stamped)
      },
      (error: unknown) => {
        this.#failure = error
      },
    )
  }

  #sendPicture(rgbd: Rgbd | undefined, stamped: { stamp: number; frame: string }): void {
    if (!rgbd) return
    this.#pictures++
    const { intrinsics, rgb, depth } = rgbd
    const { width, height } = intrinsics
    this.#publish('/tenon/camera_info', encodeCameraInfo({ ...stamped, intrinsics }, ROS))
    this.#publish('/tenon/colour', encodeColour({ ...stamped, width, height, rgb }, ROS))
    this.#publish('/tenon/depth', encodeDepth({ ...stamped, width, height, depth }, ROS))
  }

  async #command(message: Message, publisher: string): Promise<void> {
    await this.#advance()
    const { header, pose } = message as unknown as PoseStampedMessage
    const { position, orientation } = pose
    const command = {
      stamp: header.stamp.secs + header.stamp.nsecs / 1e9,
      frame: header.frame_id,
      pose: {
        position: [position.x, position.y, position.z],
        orientation: [orientation.x, orientation.y, orientation.z, orientation.w],
      } satisfies Pose,
    }
    const { accepted } = this.#guard.state
    await this.#guarded({ kind: 'command', command, publisher })
    if (this.#guard.state.accepted > accepted) this.#episodes.commanded()
  }

  async #guarded(event: GuardEvent): Promise<Reaction> {
    const now = this.#graph.now()
    const reaction = this.#guard.handle(event, { ros: now, steady: now })
    if (reaction.send) await this.#episodes.robot.command({ eeInBase: reaction.send.pose })
    this.#tellGuard(now)
    return reaction
  }

  /** Twenty times a second, and at each change. */
  #tellGuard(now: number): void {
    const { state } = this.#guard
    const news = `${state.state} ${state.reason}`
    if (now < this.#guardDue && news === this.#guardTold) return
    this.#guardTold = news
    this.#guardDue = now + 1 / GUARD_RATE
    this.#publish('/tenon/guard', encodeString(JSON.stringify(state)))
  }

  #ask(event: { kind: 'arm' } | { kind: 'disarm' }): Promise<unknown> {
    return this.#do(async () => {
      await this.#advance()
      return (await this.#guarded(event)).reply
    })
  }

  /** Whoever commands loses the arm first: it will be somewhere else. A stopped one stays where it is. */
  #reset(): Promise<unknown> {
    return this.#do(async () => {
      await this.#advance()
      await this.#guarded({ kind: 'disarm' })
      if (this.#guard.state.state === 'stopped') {
        return { success: false, message: 'the emergency stop is pressed: release it first' }
      }
      this.#episodes.next()
      this.#pacer.restart(this.#graph.now())
      this.#seen = undefined
      this.#simulatedAt = Number.NEGATIVE_INFINITY
      this.#stateDue = this.#graph.now()
      await this.#advance()
      return trigger({ episode: this.#episodes.index })
    })
  }

  #publish(topic: TopicName, message: object): void {
    this.#publishers.get(topic)?.publish(message)
  }
}

interface PoseStampedMessage {
  header: { stamp: { secs: number; nsecs: number }; frame_id: string }
  pose: {
    position: { x: number; y: number; z: number }
    orientation: { x: number; y: number; z: number; w: number }
  }
}

const trigger = (value: object) => ({ success: true, message: JSON.stringify(value) })
