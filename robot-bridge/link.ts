// The link to a robot: the connection's life, what is believed of what arrives, and who may move the arm, decided here.
//
// No socket, thread or timer: a Wire carries the messages, `now` is the time and `tick` is called every 10 ms. So that all
// of it can be tried with a clock of its own; link-worker.ts runs it.
//
// While armed, whatever makes the robot's state or ours doubtful ends in a held robot: the state leaves `armed` first, so
// that no further command goes out; the measured pose (or a standstill) is sent as the last command if the bridge is known
// to be awake, for one that is not would deliver it late; and the guard is disarmed, which is asked for until it answers.
// What is noticed by its absence is noticed within 100 ms: see link-limits.ts.
import { backOff } from './back-off.ts'
import { EventLog, likeness } from './bridge-events.ts'
import { commandTopic } from './command-message.ts'
import { type Command, CommandStream, type Sending } from './command-stream.ts'
import { type Change, type ConnectionState, nextState } from './connection-state.ts'
import { type Done, GuardClient } from './guard-client.ts'
import { tellsOfTwoMasters } from './guard-state.ts'
import { BEAT_INTERVAL, Heartbeat, type RoundTrips } from './heartbeat.ts'
import { LIMITS, TICK } from './link-limits.ts'
import type { CommandCounts, DropReason, LinkStatus, News } from './link-news.ts'
import { decodeHeader, encodeHeader, typeName } from './messages.ts'
import { PendingCalls } from './pending-calls.ts'
import type { Profile } from './profile.ts'
import { RobotStreams, type StreamName } from './robot-streams.ts'
import { FUTURE } from './slot.ts'
import { checkTypes, type ExpectedTopic, expectedTopics } from './type-check.ts'
import { Watchdog } from './watchdog.ts'
import type { Answer, Dial, Wire } from './wire.ts'

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
  readonly #guard: GuardClient | undefined
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
    if (options.profile.guard) {
      this.#guard = new GuardClient({
        topic: options.profile.guard.state,
        now: options.now,
        isArmed: () => this.#state === 'armed',
        call: (service, timeout, done) => this.#call(service, 'std_srvs/Trigger', {}, timeout, done),
      })
    }
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
    const guard = this.#guard
    const owed = guard?.isOwed ? 'the guard has not confirmed yet that it is disarmed' : undefined
    const obstacle = this.#obstacle(now) ?? owed
    if (obstacle) done(obstacle)
    else if (!guard) this.#armed(done)
    else {
      guard.arm(
        () => this.#obstacle(this.#options.now()),
        (failure) => (failure ? done(failure) : this.#armed(done)),
      )
    }
  }

  /** Holds the arm where it is and gives it out of our hands. May be called in any state, and twice. */
  stop(reason: string, done: Done = () => {}): void {
    this.#guard?.callOff(reason)
    if (this.#state === 'armed') {
      // `held` calls the guard; who asked hears of the answer.
      this.#change('disarmed', reason, done)
    } else if (this.#guard && this.#wire && this.#state !== 'connecting') {
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
    if (this.#guard?.isDue(now)) this.#disarm()
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
    return isAnswered && !this.#guard?.isOwed && now - this.#doubtedAt >= LIMITS.calm
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
    if (this.#guard?.isSilent(now)) doubts.push(`the guard says nothing on ${this.#guard.topic}`)
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
    if (this.#guard?.isUnconfirmed(now)) {
      doubts.push(`the guard was armed but does not say so on ${this.#guard.topic}`)
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
    this.#guard?.connected()
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
    if (this.#guard?.isOwed) waiting.push('the guard to be disarmed')
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
    else if (topic === this.#guard?.topic) this.#guardSaid(this.#guard, message, now)
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

  #guardSaid(guard: GuardClient, message: unknown, now: number): void {
    const before = guard.said?.state
    try {
      const { state, reason } = guard.heard(message)
      if (state !== before) this.#events.add({ kind: 'guard', message: `the guard is ${state}: ${reason}` }, now)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse(error.message, true, now)
      return
    }
    this.#dirty = true
    const { lapse } = guard
    if (this.#state !== 'armed' || !lapse) return
    if (tellsOfTwoMasters(lapse)) this.#fault(lapse.reason)
    else this.#doubt(`the guard is ${lapse.state}: ${lapse.reason}`)
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
    if (this.#guard?.isArming) return 'it is being armed already'
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
    this.#guard?.armed()
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
    const last = sent ? 'the measured pose was sent' : 'no last command could be sent'
    const asked = this.#guard ? ', the guard asked to disarm' : ''
    this.#events.add({ kind: 'held', message: `${reason}; ${last}${asked}` }, now)
    this.#disarm(done)
  }

  #ageOfEe(robotNow: number): number {
    const ee = this.#streams.newest('ee')
    return ee ? robotNow - ee.stamp : Number.POSITIVE_INFINITY
  }

  #disarm(done: Done = () => {}): void {
    if (!this.#guard) {
      done()
      return
    }
    this.#guard.disarm((failure) => {
      this.#dirty = true
      done(failure)
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
    const guard = this.#guard?.said
    const isWaiting = this.#state === 'syncing' || this.#state === 'stale'
    return {
      state: this.#state,
      reason: this.#reason,
      waitingFor: isWaiting ? this.#waitingFor(now) : [],
      ...(offset !== undefined && { offset }),
      ...(this.#roundTrips && { roundTrips: this.#roundTrips }),
      ...(guard && { guard }),
      ...this.counts,
      ...(cameraInBase && { cameraInBase }),
    }
  }
}

const milliseconds = (seconds: number): string => (Number.isFinite(seconds) ? (seconds * 1e3).toFixed(0) : '∞')
