// Commands on their way out: how they are stamped, said again, and known again when they come back. Whether one may be
// sent at all is decided elsewhere (link.ts).
import type { Pose } from '../geometry/index.ts'
import { CommandEcho } from './command-echo.ts'
import { commandMessage, commandTopic, gripperMessage, holdMessage, type Wanted } from './command-message.ts'
import { decodeHeader } from './messages.ts'
import type { Profile } from './profile.ts'
import type { Wire } from './wire.ts'

/** After this a command is said again, once, if no newer one has come, s: of 30 a second, two that are lost are silence. */
const REPEAT = 0.021

export interface Command extends Wanted {
  /** m */
  gripperWidth?: number
  /** when it was decided, s on the link's clock */
  made: number
}

/** What has to be known to send one. */
export interface Sending {
  wire: Wire | undefined
  /** the end effector in the base */
  measured: Pose
  /** s on the link's clock, and what to add to it for the robot's */
  now: number
  offset: number
}

export class CommandStream {
  readonly #profile: Profile
  readonly #echo = new CommandEcho()
  #lastStamp = Number.NEGATIVE_INFINITY
  /** what was sent last, as long as it is to be said again, and when it was made, s */
  #again: { wanted: Wanted; made: number } | undefined
  #gripperWidth: number | undefined

  constructor(profile: Profile) {
    this.#profile = profile
  }

  /** Nothing that was sent before counts any more. */
  begin(): void {
    this.#lastStamp = Number.NEGATIVE_INFINITY
    this.#again = undefined
    this.forgetGripper()
  }

  /** Where the gripper is may have changed: the next width is sent even if it is the last one's. */
  forgetGripper(): void {
    this.#gripperWidth = undefined
  }

  /** Whether the wire took it. Throws a RangeError for a command that is no pose, or no width. */
  send({ gripperWidth, made, ...wanted }: Command, sending: Sending): boolean {
    const message = commandMessage(this.#profile, wanted, sending.measured, this.#nextStamp(made + sending.offset))
    const { gripper } = this.#profile
    const moves = gripper && gripperWidth !== undefined && gripperWidth !== this.#gripperWidth
    const grip = moves && gripperMessage(gripper, gripperWidth)
    if (!this.#publish(message, sending)) return false
    if (grip && sending.wire?.publish(gripper.topic, grip)) this.#gripperWidth = gripperWidth
    this.#again = { wanted, made }
    return true
  }

  /** How old the last command is, s, once it is due to be said again; undefined before, and when there is none. */
  dueAge(now: number): number | undefined {
    const age = this.#again && now - this.#again.made
    return age !== undefined && age >= REPEAT ? age : undefined
  }

  /**
   * The last command, said again under the stamp of when it was made, give or take a microsecond: so that it is no older
   * than it says, and one that is lost on the way is no silence. Never twice; and not at all without `sending`.
   */
  sayAgain(sending: Sending | undefined): void {
    const again = this.#again
    this.#again = undefined
    if (!again || !sending) return
    const stamp = this.#nextStamp(again.made + sending.offset)
    this.#publish(commandMessage(this.#profile, again.wanted, sending.measured, stamp), sending)
  }

  /** Tells the arm to stay where it is; whether the wire took it. `measured` undefined: that is not known. */
  hold({ wire, measured, now, offset }: Omit<Sending, 'measured'> & { measured: Pose | undefined }): boolean {
    const message = holdMessage(this.#profile, measured, this.#nextStamp(now + offset))
    return message !== undefined && this.#publish(message, { wire, now })
  }

  /** When a message on the topic was sent from here, s; undefined when it is a stranger's. Throws a RangeError for one without a stamp. */
  sentAt(message: unknown): number | undefined {
    return this.#echo.sentAt(message)
  }

  /** Stamps of commands increase, by a microsecond at least: a double of seconds since 1970 tells 0.24 µs apart. */
  #nextStamp(robotTime: number): number {
    return Math.max(robotTime, this.#lastStamp + 1e-6)
  }

  #publish(message: ReturnType<typeof commandMessage>, { wire, now }: Pick<Sending, 'wire' | 'now'>): boolean {
    this.#echo.sent(message, now)
    const sent = wire?.publish(commandTopic(this.#profile), message) === true
    if (sent) this.#lastStamp = decodeHeader(message.header).stamp
    return sent
  }
}
