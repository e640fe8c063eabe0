// What a profile's topics tell of a robot: the newest of each, in our types, and what was wrong with what was not taken.
//
// Pictures are not among them: they come by a connection of their own (picture-link.ts).
import type { Wrench } from '../control/robot.ts'
import type { Pose } from '../geometry/index.ts'
import type { TrackedPose } from '../perception/index.ts'
import { decodeBool, decodeButtons, decodeJointState, decodeJoy, type Joints, type Joystick } from './messages.ts'
import type { Profile } from './profile.ts'
import { expectButtons, ProfileReader } from './profile-reader.ts'
import { Slot } from './slot.ts'

export interface Subscription {
  topic: string
  /** as in ROS 1 */
  type: string
  /** each of its messages counts, not the newest alone: they tell of several things, or of a button that was let go again */
  isEach: boolean
}

const EACH_COUNTS: readonly Problem['stream'][] = ['stop', 'joystick']

/** What the streams hold, each with its stamp on the robot's clock, s. */
export interface StreamValues {
  /** the end effector in the base */
  ee: { stamp: number; pose: Pose }
  /** in the camera frame */
  source: TrackedPose
  target: TrackedPose
  /** at the end effector's origin, in its frame */
  wrench: { stamp: number; wrench: Wrench }
  joints: Joints
  joystick: Joystick
}
export type StreamName = keyof StreamValues

/** A message, or its part, that the robot must not be steered by. */
export interface Problem {
  stream: StreamName | 'stop' | 'transforms'
  message: string
  /** without it the robot is not steered */
  required: boolean
}

/** `now`: s on the robot's clock; undefined as long as that is not known. Throws a RangeError for what is wrong. */
type Read = (message: unknown, now: number | undefined) => void

type Slots = { [Name in StreamName]: Slot<StreamValues[Name]> }

export class RobotStreams {
  readonly #profile: Profile
  readonly #reader: ProfileReader
  readonly #slots: Slots = {
    ee: new Slot(),
    source: new Slot(),
    target: new Slot(),
    wrench: new Slot(),
    joints: new Slot(),
    joystick: new Slot(),
  }
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #readers = new Map<string, { stream: Problem['stream']; read: Read }[]>()
  readonly #mostAge: Partial<Record<StreamName, number>>
  #stopped = false
  /** the stop button is held */
  #pressed = false

  constructor(profile: Profile) {
    this.#profile = profile
    this.#reader = new ProfileReader(profile)
    const { limits, wrench } = profile
    this.#mostAge = {
      ee: limits.staleAfter,
      source: limits.poseStaleAfter,
      target: limits.poseStaleAfter,
      ...(wrench && { wrench: limits.staleAfter }),
    }
    this.#declare()
  }

  /** Each topic once: what one client subscribes twice shares one setting on the bridge anyway. */
  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()]
  }

  newest<Name extends StreamName>(name: Name): StreamValues[Name] | undefined {
    return this.#slots[name].newest
  }

  /** The camera in the base, as the transforms say. */
  get cameraInBase(): Pose | undefined {
    return this.#reader.cameraInBase
  }

  /** Whether the stop topic said true last, or the stop button is held. */
  get stopped(): boolean {
    return this.#stopped || this.#pressed
  }

  /**
   * Takes a message of any topic that arrived at `now`, s on the robot's clock; says what of it was wrong. As long as that
   * clock is not known nothing can be said of a stamp, and only what holds at any time is taken, which may be said but once:
   * transforms, and a stop.
   */
  take(topic: string, message: unknown, now: number | undefined): Problem[] {
    const problems: Problem[] = []
    for (const { stream, read } of this.#readers.get(topic) ?? []) {
      try {
        read(message, now)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        const required = stream === 'transforms' || stream === 'stop' || this.#mostAge[stream] !== undefined
        problems.push({ stream, message: `${topic}: ${error.message}`, required })
      }
    }
    return problems
  }

  /** What the robot cannot be steered without and is missing or too old, in words. */
  missing(now: number): string[] {
    return Object.entries(this.#mostAge).flatMap(([name, mostAge]) => {
      const age = this.#slots[name as StreamName].age(now)
      if (age <= mostAge) return []
      const topic = topicOf(this.#profile, name as StreamName)
      return Number.isFinite(age)
        ? [`${name}: the newest on ${topic} is ${age.toFixed(2)} s old, expected at most ${mostAge} s`]
        : [`${name}: ${this.#reader.lacks(name) ?? `nothing arrived on ${topic}`}`]
    })
  }

  /** Forgets what was, but for a stop: the next of each counts, whatever its stamp. */
  empty(): void {
    for (const slot of Object.values(this.#slots)) slot.empty()
  }

  #declare(): void {
    const { ee, objects, wrench, joints, joystick, stop } = this.#profile
    const reader = this.#reader
    for (const topic of reader.transformTopics) {
      this.#read('transforms', topic, 'tf2_msgs/TFMessage', (message) => reader.takeTransforms(topic, message))
    }
    this.#read('ee', ee.topic, ee.type, (message, now) => this.#offer('ee', reader.ee(message), now))
    for (const name of ['source', 'target'] as const) {
      const { topic, type } = objects[name]
      this.#read(name, topic, type, (message, now) => this.#offer(name, reader.object(name, message), now))
    }
    if (wrench) {
      this.#read('wrench', wrench.topic, wrench.type, (message, now) =>
        this.#offer('wrench', reader.wrench(message), now),
      )
    }
    if (joints) {
      this.#read('joints', joints.topic, joints.type, (message, now) =>
        this.#offer('joints', decodeJointState(message), now),
      )
    }
    if (joystick) {
      this.#read('joystick', joystick.topic, joystick.type, (message, now) => {
        const buttons = decodeButtons(message)
        // Whoever presses stop means it, whatever the clock of his machine or an axis says.
        this.#pressed = buttons[joystick.stop] === true
        expectButtons(buttons, joystick)
        this.#offer('joystick', decodeJoy(message), now)
      })
    }
    if (stop) {
      this.#read('stop', stop.topic, stop.type, (message) => {
        this.#stopped = decodeBool(message)
      })
    }
  }

  #read(stream: Problem['stream'], topic: string, type: string, read: Read): void {
    const tellsOfMany = type === 'tf2_msgs/TFMessage' || this.#subscriptions.has(topic)
    const isEach = EACH_COUNTS.includes(stream) || tellsOfMany
    this.#subscriptions.set(topic, { topic, type, isEach })
    this.#readers.set(topic, [...(this.#readers.get(topic) ?? []), { stream, read }])
  }

  #offer<Name extends StreamName>(name: Name, value: StreamValues[Name] | undefined, now: number | undefined): void {
    if (!value || now === undefined) return
    const slot: Slot<StreamValues[Name]> = this.#slots[name]
    const before = slot.newest?.stamp
    const taken = slot.offer(value, now)
    if (taken === 'future') {
      const ahead = value.stamp - now
      throw new RangeError(
        `the stamp is ${ahead.toFixed(2)} s ahead of the robot's clock: set the clocks of the machines alike`,
      )
    }
    if (taken === 'backwards') {
      throw new RangeError(`time ran backwards, from ${before?.toFixed(3)} to ${value.stamp.toFixed(3)} s`)
    }
  }
}

const topicOf = ({ ee, objects, wrench, joints, joystick }: Profile, name: StreamName): string =>
  ({ ee, ...objects, wrench, joints, joystick })[name]?.topic ?? name
