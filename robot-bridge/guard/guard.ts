// The guard between whoever commands an arm and the arm: it lets a fresh stream of poses through, and holds when it ends.
//
// A bridge that was frozen delivers what is seconds old, a dead master says nothing, and most arms go to the last pose
// they were told and stay there. So the guard looks at each command's stamp and at the silence between them. It starts
// `idle` and leaves the arm alone; `arm` makes it wait for a first command, made after that moment; the stream ends with
// silence, a stop, a second publisher or a lost measurement, and then the arm is held where it was measured to be.
// Whatever ended it, only `arm` begins the next one.
//
// Rules only: no ROS, no timer, no clock. The same rules in Python are `Guard` in tenon_guard.py, which runs beside a
// real arm; cases.json is what both must do.
import type { Pose } from '../../geometry/index.ts'

/** s, of two clocks: ROS time, in which messages are stamped and which may jump, and one that only ever goes forward. */
export interface GuardTime {
  ros: number
  steady: number
}

/** A PoseStamped as it came: nothing about it is to be believed. Pose in `frame`, m and [x, y, z, w]; stamp in s. */
export interface GuardedPose {
  stamp: number
  frame: string
  pose: Pose
}

export type GuardEvent =
  /** `publisher`: whatever tells one sender from another */
  | { kind: 'command'; command: GuardedPose; publisher: string }
  /** where the end effector is */
  | { kind: 'measured'; measured: GuardedPose }
  /** what the topic of the emergency stop says */
  | { kind: 'stop'; active: boolean }
  /** how many publish commands; for a ROS that does not say whose a message is */
  | { kind: 'publishers'; count: number }
  | { kind: 'arm' }
  | { kind: 'disarm' }
  /** Time passes: expected a hundred times a second, since nothing else notices silence. */
  | { kind: 'tick' }

export interface Reaction {
  /** What the arm is to be told now, if anything: the command itself, or the pose to hold. */
  send?: GuardedPose
  /** To `arm` and `disarm`. */
  reply?: { success: boolean; message: string }
}

/** What the state topic says, as JSON in a std_msgs/String. */
export interface GuardState {
  /**
   * `idle`: lets nothing through and says nothing to the arm. `armed`: obeys, or waits for the first command.
   * `holding`: repeats the pose to hold. `stopped`: the same, by an emergency stop.
   */
  state: 'idle' | 'armed' | 'holding' | 'stopped'
  reason: string
  /** commands since the start */
  accepted: number
  rejected: number
  /** of the last accepted command, s; 0 before the first */
  stamp: number
}

export interface GuardSettings {
  /** the frame of commands and of measured poses, exactly */
  base: string
  /** a command older than this is refused, s */
  maxAge: number
  /** a command from further in the future is refused, s: it would look fresh for longer than it is */
  maxAhead: number
  /** longest time between two accepted commands, s */
  silence: number
  /** longest time from `arm` to the first accepted command, s */
  firstCommand: number
  /** a measured pose older than this is none, s */
  measuredMaxAge: number
  /** how often the pose to hold is said again, s */
  holdEvery: number
}

export const guardSettings = (base: string): GuardSettings => ({
  base,
  maxAge: 0.15,
  maxAhead: 0.05,
  silence: 0.1,
  firstCommand: 1,
  measuredMaxAge: 0.2,
  holdEvery: 0.05,
})

/** How far a quaternion's length may be off 1: 32-bit numbers round, zeros and NaN are neither. */
const UNIT_TOLERANCE = 1e-3

export class Guard {
  readonly #settings: GuardSettings
  #state: GuardState = { state: 'idle', reason: 'not armed yet', accepted: 0, rejected: 0, stamp: 0 }
  #armedAt: GuardTime = { ros: 0, steady: 0 }
  /** the stream that is let through: whose it is, its newest command, and when that came, steady */
  #stream: { publisher: string; newest: GuardedPose; at: number } | undefined
  /** where the arm was last, and when, steady */
  #measured: { pose: Pose; at: number } | undefined
  #measuredComplaint = 'none has come'
  /** what the arm is told over and over until the next stream begins */
  #hold: Pose | undefined
  /** when it was told, steady */
  #heldAt = 0
  #stopActive = false
  /** `disarm` was asked for while the stop was pressed: done when it is released */
  #owesDisarm = false
  #publishers = 1

  constructor(settings: GuardSettings) {
    this.#settings = settings
  }

  get state(): GuardState {
    return { ...this.#state }
  }

  /** Events in the order in which they came, `now` never backwards on the steady clock. */
  handle(event: GuardEvent, now: GuardTime): Reaction {
    // Whatever happens now, it does not undo that there was silence before: a guard that was itself frozen sees the
    // next command first, and it may well be fresh.
    const held = this.#expire(now)
    const reaction = this.#react(event, now)
    return held ? { ...reaction, ...this.#tell(held, now) } : reaction
  }

  #react(event: GuardEvent, now: GuardTime): Reaction {
    switch (event.kind) {
      case 'command':
        return this.#command(event.command, event.publisher, now)
      case 'measured':
        return this.#measure(event.measured, now)
      case 'stop':
        return this.#stop(event.active, now)
      case 'publishers':
        return this.#count(event.count, now)
      case 'arm':
        return { reply: this.#arm(now) }
      case 'disarm':
        return this.#disarm(now)
      case 'tick':
        return this.#hold && now.steady - this.#heldAt >= this.#settings.holdEvery ? this.#tell(this.#hold, now) : {}
    }
  }

  /** Ends what has lasted too long; returns the pose to hold when that ends a stream. */
  #expire(now: GuardTime): Pose | undefined {
    if (this.#state.state !== 'armed') return undefined
    const { silence, firstCommand } = this.#settings
    if (this.#stream && now.steady - this.#stream.at > silence) {
      return this.#endStream('holding', `no command for ${milliseconds(silence)}`, now)
    }
    if (!this.#stream && now.steady - this.#armedAt.steady > firstCommand) {
      return this.#endStream('holding', `no command within ${milliseconds(firstCommand)} of arming`, now)
    }
    if (!this.#whereabouts(now)) return this.#endStream('holding', this.#noMeasurement(), now)
    return undefined
  }

  /** Leaves `armed`. A stream that never began leaves the arm as it was: held already, or alone. */
  #endStream(state: 'holding' | 'stopped', reason: string, now: GuardTime): Pose | undefined {
    const began = this.#stream
    if (began) this.#hold = this.#whereabouts(now) ?? began.newest.pose
    this.#stream = undefined
    this.#enter(state === 'holding' && !this.#hold ? 'idle' : state, reason)
    return began && this.#hold
  }

  /** Where the arm is, unless that is not known well enough. */
  #whereabouts(now: GuardTime): Pose | undefined {
    const measured = this.#measured
    return measured && now.steady - measured.at <= this.#settings.measuredMaxAge ? measured.pose : undefined
  }

  #noMeasurement(): string {
    return `no measured pose for ${milliseconds(this.#settings.measuredMaxAge)}: ${this.#measuredComplaint}`
  }

  #command(command: GuardedPose, publisher: string, now: GuardTime): Reaction {
    if (this.#state.state !== 'armed') {
      this.#state.rejected++
      return {}
    }
    if (this.#stream && publisher !== this.#stream.publisher) {
      this.#state.rejected++
      const hold = this.#endStream(
        'holding',
        `two masters: ${publisher} commands as well as ${this.#stream.publisher}`,
        now,
      )
      return this.#tell(hold, now)
    }
    const complaint = this.#complaint(command, now)
    if (complaint) {
      this.#state.rejected++
      this.#state.reason = `refused a command: ${complaint}`
      return {}
    }
    if (!this.#stream) this.#state.reason = `obeys ${publisher}`
    this.#stream = { publisher, newest: command, at: now.steady }
    this.#hold = undefined
    this.#state.accepted++
    this.#state.stamp = command.stamp
    return { send: command }
  }

  /** What is wrong with a command, if anything. */
  #complaint(command: GuardedPose, now: GuardTime): string | undefined {
    const { base, maxAge, maxAhead } = this.#settings
    const wrong = malformed(command, base) ?? mistimed(command.stamp, maxAge, maxAhead, now)
    if (wrong) return wrong
    if (command.stamp < this.#armedAt.ros) return 'it was made before the guard was armed'
    if (this.#stream && command.stamp <= this.#stream.newest.stamp) return 'its stamp is not after the one before'
    return undefined
  }

  #measure(measured: GuardedPose, now: GuardTime): Reaction {
    const { base, measuredMaxAge, maxAhead } = this.#settings
    const complaint = malformed(measured, base) ?? mistimed(measured.stamp, measuredMaxAge, maxAhead, now)
    if (!complaint) this.#measured = { pose: measured.pose, at: now.steady - Math.max(0, now.ros - measured.stamp) }
    this.#measuredComplaint = complaint ?? 'none has come since'
    return {}
  }

  #stop(active: boolean, now: GuardTime): Reaction {
    this.#stopActive = active
    if (!active && this.#owesDisarm) {
      this.#leaveAlone()
      return {}
    }
    if (this.#state.state === 'stopped') {
      this.#state.reason = active ? 'emergency stop' : 'emergency stop, released since'
      return {}
    }
    if (!active) return {}
    const hold = this.#endStream('stopped', 'emergency stop', now)
    return this.#tell(hold, now)
  }

  #count(count: number, now: GuardTime): Reaction {
    this.#publishers = count
    if (this.#state.state !== 'armed' || count <= 1) return {}
    const hold = this.#endStream('holding', `two masters: ${count} publish commands`, now)
    return this.#tell(hold, now)
  }

  #arm(now: GuardTime): { success: boolean; message: string } {
    const refused = (message: string) => ({ success: false, message })
    if (this.#stopActive) return refused('the emergency stop is pressed: release it first')
    if (this.#stream) return refused(`${this.#stream.publisher} commands already: disarm first`)
    if (this.#publishers > 1) return refused(`${this.#publishers} publish commands, expected one: end the others`)
    if (!this.#whereabouts(now)) return refused(this.#noMeasurement())
    this.#armedAt = now
    this.#enter('armed', 'waits for the first command')
    return { success: true, message: `armed: expects a command within ${milliseconds(this.#settings.firstCommand)}` }
  }

  /** Holds once where the arm is, and then leaves it alone; stopped, goes on holding until released. */
  #disarm(now: GuardTime): Reaction {
    if (this.#stopActive) {
      this.#owesDisarm = true
      return { reply: { success: true, message: 'stopped: holds until released, and is disarmed then' } }
    }
    const hold = this.#state.state === 'armed' ? this.#endStream('holding', 'disarmed', now) : undefined
    this.#leaveAlone()
    return { reply: { success: true, message: 'disarmed' }, ...this.#tell(hold, now) }
  }

  /** Forgets the pose to hold: an arm that somebody moved since would be pulled back to it. */
  #leaveAlone(): void {
    this.#owesDisarm = false
    this.#hold = undefined
    this.#enter('idle', 'disarmed')
  }

  #enter(state: GuardState['state'], reason: string): void {
    this.#state = { ...this.#state, state, reason }
  }

  #tell(hold: Pose | undefined, now: GuardTime): Reaction {
    if (!hold) return {}
    this.#heldAt = now.steady
    return { send: { stamp: now.ros, frame: this.#settings.base, pose: hold } }
  }
}

/** What no pose may be, whenever it was made. */
function malformed({ frame, pose }: GuardedPose, base: string): string | undefined {
  if (frame !== base) return `expected frame ${base}, got ${frame || 'none'}`
  if (![...pose.position, ...pose.orientation].every(Number.isFinite)) return 'a number is not finite'
  const [x, y, z, w] = pose.orientation
  const length = Math.sqrt(x * x + y * y + z * z + w * w)
  if (Math.abs(length - 1) > UNIT_TOLERANCE) return 'the quaternion’s length is not 1'
  return undefined
}

function mistimed(stamp: number, maxAge: number, maxAhead: number, now: GuardTime): string | undefined {
  const age = now.ros - stamp
  if (age > maxAge) return `it is ${milliseconds(age)} old, of at most ${milliseconds(maxAge)}`
  if (age < -maxAhead)
    return `it is ${milliseconds(-age)} ahead of the clock here, of at most ${milliseconds(maxAhead)}`
  // NaN is neither.
  return Number.isFinite(age) ? undefined : 'its stamp is not finite'
}

const milliseconds = (seconds: number): string => `${Math.floor(seconds * 1000 + 0.5)} ms`
