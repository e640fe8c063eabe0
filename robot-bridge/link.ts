// The link to a robot: the connection's life, what is believed of what arrives, and who may move the arm, decided here.
//
// No socket, thread or timer: a Wire carries the messages, `now` is the time and `tick` is called every 10 ms. So that all
// of it can be tried with a clock of its own; link-worker.ts runs it.
//
// While armed, whatever makes the robot's state or ours doubtful ends in a held robot: the state leaves `armed` first, so
// that no further command goes out; the measured pose (or a standstill) is sent as the last command if the bridge is known
// to be awake, for one that is not would deliver it late; and the guard is disarmed, which is asked for until it answers.
// What is noticed by its absence is noticed within 100 ms: see LIMITS.
import type { Pose } from '../geometry/index.ts'
import { backOff } from './back-off.ts'
import { type BridgeEvent, EventLog, likeness } from './bridge-events.ts'
import { commandTopic } from './command-message.ts'
import { type Command, CommandStream, type Sending } from './command-stream.ts'
import { type Change, type ConnectionState, nextState } from './connection-state.ts'
import { decodeGuardState, type GuardState, tellsOfTwoMasters } from './guard-state.ts'
import { BEAT_INTERVAL, Heartbeat, type RoundTrips } from './heartbeat.ts'
import { decodeHeader, decodeTriggerResponse, encodeHeader, typeName } from './messages.ts'
import { PendingCalls } from './pending-calls.ts'
import type { Profile } from './profile.ts'
import { RobotStreams, type StreamName, type StreamValues } from './robot-streams.ts'
import { FUTURE } from './slot.ts'
import { checkTypes, type ExpectedTopic, expectedTopics } from './type-check.ts'
import { Watchdog } from './watchdog.ts'
import type { Answer, Dial, Wire } from './wire.ts'

/** Call `tick` this often, s. */
export const TICK = 0.01

/** All in seconds, but for counts. */
export const LIMITS = {
  /** silence of the thread that commands, while armed */
  mainSilence: 0.1,
  /** between two commands, while armed; and from arming to the first */
  commandSilence: 0.1,
  firstCommand: 1,
  /** a command that waited longer on this machine is not sent */
  commandAge: 0.05,
  /** silence of the guard, which speaks 20 times a second */
  guardSilence: 0.3,
  /** from being armed to saying so */
  guardConfirms: 0.5,
  /** without a heartbeat, until the connection is given up */
  heartbeatSilence: 1,
  opening: 3,
  /** from advertising to the first command: younger topics lose messages, or rosbridge repeats them */
  advertised: 1,
  /** heartbeats in a row before anything is believed */
  heartbeats: 10,
  /** without a new doubt, until what was doubted is trusted */
  calm: 0.2,
  arm: 1,
  disarm: 0.25,
  /** for rosapi to answer, and until it is asked again */
  rosapi: 2,
  typeCheck: 0.5,
  /** since a stranger's command, until arming is allowed */
  stranger: 1,
} as const

export interface LinkOptions {
  profile: Profile
  dial: Dial
  /** a clock that only goes forward, s */
  now: () => number
  /** 0 to 1 */
  random: () => number
  /** names this client among all that are connected: letters, digits, _ */
  client: string
  /** the newest picture's stamp on the robot's clock, s; undefined until there is one. Left out: no camera is needed. */
  pictureStamp?: () => number | undefined
  /** a camera is needed only once there is a picture */
  picturesIfAny?: boolean
  /** they come by another rosbridge: this one need not know their topics */
  picturesElsewhere?: boolean
}

export type DropReason = 'not armed' | 'no credit' | 'late' | 'congested' | 'invalid'

/** What became of the commands, since the beginning; those said again are not counted. */
export interface CommandCounts {
  sent: number
  dropped: Readonly<Partial<Record<DropReason, number>>>
}

export interface LinkStatus extends CommandCounts {
  state: ConnectionState
  /** why it is in that state */
  reason: string
  /** what keeps it from being ready, in words */
  waitingFor: readonly string[]
  /** s to add to the link's clock for the robot's; undefined before the first heartbeat */
  offset?: number
  /** of the heartbeat, the last ten seconds */
  roundTrips?: RoundTrips
  guard?: GuardState
  /** as the transforms say */
  cameraInBase?: Pose
}

/** What changed since it was asked for last. */
export interface News {
  status: LinkStatus
  values: { [Name in StreamName]?: StreamValues[Name] }
  events: BridgeEvent[]
}

export type Done = (failure?: string) => void

/** Messages of a topic of which each counts, that may wait on the bridge. */
const EACH = 100

const NEWS: readonly StreamName[] = ['ee', 'source', 'target', 'wrench', 'joints', 'joystick']

export class Link {
  readonly #options: LinkOptions
  readonly #profile: Profile
  readonly #streams: RobotStreams
  readonly #outgoing: CommandStream
  readonly #events = new EventLog()
  readonly #main = new Watchdog(LIMITS.mainSilence)
  readonly #commands = new Watchdog(LIMITS.commandSilence)
  readonly #strangers = new Watchdog(LIMITS.stranger)
  readonly #guardVoice = new Watchdog(LIMITS.guardSilence)
  readonly #heartbeatTopic: string

  #state: ConnectionState = 'down'
  #reason = 'not connected yet'
  #since: number
  /** when something was doubtful last */
  #doubtedAt = 0
  #wire: Wire | undefined
  #connections = 0
  #failures = 0
  #dialAt: number
  #heart = new Heartbeat()
  #nextBeat = 0
  #advertised = 0
  readonly #calls = new PendingCalls((message) =>
    this.#events.add({ kind: 'service', message }, this.#options.now(), message),
  )

  #typesRight = false
  #absent: string[] = []
  #typeCheckAt = 0

  #guard: GuardState | undefined
  /** the guard has said that it is armed since it was asked to be */
  #confirmed = false
  #armedAt = 0
  #arming = false
  /** why nobody wants any more what is being armed */
  #unwanted: string | undefined
  /** the guard may still be armed though we are not */
  #owesDisarm = false
  #disarmAt = 0

  #sent = 0
  #dropped: Partial<Record<DropReason, number>> = {}

  #roundTrips: RoundTrips | undefined
  #roundTripsAt = 0
  #told: { [Name in StreamName]?: number } = {}
  #dirty = true
  #closed = false

  constructor(options: LinkOptions) {
    this.#options = options
    this.#profile = options.profile
    this.#streams = new RobotStreams(options.profile)
    this.#outgoing = new CommandStream(options.profile)
    this.#heartbeatTopic = `/tenon/heartbeat_${options.client}`
    this.#since = options.now()
    this.#dialAt = options.now()
  }

  get state(): ConnectionState {
    return this.#state
  }

  get counts(): CommandCounts {
    return { sent: this.#sent, dropped: { ...this.#dropped } }
  }

  // What is asked of it

  /** The thread that commands is alive. */
  alive(): void {
    this.#main.feed(this.#options.now())
  }

  /** Sends it, or says why not; a command that was not sent is gone. */
  command(command: Command): DropReason | undefined {
    const reason = this.#send(command)
    if (reason) {
      this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1
      this.#events.add(
        { kind: 'dropped', message: `a command was not sent: ${reason}` },
        this.#options.now(),
        `dropped ${reason}`,
      )
    } else this.#sent++
    this.#dirty = true
    return reason
  }

  /** Puts the arm into our hands, if it is ready. */
  arm(done: Done): void {
    const now = this.#options.now()
    const owed = this.#owesDisarm ? 'the guard has not confirmed yet that it is disarmed' : undefined
    const obstacle = this.#obstacle(now) ?? owed
    const { guard } = this.#profile
    if (obstacle || !guard) {
      if (obstacle) done(obstacle)
      else this.#armed(done)
      return
    }
    this.#arming = true
    this.#unwanted = undefined
    // From here on it may be armed, whether its answer reaches us or not.
    this.#owesDisarm = true
    this.#disarmAt = now + LIMITS.arm
    this.#call(`${guard.state}/arm`, 'std_srvs/Trigger', {}, LIMITS.arm, (answer) => {
      this.#arming = false
      const failure = triggerFailure(answer)
      const unwanted = this.#unwanted && `stopped while it was being armed: ${this.#unwanted}`
      const since = failure ? `the guard did not arm: ${failure}` : (unwanted ?? this.#obstacle(this.#options.now()))
      if (since) {
        this.#disarmAt = this.#options.now()
        done(since)
      } else this.#armed(done)
    })
  }

  /** Holds the arm where it is and gives it out of our hands. May be called in any state, and twice. */
  stop(reason: string, done: Done = () => {}): void {
    if (this.#arming) this.#unwanted = reason
    if (this.#state === 'armed') {
      // `held` calls the guard; who asked hears of the answer.
      this.#change('disarmed', reason, done)
    } else if (this.#profile.guard && this.#wire && this.#state !== 'connecting') {
      this.#disarm(done)
    } else done()
  }

  /** A person has looked: everything is checked again. */
  clearFault(): void {
    if (this.#state !== 'fault') return
    this.#hangUp('the fault was cleared')
    this.#change('cleared', 'the fault was cleared')
    this.#dialAt = this.#options.now()
  }

  /** Any service. `timeout`: s */
  call(service: string, type: string, args: object, timeout: number, done: (answer: Answer) => void): void {
    this.#call(service, type, args, timeout, done)
  }

  /** Stops, and ends the connection for good. */
  close(): void {
    this.stop('the connection is closed')
    this.#closed = true
    this.#wire?.close()
    this.#wire = undefined
    this.#change('lost', 'closed')
  }

  /** Undefined when there are none. */
  takeNews(): News | undefined {
    const values: News['values'] = {}
    let isNew = this.#dirty || !this.#events.isEmpty
    const put = <Name extends StreamName>(name: Name) => {
      const newest = this.#streams.newest(name)
      if (!newest || newest.stamp === this.#told[name]) return
      this.#told[name] = newest.stamp
      values[name] = newest
      isNew = true
    }
    NEWS.forEach(put)
    if (!isNew) return undefined
    this.#dirty = false
    return { status: this.#status(), values, events: this.#events.take() }
  }

  // What time brings

  tick(): void {
    const now = this.#options.now()
    this.#calls.expire(now)
    if (this.#state === 'down') {
      if (!this.#closed && now >= this.#dialAt) this.#dialUp(now)
    } else if (this.#state === 'connecting') {
      if (now - this.#since > LIMITS.opening) this.#lose(`no connection within ${LIMITS.opening} s`)
    } else if (this.#wire) this.#keepUp(now)
  }

  /** While there is a connection. */
  #keepUp(now: number): void {
    this.#beat(now)
    if (this.#owesDisarm && this.#state !== 'armed' && !this.#arming && now >= this.#disarmAt) this.#disarm()
    if (this.#state === 'syncing') this.#sync(now)
    else if (this.#state !== 'fault') this.#judge(now)
  }

  #judge(now: number): void {
    const doubts = this.#doubts(now)
    const [doubt] = this.#state === 'armed' ? [...doubts, ...this.#armedDoubts(now)] : doubts
    if (doubt) this.#doubt(doubt)
    else if (this.#state === 'armed') this.#sayAgain(now)
    if (this.#state !== 'stale') return
    if (this.#heart.age(now) > LIMITS.heartbeatSilence && now - this.#since > LIMITS.heartbeatSilence) {
      this.#lose(`no heartbeat for ${LIMITS.heartbeatSilence} s`)
    } else if (this.#isCalm(now)) {
      this.#change('trusted', 'everything needed is fresh again')
    }
  }

  #isCalm(now: number): boolean {
    const isAnswered = this.#heart.inARow(now) >= LIMITS.heartbeats
    return isAnswered && !this.#owesDisarm && now - this.#doubtedAt >= LIMITS.calm
  }

  /** What is doubtful now, whether armed or not. */
  #doubts(now: number): string[] {
    const doubts: string[] = []
    if (!this.#heart.hasCredit(now, TICK)) {
      doubts.push(`the bridge has not answered a heartbeat for ${milliseconds(this.#heart.age(now))} ms`)
    }
    const robotNow = this.#robotNow(now)
    if (robotNow === undefined) return doubts
    doubts.push(...this.#streams.missing(robotNow), ...this.#missingPicture(robotNow))
    if (this.#profile.guard && this.#guardVoice.isSilent(now)) {
      doubts.push(`the guard says nothing on ${this.#profile.guard.state}`)
    }
    if (this.#streams.stopped) doubts.push('the stop topic or button says stop')
    // Who did not answer in time while armed has to answer before it may arm again.
    if (this.#state === 'stale' && this.#main.isSilent(now)) doubts.push('the thread that commands is blocked')
    return doubts
  }

  #armedDoubts(now: number): string[] {
    const doubts: string[] = []
    if (this.#main.isSilent(now, TICK)) {
      doubts.push(`the thread that commands has been blocked for ${milliseconds(this.#main.silence(now))} ms`)
    }
    if (this.#commands.isSilent(now, TICK)) doubts.push('the controller sends no commands')
    if (this.#profile.guard && !this.#confirmed && now - this.#armedAt > LIMITS.guardConfirms) {
      doubts.push(`the guard was armed but does not say so on ${this.#profile.guard.state}`)
    }
    return doubts
  }

  #missingPicture(robotNow: number): string[] {
    const { pictureStamp, picturesIfAny } = this.#options
    if (!pictureStamp) return []
    const stamp = pictureStamp()
    const mostAge = this.#profile.limits.poseStaleAfter
    if (stamp === undefined) return picturesIfAny ? [] : ['camera: no picture with depth arrived']
    const age = robotNow - stamp
    if (age < -FUTURE) {
      return [
        `camera: the newest picture is stamped ${(-age).toFixed(2)} s ahead of the robot's clock: set the clocks of the machines alike`,
      ]
    }
    return age > mostAge ? [`camera: the newest picture is ${age.toFixed(2)} s old, expected at most ${mostAge} s`] : []
  }

  // The connection

  #dialUp(now: number): void {
    const connection = ++this.#connections
    const ifCurrent =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (connection === this.#connections && this.#wire) handle(...args)
      }
    this.#heart = new Heartbeat()
    this.#nextBeat = now
    this.#change('dial', 'connecting')
    this.#wire = this.#options.dial({
      opened: ifCurrent(() => this.#opened()),
      closed: ifCurrent((reason: string) => this.#lose(reason)),
      message: ifCurrent((topic: string, message: unknown) => this.#received(topic, message)),
      malformed: ifCurrent((reason: string) => this.#malformed(reason)),
      status: ifCurrent((level: string, message: string) => this.#said(level, message)),
    })
  }

  #opened(): void {
    const now = this.#options.now()
    const { profile } = this.#options
    const wire = this.#wire as Wire
    const type = (plain: string) => typeName(plain, profile.ros)
    this.#typesRight = false
    this.#typeCheckAt = now
    this.#advertised = now
    this.#streams.empty()
    this.#guardVoice.feed(now)
    this.#guard = undefined
    // Commands are listened to before any is advertised, so that a stranger's are heard.
    wire.subscribe(commandTopic(profile), type(profile.command.type))
    wire.subscribe(this.#heartbeatTopic, type('std_msgs/Header'))
    if (profile.guard) wire.subscribe(profile.guard.state, type('std_msgs/String'))
    for (const { topic, type: plain, isEach } of this.#streams.subscriptions) {
      wire.subscribe(topic, type(plain), isEach ? { queue: EACH } : {})
    }
    wire.advertise(this.#heartbeatTopic, type('std_msgs/Header'))
    wire.advertise(commandTopic(profile), type(profile.command.type))
    if (profile.gripper) wire.advertise(profile.gripper.topic, type(profile.gripper.type))
    this.#outgoing.forgetGripper()
    this.#change('opened', 'connected, checking')
  }

  /** The connection is gone, or given up. */
  #lose(reason: string): void {
    const now = this.#options.now()
    this.#change('lost', reason)
    this.#hangUp(reason)
    this.#dialAt = now + backOff(this.#failures++, this.#options.random())
  }

  #hangUp(reason: string): void {
    const wire = this.#wire
    this.#wire = undefined
    wire?.terminate()
    this.#calls.abandon(reason)
  }

  #beat(now: number): void {
    if (now < this.#nextBeat) return
    // No catching up: beats that were not sent in time are not sent.
    this.#nextBeat = Math.max(this.#nextBeat + BEAT_INTERVAL, now + BEAT_INTERVAL / 2)
    const count = this.#heart.beat(now)
    const { ros } = this.#profile
    const frame = `${this.#options.client}/${this.#connections}/${count}`
    this.#wire?.publish(this.#heartbeatTopic, encodeHeader(ros === 1 ? { frame, seq: count } : { frame }, ros))
    if (now - this.#roundTripsAt > 0.25) {
      this.#roundTripsAt = now
      this.#roundTrips = this.#heart.roundTrips()
      this.#dirty = true
    }
  }

  #sync(now: number): void {
    if (this.#heart.age(now) > LIMITS.heartbeatSilence && now - this.#since > 2 * LIMITS.heartbeatSilence) {
      this.#lose('the bridge does not send back the heartbeat')
      return
    }
    if (!this.#typesRight && now >= this.#typeCheckAt) this.#checkTypes(now)
    if (this.#waitingFor(now).length > 0) return
    this.#failures = 0
    this.#change('synced', 'connected, types checked, streams fresh')
  }

  #waitingFor(now: number): string[] {
    if (this.#state !== 'syncing') return this.#doubts(now)
    const waiting: string[] = []
    if (this.#heart.inARow(now) < LIMITS.heartbeats) waiting.push(`${LIMITS.heartbeats} heartbeats in a row`)
    if (!this.#typesRight) waiting.push(...(this.#absent.length > 0 ? this.#absent : ['types from rosapi']))
    if (this.#owesDisarm) waiting.push('the guard to be disarmed')
    if (now - this.#advertised <= LIMITS.advertised) waiting.push('topics to be known for a second')
    return [...waiting, ...this.#doubts(now)]
  }

  #checkTypes(now: number): void {
    this.#typeCheckAt = now + LIMITS.rosapi
    this.#call('/rosapi/topics', 'rosapi/Topics', {}, LIMITS.rosapi, (answer) => {
      this.#typeCheckAt = this.#options.now() + LIMITS.typeCheck
      if (!answer.ok) {
        this.#absent = [`rosapi: ${answer.message}; it has to run beside rosbridge`]
        return
      }
      try {
        const { wrong, absent } = checkTypes(answer.values, this.#expected)
        this.#absent = absent
        if (wrong.length > 0) this.#fault(`wrong type: ${wrong.join('; ')}`)
        else this.#typesRight = absent.length === 0
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        this.#absent = [error.message]
      }
    })
  }

  get #expected(): ExpectedTopic[] {
    const { profile, pictureStamp, picturesIfAny, picturesElsewhere } = this.#options
    const needsPictures = pictureStamp !== undefined && !picturesIfAny && !picturesElsewhere
    return expectedTopics(profile, this.#streams.subscriptions, needsPictures)
  }

  // What arrives

  #received(topic: string, message: unknown): void {
    const now = this.#options.now()
    if (topic === this.#heartbeatTopic) this.#answered(message, now)
    else if (topic === this.#profile.guard?.state) this.#guardSaid(message, now)
    else if (topic === commandTopic(this.#profile)) this.#commandHeard(message, now)
    else this.#streamed(topic, message, now)
  }

  #streamed(topic: string, message: unknown, now: number): void {
    const problems = this.#streams.take(topic, message, this.#robotNow(now))
    for (const problem of problems) this.#refuse(problem.message, problem.required, now)
    if (this.#state === 'armed' && this.#streams.stopped) this.#doubt('the stop topic or button says stop')
  }

  /** What must not be believed is not, and who is steered by it is stopped. */
  #refuse(message: string, required: boolean, now: number): void {
    this.#events.add({ kind: 'refused', message, required }, now, likeness(message))
    if (!required) return
    this.#doubt(message)
    this.#streams.empty()
    this.#told = {}
  }

  #malformed(reason: string): void {
    const now = this.#options.now()
    this.#events.add({ kind: 'refused', message: reason, required: true }, now, 'malformed')
    this.#doubt(reason)
  }

  #said(level: string, message: string): void {
    this.#events.add({ kind: 'status', message: `${level}: ${message}` }, this.#options.now(), message)
  }

  #answered(message: unknown, now: number): void {
    try {
      const { frame, stamp } = decodeHeader(message)
      const [client, connection, count] = frame.split('/')
      if (client !== this.#options.client || Number(connection) !== this.#connections) return
      const jump = this.#heart.answered(Number(count), stamp, now)
      if (jump === undefined) return
      const said = `the clock of the ROS side was set by ${jump.toFixed(3)} s`
      this.#events.add({ kind: 'clock', message: said }, now)
      this.#refuse(said, true, now)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse(error.message, true, now)
    }
  }

  #guardSaid(message: unknown, now: number): void {
    let guard: GuardState
    try {
      guard = decodeGuardState(message)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse(error.message, true, now)
      return
    }
    const before = this.#guard
    this.#guardVoice.feed(now)
    this.#guard = guard
    this.#dirty = true
    if (guard.state !== before?.state) {
      this.#events.add({ kind: 'guard', message: `the guard is ${guard.state}: ${guard.reason}` }, now)
    }
    if (this.#state !== 'armed') return
    if (guard.state === 'armed') this.#confirmed = true
    // What it said before it was armed may arrive after the answer that it is.
    else if (!this.#confirmed) return
    else if (tellsOfTwoMasters(guard)) this.#fault(guard.reason)
    else this.#doubt(`the guard is ${guard.state}: ${guard.reason}`)
  }

  #commandHeard(message: unknown, now: number): void {
    try {
      const sent = this.#outgoing.sentAt(message)
      if (sent !== undefined) {
        this.#heart.acknowledged(sent, now)
        return
      }
    } catch (error) {
      // A stranger's all the same: none of ours lacks a stamp.
      if (!(error instanceof RangeError)) throw error
    }
    this.#strangers.feed(now)
    const said = `two masters: someone else publishes on ${commandTopic(this.#profile)}`
    this.#events.add({ kind: 'refused', message: said, required: true }, now, said)
    if (this.#state === 'armed') this.#fault(said)
  }

  // Who may move the arm

  /** Why it cannot be armed now. */
  #obstacle(now: number): string | undefined {
    if (this.#state === 'armed') return 'it is armed already'
    if (this.#arming) return 'it is being armed already'
    if (this.#state !== 'ready') {
      const waiting = this.#waitingFor(now)
      const why =
        this.#state === 'syncing' || this.#state === 'stale' ? waiting.join('; ') || this.#reason : this.#reason
      return `the connection is ${this.#state}, not ready: ${why}`
    }
    const [doubt] = this.#doubts(now)
    if (doubt) return doubt
    if (!this.#strangers.isSilent(now)) {
      return `someone else publishes on ${commandTopic(this.#profile)}: end that program first`
    }
    return undefined
  }

  #armed(done: Done): void {
    const now = this.#options.now()
    this.#armedAt = now
    this.#confirmed = false
    this.#commands.feed(now, LIMITS.firstCommand)
    this.#main.feed(now)
    this.#outgoing.begin()
    this.#change('armed', 'armed as asked')
    done()
  }

  #doubt(reason: string): void {
    this.#doubtedAt = this.#options.now()
    if (this.#change('doubt', reason)) this.#heart.distrust()
  }

  #fault(reason: string): void {
    this.#change('fault', reason)
  }

  #change(change: Change, reason: string, done: Done = () => {}): boolean {
    const from = this.#state
    const to = nextState(from, change)
    if (!to) {
      done()
      return false
    }
    const now = this.#options.now()
    this.#state = to
    this.#reason = reason
    this.#since = now
    this.#dirty = true
    this.#events.add({ kind: 'state', from, to, message: reason }, now)
    if (from === 'armed') this.#hold(reason, now, done)
    else done()
    return true
  }

  /** After the state has left `armed`. */
  #hold(reason: string, now: number, done: Done): void {
    const { offset } = this.#heart.clock
    const fresh = offset !== undefined && this.#ageOfEe(now + offset) <= this.#profile.limits.staleAfter
    const measured = fresh ? this.#streams.newest('ee')?.pose : undefined
    const isAwake = offset !== undefined && this.#heart.hasCredit(now)
    const sent = isAwake && this.#outgoing.hold({ wire: this.#wire, measured, now, offset })
    const { guard } = this.#profile
    const last = sent ? 'the measured pose was sent' : 'no last command could be sent'
    const asked = guard ? ', the guard asked to disarm' : ''
    this.#events.add({ kind: 'held', message: `${reason}; ${last}${asked}` }, now)
    this.#owesDisarm = guard !== undefined
    this.#disarm(done)
  }

  #ageOfEe(robotNow: number): number {
    const ee = this.#streams.newest('ee')
    return ee ? robotNow - ee.stamp : Number.POSITIVE_INFINITY
  }

  #disarm(done: Done = () => {}): void {
    const { guard } = this.#profile
    if (!guard) {
      done()
      return
    }
    const now = this.#options.now()
    this.#disarmAt = now + LIMITS.disarm
    this.#call(`${guard.state}/disarm`, 'std_srvs/Trigger', {}, LIMITS.disarm, (answer) => {
      const failure = triggerFailure(answer)
      // Armed again since by who asked for it: nothing is owed for the time before.
      if (!failure && this.#state !== 'armed' && !this.#arming) this.#owesDisarm = false
      this.#dirty = true
      done(failure && `the guard did not disarm: ${failure}`)
    })
  }

  #send(command: Command): DropReason | undefined {
    const now = this.#options.now()
    if (this.#state !== 'armed') return 'not armed'
    if (!this.#heart.hasCredit(now)) return 'no credit'
    if (!(now - command.made <= LIMITS.commandAge)) return 'late'
    const sending = this.#sending(now)
    if (!sending) return 'no credit'
    try {
      if (!this.#outgoing.send(command, sending)) return 'congested'
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#events.add({ kind: 'refused', message: error.message, required: false }, now, likeness(error.message))
      return 'invalid'
    }
    this.#commands.feed(now)
    return undefined
  }

  #sayAgain(now: number): void {
    const age = this.#outgoing.dueAge(now)
    if (age === undefined) return
    this.#outgoing.sayAgain(age <= LIMITS.commandAge && this.#heart.hasCredit(now) ? this.#sending(now) : undefined)
  }

  /** Undefined as long as clock or arm are not known. */
  #sending(now: number): Sending | undefined {
    const { offset } = this.#heart.clock
    const measured = this.#streams.newest('ee')?.pose
    return offset === undefined || !measured ? undefined : { wire: this.#wire, measured, now, offset }
  }

  #robotNow(now: number): number | undefined {
    const { offset } = this.#heart.clock
    return offset === undefined ? undefined : now + offset
  }

  // Services

  #call(service: string, type: string, args: object, timeout: number, done: (answer: Answer) => void): void {
    const now = this.#options.now()
    if (!this.#wire || this.#state === 'connecting') {
      done({ ok: false, message: 'there is no connection' })
      return
    }
    const named = { service, type: typeName(type, this.#profile.ros, 'srv'), args, deadline: now + timeout }
    this.#calls.call(this.#wire, named, done)
  }

  #status(): LinkStatus {
    const now = this.#options.now()
    const { offset } = this.#heart.clock
    const { cameraInBase } = this.#streams
    const isWaiting = this.#state === 'syncing' || this.#state === 'stale'
    return {
      state: this.#state,
      reason: this.#reason,
      waitingFor: isWaiting ? this.#waitingFor(now) : [],
      ...(offset !== undefined && { offset }),
      ...(this.#roundTrips && { roundTrips: this.#roundTrips }),
      ...(this.#guard && { guard: this.#guard }),
      ...this.counts,
      ...(cameraInBase && { cameraInBase }),
    }
  }
}

/** Why a service of type std_srvs/Trigger did not do what was asked; undefined when it did. */
function triggerFailure(answer: Answer): string | undefined {
  if (!answer.ok) return answer.message
  try {
    const { success, message } = decodeTriggerResponse(answer.values)
    return success ? undefined : message
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return error.message
  }
}

const milliseconds = (seconds: number): string => (Number.isFinite(seconds) ? (seconds * 1e3).toFixed(0) : '∞')
