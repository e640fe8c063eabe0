// A real arm behind the Robot port: what its ROS topics tell, and commands to it, through rosbridge.
//
//   this thread                 link thread                         rosbridge ─ guard ─ arm
//   ───────────                 ───────────
//   observe()  ◄─ newest values ─ decode ◄──────── socket ◄──────── topics
//   command() ──────────────────► credit? stamp ─► socket ────────► command topic
//        └──────── signs of life ► watchdog ─────► socket ────────► hold, disarm
//                               picture thread
//   rgbd  ◄─ copy ─ shared memory ◄─ decode ◄───── socket ◄──────── colour, depth
//
// Connecting, reconnecting and noticing that something is wrong go by themselves; arming never does.
import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Clock, Observation, PoseCommand, Robot } from '../control/robot.ts'
import { makePose, type Pose } from '../geometry/index.ts'
import { BridgeError } from './bridge-error.ts'
import { type BridgeEvent, EventLog, likeness } from './bridge-events.ts'
import type { ConnectionState } from './connection-state.ts'
import type { RoundTrips } from './heartbeat.ts'
import type { LinkStatus, News } from './link-news.ts'
import { localNow } from './local-clock.ts'
import { decodeTriggerResponse, type Joints, type Joystick } from './messages.ts'
import { Assembly, type AssemblyOptions, KEPT_PICTURES } from './observation.ts'
import { makeTurns, PictureReader } from './picture-ring.ts'
import type { Profile } from './profile.ts'
import { RobotClock } from './robot-clock.ts'
import { SharedStamp } from './shared-stamp.ts'
import type { FromLink, FromPictures, LinkSetup, PictureSetup, ToLink, ToPictures } from './thread-messages.ts'
import type { TlsOptions } from './transport.ts'
import type { Answer } from './wire.ts'

export interface RosRobotOptions extends Pick<AssemblyOptions, 'gate'> {
  /** ws:// or wss:// */
  url: string
  profile: Profile
  /** of wss */
  tls?: TlsOptions
  /** whether pictures are received, and needed; `if any`: needed once the first has come; default: no */
  camera?: boolean | 'if any'
  /** of a second rosbridge, of the same ROS: pictures come from there, and make no command wait; default: `url` */
  cameraUrl?: string
  /** pictures a second, at most; as many as come when left out */
  pictureRate?: number
  /** instead of the profile's */
  cameraInBase?: Pose
}

export { BridgeError }

export interface Latencies {
  /** of the heartbeat, s, the last ten seconds */
  roundTrip?: RoundTrips
  /** of the newest observation, s */
  observationAge?: number
}

/** Pictures that do not come are tried again within this time, s. */
const PICTURES_RETRIED = 6

/** s; the threads answer sooner, whatever the network does */
const STOP_ANSWER = 1
const CLOSE_ANSWER = 1
const CLEAR_ANSWER = 1
const SERVICE = 5
/** Events that are remembered. */
const MOST_EVENTS = 1000
/** For pictures: those that are kept, the one that just comes, and the one that is decoded meanwhile. */
const SLOTS = KEPT_PICTURES + 2

export class RosRobot implements Robot, Clock {
  readonly #options: RosRobotOptions
  readonly #link: Worker
  readonly #pictures: Worker | undefined
  readonly #ring: PictureReader | undefined
  readonly #clock = new RobotClock()
  readonly #assembly: Assembly
  readonly #answers = new Map<number, (answer: Answer) => void>()
  readonly #listeners = new Set<(event: BridgeEvent) => void>()
  readonly #waiters = new Set<() => void>()
  readonly #events: BridgeEvent[] = []
  readonly #pictureLog = new EventLog(PICTURES_RETRIED)
  #asked = 0
  #status: LinkStatus = { state: 'down', reason: 'not connected yet', waitingFor: [], sent: 0, dropped: {} }
  #joints: Joints | undefined
  #joystick: Joystick | undefined
  #isClosed = false

  /** Connects by itself; see {@link ready}. Throws a RangeError for a camera that the profile does not have. */
  constructor(options: RosRobotOptions) {
    const { url, profile, tls = {}, camera = false, cameraUrl = url, pictureRate, gate } = options
    this.#options = options
    if (camera && !profile.camera) throw new RangeError(`the profile "${profile.name}" has no camera`)
    const client = `tenon_${randomBytes(4).toString('hex')}`
    const stamp = new SharedStamp()
    this.#assembly = new Assembly({
      profile,
      camera,
      now: () => this.now(),
      ...(gate !== undefined && { gate }),
    })
    this.#link = this.#start<FromLink>(
      'link',
      {
        ...{ url, tls, profile, client, picturesIfAny: camera === 'if any', picturesElsewhere: cameraUrl !== url },
        ...(camera && { pictureStamp: stamp.buffer }),
      } satisfies LinkSetup,
      (message) => this.#heard(message),
    )
    if (!camera) return
    const turns = makeTurns(SLOTS)
    this.#ring = new PictureReader(turns)
    const setup: PictureSetup = { url: cameraUrl, tls, profile, pictureStamp: stamp.buffer, turns }
    this.#pictures = this.#start<FromPictures>(
      'picture',
      pictureRate === undefined ? setup : { ...setup, rate: pictureRate },
      (message) => this.#pictured(message),
    )
  }

  get state(): ConnectionState {
    return this.#status.state
  }

  /** All that is known of the connection: the reason of its state, what it waits for, the guard, what was dropped. */
  get status(): LinkStatus {
    return this.#status
  }

  get latencies(): Latencies {
    const { roundTrips } = this.#status
    let observationAge: number | undefined
    try {
      observationAge = this.now() - this.#assembly.observe().stamp
    } catch {
      // Nothing has been observed yet.
    }
    return {
      ...(roundTrips && { roundTrip: roundTrips }),
      ...(observationAge !== undefined && { observationAge }),
    }
  }

  /** What happened, the last thousand. */
  get events(): readonly BridgeEvent[] {
    return this.#events
  }

  /** A picture has come. */
  get hasPictures(): boolean {
    return this.#assembly.hasPictures
  }

  get joints(): Joints | undefined {
    return this.#joints
  }

  get joystick(): Joystick | undefined {
    return this.#joystick
  }

  /** Throws a BridgeError as long as neither profile nor transforms say where it is. */
  get cameraInBase(): Pose {
    const { cameraInBase, profile } = this.#options
    const fromProfile = profile.cameraInBase
    const found =
      cameraInBase ??
      (fromProfile && makePose(fromProfile.position, fromProfile.orientation)) ??
      this.#status.cameraInBase
    if (found) return found
    throw new BridgeError(
      `the place of ${profile.frames.camera} in ${profile.frames.base} is not known: calibrate (tenon calibrate), set ` +
        'cameraInBase in the profile, or publish it among the transforms',
    )
  }

  /** Called with each event from now on, until the answer is called. */
  onEvent(listener: (event: BridgeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when it may be armed; throws a BridgeError at a fault, or after `timeout` s, with what is still missing. */
  async ready(timeout = 10): Promise<void> {
    // The link may know of a picture that is still on its way here, from a thread of its own.
    const isPictured = () => this.#options.camera !== true || this.hasPictures
    const isReady = () => (this.state === 'ready' || this.state === 'armed') && isPictured()
    await this.#until(() => isReady() || this.state === 'fault', timeout)
    if (isReady()) return
    const { state, reason, waitingFor } = this.#status
    const why = [reason, ...waitingFor, ...(isPictured() ? [] : ['no picture with depth has come'])].join('; ')
    const waited = state === 'fault' || this.#isClosed ? 'not ready' : `not ready within ${timeout} s`
    throw new BridgeError(`${this.#options.url}: ${waited}, but ${state}: ${why}`)
  }

  /** The robot's clock, s. Throws an Error before the first connection. */
  now(): number {
    return this.#clock.at(localNow())
  }

  async sleepUntil(time: number): Promise<void> {
    const left = time - this.now()
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left * 1e3))
  }

  /** Throws a BridgeError as long as something has not been seen at all. */
  async observe(): Promise<Observation> {
    return this.#assembly.observe()
  }

  /** Where the end effector was at a time of the last two seconds, s on the robot's clock. */
  eeAt(time: number): Pose | undefined {
    return this.#assembly.eeAt(time)
  }

  /**
   * Sends it if the arm is armed and the bridge awake, and is gone if not: `status` counts what was sent and what was
   * dropped and why. Throws a BridgeError when there is no thread left to send it.
   */
  async command(wanted: PoseCommand): Promise<void> {
    if (this.#isClosed) throw new BridgeError(this.#whyClosed)
    this.#tell({ kind: 'command', command: { ...wanted, made: localNow() } })
  }

  /** Puts the arm into our hands. Throws a BridgeError that says why not. The first command is due within a second. */
  async arm(): Promise<void> {
    const answer = await this.#ask((id) => ({ kind: 'arm', id }), SERVICE)
    if (!answer.ok) throw new BridgeError(`not armed: ${answer.message}`)
  }

  /**
   * Holds the arm where it is and takes it out of our hands. Throws a BridgeError when the guard neither answers nor says that it
   * is not armed any more.
   */
  async stop(reason: string): Promise<void> {
    const isClosedByUs = this.#isClosed && this.state !== 'fault'
    if (isClosedByUs) return
    const answer = await this.#ask((id) => ({ kind: 'stop', id, reason }), STOP_ANSWER)
    if (answer.ok) return
    // It is asked until it has disarmed, and a first answer may be late.
    const isArmed = () => this.#status.guard?.state === 'armed'
    if (!this.#isClosed) await this.#until(() => !isArmed(), STOP_ANSWER)
    if (this.#isClosed || isArmed()) {
      throw new BridgeError(`the stop was not confirmed (${answer.message}): use the hardware stop`)
    }
  }

  /** As {@link stop}. */
  async disarm(): Promise<void> {
    await this.stop('disarmed as asked')
  }

  /** A person has looked at what the fault says: connects and checks anew. Resolves when it has begun to; see {@link ready}. */
  async clearFault(): Promise<void> {
    this.#tell({ kind: 'clear' })
    await this.#until(() => this.state !== 'fault', CLEAR_ANSWER)
  }

  /** Calls a service of type std_srvs/Trigger; its message. Throws a BridgeError when it fails or does not answer. */
  async trigger(service: string): Promise<string> {
    const call = { kind: 'call', service, type: 'std_srvs/Trigger', args: {}, timeout: SERVICE } as const
    const answer = await this.#ask((id) => ({ ...call, id }), SERVICE + 1)
    if (!answer.ok) throw new BridgeError(`${service}: ${answer.message}`)
    const { success, message } = decodeTriggerResponse(answer.values)
    if (!success) throw new BridgeError(`${service}: ${message}`)
    return message
  }

  /** Stops, says goodbye and ends the threads. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    const goodbye = this.#ask((id) => ({ kind: 'close', id }), CLOSE_ANSWER)
    this.#isClosed = true
    await goodbye
    this.#status = { ...this.#status, state: 'down', reason: 'closed' }
    this.#pictures?.postMessage('close' satisfies ToPictures)
    await Promise.all([this.#link.terminate(), this.#pictures?.terminate()])
  }

  #start<From>(name: 'link' | 'picture', workerData: unknown, heard: (message: From) => void): Worker {
    const worker = new Worker(new URL(`./${name}-worker.mjs`, import.meta.url), { workerData })
    worker.on('message', heard)
    let failure = `the ${name} thread has ended`
    worker.on('error', (error) => {
      failure = `the ${name} thread failed: ${error.message}`
    })
    worker.on('exit', () => this.#ended(worker, failure))
    return worker
  }

  #ended(worker: Worker, failure: string): void {
    if (this.#isClosed) return
    const event = { message: failure, time: localNow(), repeats: 0 }
    // Without pictures the link notices that they grow old.
    if (worker === this.#pictures) {
      this.#happened({ kind: 'refused', required: false, ...event })
      return
    }
    // Without the link the connection is gone, and the guard holds the arm when it hears nothing.
    this.#isClosed = true
    const from = this.state
    this.#status = { ...this.#status, state: 'fault', reason: failure }
    this.#happened({ kind: 'state', from, to: 'fault', ...event })
    for (const settle of this.#answers.values()) settle({ ok: false, message: failure })
    void this.#pictures?.terminate()
  }

  #heard(message: FromLink): void {
    if (message.kind === 'answer') {
      const { state, sent, dropped } = message
      this.#status = { ...this.#status, state, sent, dropped }
      this.#answers.get(message.id)?.(message.answer)
      return
    }
    // At once: this is what shows that this thread is alive.
    this.#tell({ kind: 'heard' })
    if (message.news) this.#takeNews(message.news)
  }

  #takeNews({ status, values, events }: News): void {
    this.#status = status
    if (status.offset !== undefined) this.#clock.adjust(status.offset, localNow())
    this.#joints = values.joints ?? this.#joints
    this.#joystick = values.joystick ?? this.#joystick
    if (this.#clock.isKnown) this.#assembly.take(values)
    for (const event of events) this.#happened(event)
    for (const look of this.#waiters) look()
  }

  #pictured(message: FromPictures): void {
    if (message.kind === 'problem') {
      // The same may be wrong with thirty of them a second.
      const { message: wrong } = message
      this.#pictureLog.add({ kind: 'refused', message: wrong, required: false }, localNow(), likeness(wrong))
      for (const event of this.#pictureLog.take()) this.#happened(event)
      return
    }
    this.#pictures?.postMessage('heard' satisfies ToPictures)
    if (this.#ring) this.#assembly.takePicture(this.#ring.take(message.picture))
    for (const look of this.#waiters) look()
  }

  get #whyClosed(): string {
    const { state, reason } = this.#status
    return state === 'fault' ? reason : 'the connection is closed'
  }

  #happened(event: BridgeEvent): void {
    this.#events.push(event)
    if (this.#events.length > MOST_EVENTS) this.#events.shift()
    for (const listener of this.#listeners) listener(event)
    for (const look of this.#waiters) look()
  }

  #tell(message: ToLink): void {
    this.#link.postMessage(message)
  }

  #ask(question: (id: number) => ToLink, timeout: number): Promise<Answer> {
    const id = ++this.#asked
    return new Promise((resolve) => {
      const settle = (answer: Answer) => {
        clearTimeout(timer)
        this.#answers.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => settle({ ok: false, message: `no answer within ${timeout} s` }), timeout * 1e3)
      this.#answers.set(id, settle)
      if (this.#isClosed) settle({ ok: false, message: this.#whyClosed })
      else this.#tell(question(id))
    })
  }

  #until(condition: () => boolean, timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition() && !this.#isClosed) return
        clearTimeout(timer)
        this.#waiters.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(look)
        resolve()
      }, timeout * 1e3)
      this.#waiters.add(look)
      look()
    })
  }
}
