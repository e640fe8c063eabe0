// What is driven, and by whom: a robot, a person's hand or a policy that drives it, and the recording of what happens.
//
//   twists ─► Hand ─┐                                    ┌─► frames, 60 Hz while something moves
//                   ├─► Governor ─► robot ─► glance ─────┼─► recording
//   PolicyDrive ────┘                                    └─► judge
//
// Stop and pause reach governor and robot at once. Everything else that is asked for is done one after the other.
import { UserError } from '../../cli/errors.ts'
import { type Cycle, Governor, type Observation } from '../../control/index.ts'
import { FORMAT_VERSION } from '../../demos/index.ts'
import { type Pose, poseDistance } from '../../geometry/index.ts'
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'
import type { Twist } from '../protocol/messages.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import type { LogLine, SessionState, Verdict } from '../protocol/session.ts'
import type { Mode, StateFrame } from '../protocol/state-frame.ts'
import type { PlannedChunk } from '../protocol/track.ts'
import type { Handlers, Session, SessionCall } from '../server/backend.ts'
import { Hand } from './hand.ts'
import { inWords } from './in-words.ts'
import { InterventionLines } from './intervention-lines.ts'
import { makeNews } from './news.ts'
import { pictured } from './pictured.ts'
import { drivePolicy, type LoadedPolicy, loadPolicyFor, type PolicyDrive } from './policy-drive.ts'
import { RateMeter } from './rate-meter.ts'
import { Recording, type RecordingEnd } from './recording.ts'
import type { Commanded, Ended, Glance, Station } from './station.ts'
import { startTicker, type Ticker } from './ticker.ts'

/** Between frames while something moves, and while nothing does, s. */
const LIVELY = 1 / 60
const QUIET = 1 / 4
/** Nothing commands and nothing moves for so long: it rests, s. */
const RESTS_AFTER = 1
/** A part that moved by less since the last frame stands still, m and rad. */
const STILL = { translation: 1e-6, rotation: 1e-5 }
/** Who lets go of the part brakes first, s. */
const BRAKING = 0.3
/** A twist is not waited with for the next tick, unless a command was made this short a time ago, s. */
const SHORTEST_STEP = 4e-3
/** Pictures go out no more often, s. */
const PICTURE_INTERVAL = 0.1
/** News of state that come by themselves, s. */
const STATE_INTERVAL = 0.25

const UNSTOPPED = { state: 'running', reason: '' } as const

export class StudioSession implements Session {
  readonly #station: Station
  readonly #folder: string
  readonly #time: Scheduler
  readonly #recording = new Recording()
  readonly #ticker: Ticker
  readonly #news = {
    state: makeNews<SessionState>(),
    frame: makeNews<StateFrame>(),
    plan: makeNews<PlannedChunk>(),
    log: makeNews<LogLine[]>(),
    picture: makeNews<PictureFrame>(),
  }
  readonly onState = this.#news.state.subscribe
  readonly onFrame = this.#news.frame.subscribe
  readonly onPlan = this.#news.plan.subscribe
  readonly onLog = this.#news.log.subscribe
  readonly onPicture = this.#news.picture.subscribe
  readonly handlers: Handlers<SessionCall> = {
    stop: async ({ reason }) => this.#halt(reason || 'stopped by a watcher'),
    pause: async () => this.#pause(),
    resume: async () => this.#resume(),
    rearm: () => this.#rearm(),
    setup: (setup) => this.#inTurn(() => this.#renew(() => this.#station.change(setup), 'the parts are changed')),
    reset: ({ episode = this.#station.episode + 1 }) =>
      this.#inTurn(() => this.#renew(() => this.#station.reset(episode), 'an episode begins')),
    teleop: ({ on }) => this.#inTurn(async () => this.#teleop(on)),
    runPolicy: ({ checkpoint }) => this.#inTurn(() => this.#runPolicy(checkpoint)),
    // Not in turn: a policy may still be loading in its.
    stopPolicy: () => this.#stopPolicy('ended by the operator'),
    startRecording: (what) => this.#inTurn(() => this.#startRecording(what)),
    endRecording: () => this.#inTurn(() => this.#endRecording('ended by the operator')),
    decideRecording: ({ keep }) => this.#inTurn(() => this.#decide(keep)),
  }
  #governor: Governor
  #hand: Hand
  #lines = new InterventionLines()
  #mode: Mode = 'idle'
  #why: SessionState['governor'] = UNSTOPPED
  #policy: { name: string; drive: PolicyDrive | undefined; end(why: string): void; over: Promise<void> } | undefined
  #lastPolicy: string | null = null
  #verdict: Verdict | null = null
  /** how long somebody has driven in this episode, s on the robot's clock; undefined before that */
  #driven: number | undefined
  #glance: Glance | undefined
  #command: Pose | undefined
  #input = 0
  #intervened = false
  #gate: StateFrame['gate']
  /** of the episode that is recorded: largest force before it, and in it as far as it was looked at, N */
  #forces = { before: 0, seen: 0 }
  #sequence = 0
  #stepping = false
  #steppedAt = Number.NEGATIVE_INFINITY
  #livelyUntil: number
  #brakesUntil = Number.NEGATIVE_INFINITY
  #pictureAt = Number.NEGATIVE_INFINITY
  #pictureStamp: number | undefined
  #stateAt = Number.NEGATIVE_INFINITY
  #told = ''
  #halts = 0
  /** it was in our hands when it was looked at last */
  #wasArmed: boolean
  #stopping: Promise<unknown> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  readonly #rates = { commands: new RateMeter(), observations: new RateMeter() }
  readonly #unlisten: () => void

  constructor(station: Station, folder: string, time: Scheduler) {
    this.#station = station
    this.#folder = folder
    this.#time = time
    this.#governor = new Governor(station.limits)
    this.#hand = new Hand(station.robot, this.#governor, station.limits)
    this.#livelyUntil = time.now() + RESTS_AFTER
    this.#wasArmed = this.#isArmed
    this.#unlisten = station.listen((level, text) => this.#tell(level, text))
    this.#ticker = startTicker(time, () => this.#tick())
  }

  get state(): SessionState {
    const { identity, setup, episode, connection } = this.#station
    const now = this.#time.now()
    return {
      robot: identity,
      setup,
      episode,
      mode: this.#mode,
      governor: this.#why,
      connection,
      recording: this.#recording.state,
      verdict: this.#verdict,
      policy: this.#policy?.name ?? this.#lastPolicy,
      rates: {
        commands: this.#rates.commands.rate(now),
        observations: this.#rates.observations.rate(now),
      },
    }
  }

  steer(twist: Twist): void {
    if (this.#mode !== 'teleop') return
    const at = this.#time.now()
    this.#hand.steer(twist, at)
    if (!this.#hand.isMoved(at)) return
    this.#stayLively()
    const least = this.#station.isStreamed ? this.#station.commandInterval / 2 : SHORTEST_STEP
    if (at - this.#steppedAt >= least) void this.#step(at).catch((error) => this.#failed(error))
  }

  async letGo(): Promise<void> {
    await this.#letGo('whoever drove is gone')
  }

  async close(): Promise<void> {
    this.#policy?.end('the studio is closed')
    await this.#inTurn(async () => {
      await this.#policy?.over
      this.#mode = 'idle'
      if (this.#station.isStreamed && this.#isArmed) this.#halt('the studio is closed')
      await this.#stopping
    })
    await this.#ticker.stop()
    const part = await this.#recording.leave()
    if (part) this.#tell('warning', `nobody decided about the last recording: it is left in ${part}`)
    this.#unlisten()
    await this.#station.close()
  }

  /** One after the other. What goes wrong is told to whoever asked. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => inWords(work))
    this.#turn = done.catch(() => {})
    return done.finally(() => this.#tellState())
  }

  get #isArmed(): boolean {
    return this.#station.robot.obstacle === undefined
  }

  // What is asked for.

  #halt(reason: string): null {
    const { robot } = this.#station
    this.#governor.stop(reason)
    this.#halts++
    if (this.#why.state !== 'stopped') this.#tell('warning', `stopped: ${reason}`)
    this.#why = this.#why.state === 'stopped' ? this.#why : { state: 'stopped', reason }
    this.#wasArmed = !this.#station.isStreamed
    this.#stopping = robot
      .stop(reason)
      .catch((error: Error) => this.#tell('error', `the robot did not take the stop: ${error.message}`))
    this.#command = undefined
    this.#tellState()
    return null
  }

  #pause(): null {
    this.#governor.pause()
    if (this.#why.state === 'running') {
      this.#why = { state: 'paused', reason: '' }
      this.#tell('info', 'paused')
    }
    this.#tellState()
    return null
  }

  #resume(): null {
    if (this.#why.state === 'stopped') throw new UserError(`it is stopped (${this.#why.reason}): rearm first`)
    this.#governor.resume()
    if (this.#why.state === 'paused') this.#tell('info', 'going on')
    this.#why = UNSTOPPED
    this.#stayLively()
    this.#tellState()
    return null
  }

  async #rearm(): Promise<null> {
    return this.#inTurn(async () => {
      await this.#stopping
      const halts = this.#halts
      await this.#station.robot.arm().catch((error: Error) => {
        throw new UserError(`not armed: ${error.message}`, { cause: error })
      })
      // Who said stop while the robot was being armed meant it.
      if (this.#halts > halts) {
        await this.#station.robot.stop('stopped while it was being armed')
        throw new UserError('stopped while it was being armed')
      }
      this.#beginAnew()
      this.#why = UNSTOPPED
      this.#wasArmed = true
      this.#tell('info', 'armed')
      this.#stayLively()
      return null
    })
  }

  /** The governor goes on from where the robot is. */
  #beginAnew(): void {
    const { state } = this.#governor
    this.#governor.stop('it begins anew')
    this.#governor.rearm()
    if (state === 'paused') this.#governor.pause()
  }

  #teleop(on: boolean): null {
    if (!on) {
      if (this.#mode === 'teleop') this.#brake()
      return null
    }
    if (this.#policy) throw new UserError(`the policy ${this.#policy.name} drives: stop it first`)
    this.#mustObey()
    if (this.#mode === 'teleop') return null
    if (this.#verdict) this.#station.begin()
    if (this.#station.isStreamed) this.#verdict = null
    this.#mode = 'teleop'
    this.#stayLively()
    return null
  }

  /** Throws a UserError when commands would go nowhere. */
  #mustObey(): void {
    const { obstacle } = this.#station.robot
    if (this.#why.state === 'stopped') throw new UserError(`it is stopped (${this.#why.reason}): rearm first`)
    if (obstacle !== undefined) throw new UserError(`the robot is not armed (${obstacle}): rearm first`)
  }

  /** Nobody drives any more. */
  #brake(): void {
    this.#hand.letGo()
    this.#mode = 'idle'
    this.#brakesUntil = this.#time.now() + BRAKING
    this.#stayLively()
  }

  async #runPolicy(checkpoint: string): Promise<null> {
    if (this.#policy) throw new UserError(`the policy ${this.#policy.name} drives already: stop it first`)
    this.#mustObey()
    if (this.#recording.recordedFrom === 'teleop') {
      throw new UserError(
        'an episode of teleoperation is being recorded: end it first. To record a policy from its beginning: pause, run ' +
          'it, start recording, resume',
      )
    }
    if (this.#mode === 'teleop') this.#brake()
    // Loading takes a while: who says stop in that while is heard.
    let why: string | undefined
    let loaded: LoadedPolicy
    const loading = loadPolicyFor({ folder: this.#folder, checkpoint, station: this.#station })
    this.#policy = { name: checkpoint, drive: undefined, end: (reason) => (why ??= reason), over: Promise.resolve() }
    this.#tellState()
    try {
      loaded = await loading
    } catch (error) {
      this.#policy = undefined
      throw error
    }
    try {
      if (why !== undefined) throw new UserError(`${checkpoint} did not begin: ${why}`)
      this.#mustObey()
      if (this.#verdict) await this.#renewed(() => this.#station.reset(this.#station.episode + 1))
    } catch (error) {
      this.#policy = undefined
      await loaded.predictor.dispose()
      throw error
    }
    this.#drive(checkpoint, loaded)
    return null
  }

  #drive(name: string, loaded: LoadedPolicy): void {
    this.#stayLively()
    const drive = drivePolicy(loaded, this.#station, this.#governor, (cycle) => this.#cycled(cycle, loaded))
    const over = drive.ended.then(
      (why) => this.#policyEnded(name, 'info', why),
      (error: Error) => this.#policyEnded(name, 'error', error.message),
    )
    this.#policy = { name, drive, end: drive.end, over }
    this.#mode = 'policy'
    this.#gate = undefined
    this.#tell('info', `the policy ${name} drives`)
    this.#tellState()
  }

  async #policyEnded(name: string, level: LogLine['level'], why: string): Promise<void> {
    this.#policy = undefined
    this.#lastPolicy = name
    this.#mode = 'idle'
    this.#gate = undefined
    this.#command = undefined
    this.#tell(level, `the policy ${name} has ended: ${why}`)
    // The controller stopped the robot, where it was.
    this.#beginAnew()
    if (this.#why.state === 'stopped') this.#governor.stop(this.#why.reason)
    this.#wasArmed = this.#isArmed
    this.#stayLively()
    if (this.#recording.recordedFrom === 'policy') await this.#endRecording(why).catch((error) => this.#failed(error))
    this.#tellState()
  }

  async #stopPolicy(why: string): Promise<null> {
    const policy = this.#policy
    if (!policy) throw new UserError('no policy drives')
    policy.end(why)
    await policy.over
    return null
  }

  async #startRecording({ dataset, pictures }: { dataset: string; pictures: boolean }): Promise<null> {
    if (this.#verdict) {
      const { reason } = this.#verdict
      throw new UserError(`the episode is over (${reason}): begin another one with reset, then record it`)
    }
    if (pictures && !this.#station.hasPictures) throw new UserError('this robot has no camera: record without pictures')
    const { setup, episode, identity, robot, peakForceN } = this.#station
    const { task, clearanceMm, chamferMm, seed, noise } = setup
    const recordedFrom = this.#mode === 'policy' ? 'policy' : 'teleop'
    await this.#recording.start({
      folder: this.#folder,
      dataset,
      pictures,
      info: { formatVersion: FORMAT_VERSION, task, clearanceMm, chamferMm, seed, noise, recordedFrom },
      settings: {
        ...(identity.kind === 'ros'
          ? { url: identity.url, profile: identity.profile }
          : { episode, split: setup.split }),
        ...(this.#policy ? { checkpoint: this.#policy.name } : {}),
      },
      robot,
    })
    this.#forces = { before: peakForceN, seen: 0 }
    this.#stayLively()
    this.#tell('info', `recording into ${dataset}`)
    return null
  }

  async #endRecording(reason: string): Promise<null> {
    await this.#recording.end(this.#recordingEnd(reason))
    const { state } = this.#recording
    if (state.state === 'deciding') this.#tell('info', `recorded ${state.seconds} s: ${state.outcome.reason}; keep it?`)
    this.#tellState()
    return null
  }

  #recordingEnd(reason: string): RecordingEnd {
    const { peakForceN } = this.#station
    const { before, seen } = this.#forces
    const seatedAt = this.#seatedAt ?? null
    return {
      seated: this.#verdict?.seated ?? false,
      reason: this.#verdict?.reason ?? reason,
      seatedAt: this.#verdict?.seated ? seatedAt : null,
      // What was felt between two looks counts, as far as it can be told from what came before.
      peakForceN: peakForceN > before ? peakForceN : seen,
    }
  }

  #seatedAt: number | undefined

  async #decide(keep: boolean): Promise<null> {
    const path = await this.#recording.decide(keep)
    this.#tell('info', path ? `kept ${path}` : 'the recording is discarded')
    return null
  }

  async #renew(change: () => Promise<void>, what: string): Promise<null> {
    if (this.#policy) throw new UserError(`the policy ${this.#policy.name} drives: stop it first`)
    if (this.#recording.isOn) throw new UserError('an episode is being recorded: end it first')
    await this.#renewed(change)
    this.#tell('info', `${what}: ${this.#station.setup.task}, episode ${this.#station.episode}`)
    return null
  }

  /** After the change everything begins anew, but for a stop or a pause. */
  async #renewed(change: () => Promise<void>): Promise<void> {
    await change()
    this.#governor = new Governor(this.#station.limits)
    if (this.#why.state === 'stopped') this.#governor.stop(this.#why.reason)
    if (this.#why.state === 'paused') this.#governor.pause()
    this.#hand = new Hand(this.#station.robot, this.#governor, this.#station.limits)
    this.#lines = new InterventionLines()
    this.#station.begin()
    this.#verdict = null
    this.#driven = undefined
    this.#seatedAt = undefined
    this.#glance = undefined
    this.#command = undefined
    this.#gate = undefined
    this.#brakesUntil = Number.NEGATIVE_INFINITY
    this.#stayLively()
  }

  async #letGo(why: string): Promise<void> {
    const { station } = { station: this.#station }
    this.#policy?.end(why)
    if (this.#mode === 'teleop') this.#brake()
    if (station.isStreamed && this.#isArmed) this.#halt(why)
    await this.#inTurn(async () => {
      await this.#policy?.over
      if (this.#recording.isOn) await this.#endRecording(why)
    })
  }

  // What goes on by itself.

  #stayLively(): void {
    const now = this.#time.now()
    const slept = now > this.#livelyUntil
    this.#livelyUntil = now + RESTS_AFTER
    this.#station.wake()
    if (slept) this.#ticker.hurry()
  }

  async #tick(): Promise<number> {
    try {
      const at = this.#time.now()
      if (this.#needsCommand(at)) await this.#step(at)
      await this.#look(at)
      this.#watchArmed()
      if (at - this.#stateAt >= STATE_INTERVAL) this.#tellState()
    } catch (error) {
      this.#failed(error)
    }
    return this.#time.now() <= this.#livelyUntil ? LIVELY : QUIET
  }

  #needsCommand(at: number): boolean {
    if (this.#policy?.drive?.isDriving) return false
    if (this.#station.isStreamed) {
      return this.#isArmed && at - this.#steppedAt >= this.#station.commandInterval - SHORTEST_STEP
    }
    if (at < this.#brakesUntil) return true
    return this.#mode === 'teleop' && at <= this.#livelyUntil && at - this.#steppedAt >= SHORTEST_STEP
  }

  async #step(at: number): Promise<void> {
    if (this.#stepping) return
    this.#stepping = true
    this.#steppedAt = at
    const hand = this.#hand
    try {
      const isMoved = hand.isMoved(at)
      if (isMoved) this.#driven ??= 0
      const { observation, believed, wanted, guarded, silent, input } = await hand.step(at)
      if (hand !== this.#hand) return
      this.#input = input ?? this.#input
      const { eeInBase } = guarded
      this.#commanded({ observation, believed, wanted, eeInBase }, silent, guarded.interventions.length > 0)
    } finally {
      this.#stepping = false
    }
  }

  #commanded(what: Commanded, silent: boolean, intervened: boolean): void {
    if (!silent) {
      this.#command = what.eeInBase
      this.#rates.commands.note(this.#time.now())
    }
    this.#intervened = intervened
    this.#station.commanded(what)
    this.#tellLog(this.#lines.take(this.#governor.log))
  }

  #cycled(cycle: Cycle, { predictor }: LoadedPolicy): void {
    const { observation, guarded, chunk, fusing, silent = false, insertion } = cycle
    this.#stayLively()
    this.#driven ??= 0
    if (chunk) {
      const [stamp = cycle.time] = chunk.stamps
      this.#news.plan.tell({ stamp, interval: predictor.poseInterval, poses: [...chunk.poses] })
    }
    if (fusing?.gate) this.#gate = gateOf(fusing.gate)
    if (!silent) this.#hand.follow(guarded.eeInBase)
    const { eeInBase } = guarded
    this.#commanded({ observation, wanted: eeInBase, eeInBase, insertion }, silent, guarded.interventions.length > 0)
  }

  async #look(at: number): Promise<void> {
    const hand = this.#hand
    const glance = await this.#station.glance()
    if (!glance || hand !== this.#hand) return
    const before = this.#glance
    this.#glance = glance
    if (glance.observation.stamp !== before?.observation.stamp) this.#rates.observations.note(at)
    if (this.#moves(before, glance)) this.#livelyUntil = Math.max(this.#livelyUntil, at + RESTS_AFTER)
    this.#judge(before, glance)
    this.#record(glance)
    this.#news.frame.tell(this.#frameOf(glance))
    this.#showPicture(glance.observation, at)
    if (at > this.#livelyUntil) this.#station.rest()
  }

  #moves(before: Glance | undefined, glance: Glance): boolean {
    if (this.#mode === 'policy' || this.#recording.isOn || (this.#station.isStreamed && this.#isArmed)) return true
    if (this.#station.isStreamed && this.#news.picture.isHeard) return true
    if (!before) return true
    const way = poseDistance(before.eeInBase, glance.eeInBase)
    return way.translation > STILL.translation || way.rotation > STILL.rotation
  }

  #judge(before: Glance | undefined, glance: Glance): void {
    const drives = this.#mode !== 'idle' && this.#governor.state === 'running'
    if (this.#driven === undefined) return
    if (drives && before) this.#driven += Math.max(0, glance.stamp - before.stamp)
    if (this.#verdict) return
    const ended = this.#station.judge(glance, this.#driven, this.#mode === 'policy')
    if (ended) this.#over(ended, this.#driven)
  }

  #over({ seated, reason, seatedAt }: Ended, driven: number): void {
    const { peakForceN } = this.#station
    this.#verdict = { seated, reason, seatSeconds: seated ? driven : null, peakForceN }
    this.#seatedAt = seatedAt ?? undefined
    this.#tell(
      seated ? 'info' : 'warning',
      `${reason}, after ${driven.toFixed(1)} s and up to ${peakForceN.toFixed(1)} N`,
    )
    this.#policy?.drive?.end(reason)
    this.#tellState()
  }

  #record({ observation, eeInBase, wrench, contacts }: Glance): void {
    if (!this.#recording.isOn) return
    const net = contacts.reduce((sum, { force }) => sum.map((f, i) => f + (force[i] as number)), [0, 0, 0])
    const force = this.#station.isStreamed ? (wrench?.force ?? [0, 0, 0]) : net
    this.#forces.seen = Math.max(this.#forces.seen, Math.hypot(...force))
    try {
      this.#recording.see(observation, this.#command ?? eeInBase)
    } catch (error) {
      this.#failed(error)
      void this.#inTurn(() => this.#endRecording('writing failed')).catch(() => {})
    }
  }

  #frameOf(glance: Glance): StateFrame {
    const { observation: _, ...seen } = glance
    return {
      mode: this.#mode,
      recording: this.#recording.isOn,
      armed: this.#isArmed,
      intervened: this.#intervened,
      sequence: this.#sequence++ >>> 0,
      input: this.#input,
      commandInBase: this.#command,
      gate: this.#gate,
      ...seen,
    }
  }

  #showPicture(observation: Observation, at: number): void {
    const { isStreamed } = this.#station
    if (!isStreamed || !this.#news.picture.isHeard || at - this.#pictureAt < PICTURE_INTERVAL) return
    const { rgbd, stamp, pictureStamp = stamp } = observation
    if (!rgbd || pictureStamp === this.#pictureStamp) return
    this.#pictureAt = at
    this.#pictureStamp = pictureStamp
    this.#news.picture.tell(pictured(rgbd, pictureStamp))
  }

  /** A robot that was taken out of our hands is not moved on when it comes back, but when it is armed again. */
  #watchArmed(): void {
    const { obstacle } = this.#station.robot
    if (obstacle === undefined) this.#wasArmed = true
    else if (this.#wasArmed) this.#halt(obstacle)
  }

  #tellState(): void {
    this.#stateAt = this.#time.now()
    const { state } = this
    const text = JSON.stringify(state)
    if (text === this.#told) return
    this.#told = text
    this.#news.state.tell(state)
  }

  #tell(level: LogLine['level'], text: string): void {
    this.#tellLog([{ time: this.#now(), level, text }])
  }

  #tellLog(lines: LogLine[]): void {
    if (lines.length > 0) this.#news.log.tell(lines)
  }

  /** s, on the robot's clock; 0 before that is known. */
  #now(): number {
    try {
      return this.#station.robot.now()
    } catch {
      return 0
    }
  }

  #failed(error: unknown): void {
    this.#tell('error', error instanceof Error ? error.message : String(error))
  }
}

function gateOf(gate: Float32Array): { low: number; mean: number; high: number } {
  const mean = gate.reduce((sum, open) => sum + open, 0) / gate.length
  return { low: Math.min(...gate), mean, high: Math.max(...gate) }
}
