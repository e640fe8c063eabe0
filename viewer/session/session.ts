// What is driven, and by whom: a robot, a person's hand or a policy that drives it, and the recording of what happens.
//
//   twists ─► Hand ─┐                                    ┌─► frames, 60 Hz while something moves
//                   ├─► governor ─► robot ─► glance ─────┼─► recording
//   policy ─────────┘                                    └─► how the episode ended
//
// Stop and pause reach governor and robot at once. Everything else that is asked for is done one after the other.
import { UserError } from '../../cli/errors.ts'
import { clockSetBack } from '../../cli/run/clock-set-back.ts'
import { warningsBefore } from '../../cli/run/preflight.ts'
import { type Change, type Cycle, HOLDS } from '../../control/index.ts'
import { type Pose, poseDistance } from '../../geometry/index.ts'
import type { CheckpointConfig } from '../../policy/index.ts'
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'
import type { Twist } from '../protocol/messages.ts'
import type { LogLine, SessionState } from '../protocol/session.ts'
import type { Mode, StateFrame } from '../protocol/state-frame.ts'
import type { PlannedChunk } from '../protocol/track.ts'
import type { Handlers, Session, SessionCall } from '../server/backend.ts'
import { makeNews } from '../server/news.ts'
import { Desk } from './desk.ts'
import { EpisodeWatch } from './episode-watch.ts'
import { Hand } from './hand.ts'
import { inWords } from './in-words.ts'
import { InterventionLines } from './intervention-lines.ts'
import { Lateness } from './lateness.ts'
import { PictureFeed } from './picture-feed.ts'
import { PolicyRun } from './policy-run.ts'
import { RateMeter } from './rate-meter.ts'
import { RecordedEpisode } from './recorded-episode.ts'
import type { Commanded, Glance, Station } from './station.ts'
import { DEAD_AFTER, isStandstill } from './steering.ts'
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
/** A twist is not waited with for the next tick, unless a command was made so short a time ago, s. */
const SHORTEST_STEP = 4e-3
/** Between news of the state that come by themselves, s. */
const STATE_INTERVAL = 0.25
/** What the governor did to a command is of no interest when no other has followed for so long, s. */
const INTERVENED_FOR = 0.5
/** The same failure is told of again after so long, s. */
const SAY_AGAIN = 5
const MOST_FAILURES = 20

const BY_OPERATOR = 'ended by the operator'

export class StudioSession implements Session {
  readonly #station: Station
  readonly #time: Scheduler
  readonly #desk: Desk
  readonly #watch: EpisodeWatch
  readonly #recording: RecordedEpisode
  readonly #policy: PolicyRun
  readonly #pictures = new PictureFeed()
  readonly #ticker: Ticker
  readonly #rates = { commands: new RateMeter(), observations: new RateMeter() }
  readonly #states = makeNews<SessionState>()
  readonly #frames = makeNews<StateFrame>()
  readonly #plans = makeNews<PlannedChunk>()
  readonly #lines = makeNews<LogLine[]>()
  readonly onState = this.#states.subscribe
  readonly onFrame = this.#frames.subscribe
  readonly onPlan = this.#plans.subscribe
  readonly onLog = this.#lines.subscribe
  readonly onPicture = this.#pictures.subscribe
  readonly handlers: Handlers<SessionCall> = {
    stop: ({ reason }) => this.#now(() => this.#halt(reason || 'somebody stopped it')),
    pause: () => this.#now(() => this.#desk.pause()),
    resume: () =>
      this.#now(() => {
        this.#desk.resume()
        this.#released()
      }),
    rearm: ({ halts }) => this.#rearm(halts),
    setup: (setup) => this.#whilePresent(() => this.#renew(() => this.#station.change(setup))),
    reset: ({ episode }) =>
      this.#whilePresent(() => this.#renew(() => this.#station.reset(episode ?? this.#station.episode + 1))),
    teleop: ({ on }) => this.#whilePresent(async () => this.#teleop(on)),
    runPolicy: ({ checkpoint }) => this.#whilePresent(() => this.#runPolicy(checkpoint)),
    // Not in turn: it may be loading in its own.
    stopPolicy: async () => {
      await this.#policy.stop(BY_OPERATOR)
      return null
    },
    startRecording: (what) => this.#whilePresent(() => this.#startRecording(what)),
    endRecording: () => this.#inTurn(() => this.#recording.end(BY_OPERATOR)),
    decideRecording: ({ keep }) => this.#inTurn(() => this.#recording.decide(keep)),
  }
  #hand: Hand
  #interventions = new InterventionLines()
  #mode: Mode = 'idle'
  /** hands have to come to rest before they steer */
  #awaitsRest = false
  /** of twists */
  #lateness = new Lateness()
  #glance: Glance | undefined
  #command: Pose | undefined
  #input = 0
  #intervened = false
  /** the governor held the last command for want of good news */
  #isHeld = false
  /** when the governor was asked last */
  #commandedAt = Number.NEGATIVE_INFINITY
  #gate: StateFrame['gate']
  #sequence = 0
  /** the hand's step that is under way, or a change in which none may begin */
  #stepping: Promise<void> | undefined
  #steppedAt = Number.NEGATIVE_INFINITY
  #livelyUntil: number
  #brakesUntil = Number.NEGATIVE_INFINITY
  #stateAt = Number.NEGATIVE_INFINITY
  #told = ''
  /** when it was told of last, by message */
  readonly #failures = new Map<string, number>()
  #turn: Promise<unknown> = Promise.resolve()
  /** how often whoever drove has gone */
  #departures = 0
  readonly #unlisten: () => void

  constructor(station: Station, folder: string, time: Scheduler) {
    this.#station = station
    this.#time = time
    this.#desk = new Desk(station, (level, text) => this.#tell(level, text))
    this.#watch = new EpisodeWatch(station)
    this.#policy = new PolicyRun(folder, station)
    this.#recording = new RecordedEpisode(station, folder, this.#watch, (level, text) => this.#tell(level, text))
    this.#hand = this.#newHand()
    this.#livelyUntil = time.now() + RESTS_AFTER
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
      governor: this.#desk.state,
      connection,
      recording: this.#recording.state,
      verdict: this.#watch.verdict,
      policy: this.#policy.name,
      loading: this.#policy.isLoading,
      rates: {
        commands: this.#rates.commands.rate(now),
        observations: this.#rates.observations.rate(now),
      },
    }
  }

  steer(twist: Twist): void {
    if (this.#mode !== 'teleop') return
    const at = this.#time.now()
    // A network that stalled brings at once all that was wanted meanwhile.
    if (this.#lateness.of(twist.at, at) > DEAD_AFTER) return
    // A stick that is held while the robot is released moves it once it has been let go.
    if (isStandstill(twist)) this.#awaitsRest = false
    if (this.#awaitsRest) return
    this.#hand.steer(twist, at)
    if (!this.#hand.isMoved(at)) return
    this.#stayLively()
    const { isStreamed, commandInterval } = this.#station
    if (at - this.#steppedAt < (isStreamed ? commandInterval / 2 : SHORTEST_STEP)) return
    this.#step(at).catch((error) => this.#failed(error))
  }

  async letGo(): Promise<void> {
    const why = 'whoever drove is gone'
    this.#depart(why)
    if (this.#mode === 'teleop') this.#brake()
    await this.#inTurn(async () => {
      await this.#policy.over
      await this.#desk.settled()
      if (this.#recording.isOn) await this.#recording.end(why).catch((error) => this.#failed(error))
    })
  }

  /** Nobody is here: what was begun ends, and what was asked for and has not begun never does. */
  #depart(why: string): void {
    this.#departures++
    this.#policy.end(why)
    this.#desk.letGo(why)
    if (this.#station.isStreamed) this.#command = undefined
    this.#tellState()
  }

  async close(): Promise<void> {
    const why = 'the studio is closed'
    this.#depart(why)
    await this.#inTurn(async () => {
      await this.#policy.over
      this.#mode = 'idle'
      await this.#desk.settled()
    })
    await this.#ticker.stop()
    await this.#policy.close()
    await this.#recording.leave()
    this.#unlisten()
    await this.#station.close()
  }

  // What is asked for.

  async #now(work: () => void): Promise<null> {
    work()
    this.#stayLively()
    this.#tellState()
    return null
  }

  /** One after the other. What a person did wrong is told to whoever asked. */
  #inTurn(work: () => Promise<void>): Promise<null> {
    const done = this.#turn.then(() => inWords(work))
    this.#turn = done.catch(() => {})
    return done
      .then(() => null)
      .finally(() => {
        this.#stayLively()
        this.#tellState()
      })
  }

  /** As {@link #inTurn}, unless whoever asked has gone when the turn comes: the robot may move by it. */
  #whilePresent(work: () => Promise<void>): Promise<null> {
    const departures = this.#departures
    return this.#inTurn(async () => {
      if (this.#departures > departures) throw new UserError('whoever asked for it has gone: it is left undone')
      await work()
    })
  }

  #halt(reason: string): void {
    this.#desk.halt(reason)
    this.#command = undefined
    this.#tellState()
  }

  #rearm(halts: number): Promise<null> {
    return this.#whilePresent(async () => {
      await this.#desk.rearm(halts, this.#policy.driving !== undefined)
      this.#released()
    })
  }

  /** It may be moved again, by what somebody begins now. */
  #released(): void {
    this.#awaitsRest = this.#mode === 'teleop'
    this.#hand.letGo()
  }

  #teleop(on: boolean): void {
    if (!on) {
      if (this.#mode === 'teleop') this.#brake()
      return
    }
    this.#policy.mustBeOver()
    this.#desk.mustObey()
    // A real robot has no other beginning of an episode, unless one is recorded.
    if (this.#station.isStreamed && this.#mode !== 'teleop' && !this.#recording.isOn) this.#watch.begin()
    if (this.#mode !== 'teleop') {
      this.#awaitsRest = false
      this.#lateness = new Lateness()
    }
    this.#mode = 'teleop'
  }

  /** Nobody drives any more. */
  #brake(): void {
    this.#hand.letGo()
    this.#mode = 'idle'
    this.#brakesUntil = this.#time.now() + BRAKING
    this.#stayLively()
  }

  async #runPolicy(name: string): Promise<void> {
    this.#policy.mustBeOver()
    this.#desk.mustObey()
    if (this.#recording.isOn) {
      throw new UserError(
        'an episode is being recorded: end it first. To record a policy from its beginning: pause, run ' +
          'it, start recording, resume',
      )
    }
    if (this.#mode === 'teleop') this.#brake()
    await this.#policy.run(name, () => this.#desk.governor, {
      loading: () => this.#tellState(),
      ready: (info) => this.#readyFor(info),
      begun: () => {
        this.#mode = 'policy'
        this.#tell('info', `the policy ${name} drives`)
      },
      cycle: (cycle, poseInterval) => this.#cycled(cycle, poseInterval),
      ended: (level, why) => this.#policyEnded(name, level, why),
    })
  }

  /** A policy begins an episode of its own. Throws a UserError when it must not. */
  async #readyFor(info: CheckpointConfig): Promise<void> {
    if (this.#watch.verdict && !this.#station.isStreamed) {
      await this.#renewed(() => this.#station.reset(this.#station.episode + 1))
    } else {
      // How long somebody drove before is not the policy's time.
      this.#watch.begin()
    }
    const glance = await this.#station.glance()
    const warnings = glance
      ? warningsBefore(glance.observation, glance.trackedSourceInTarget, info, this.#station.limits)
      : []
    for (const warning of warnings) this.#tell('warning', warning)
    this.#desk.mustObey()
  }

  async #policyEnded(name: string, level: LogLine['level'], why: string): Promise<void> {
    this.#mode = 'idle'
    this.#gate = undefined
    this.#command = undefined
    this.#tell(level, `the policy ${name} has ended: ${why}`)
    this.#desk.beginAnew()
    this.#stayLively()
    if (this.#recording.recordedFrom === 'policy') await this.#trying(() => this.#recording.end(why))
    this.#tellState()
  }

  async #startRecording(what: { dataset: string; pictures: boolean }): Promise<void> {
    const recordedFrom = this.#mode === 'policy' ? 'policy' : 'teleop'
    const isDriven = this.#mode !== 'idle'
    await this.#recording.start({ ...what, recordedFrom, isDriven, checkpoint: this.#policy.driving })
    // It may have ended while the file was opened.
    if (recordedFrom === 'policy' && this.#mode !== 'policy') await this.#recording.end('the policy had ended')
  }

  async #renew(change: () => Promise<void>): Promise<void> {
    this.#policy.mustBeOver()
    if (this.#recording.isOn) throw new UserError('an episode is being recorded: end it first')
    await this.#renewed(change)
  }

  /** After the change everything begins anew, but for a stop or a pause. */
  async #renewed(change: () => Promise<void>): Promise<void> {
    // A command that was made for what is now must not arrive in what comes.
    while (this.#stepping) await this.#stepping.catch(() => {})
    await this.#alone(change)
    this.#desk.renew()
    this.#hand = this.#newHand()
    this.#interventions = new InterventionLines()
    this.#watch.begin()
    this.#glance = undefined
    this.#command = undefined
    this.#intervened = false
    this.#brakesUntil = Number.NEGATIVE_INFINITY
    const { setup, episode } = this.#station
    this.#tell('info', `${setup.task}, ${setup.clearanceMm} mm: episode ${episode} begins`)
  }

  #newHand(): Hand {
    return new Hand(this.#station.robot, this.#desk.governor, this.#station.limits)
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
    const at = this.#time.now()
    // Each by itself: what fails while commanding keeps nobody from seeing that the robot was taken out of our hands.
    await this.#trying(() => (this.#needsCommand(at) ? this.#step(at) : undefined))
    await this.#trying(() => this.#look(at))
    // A policy that ends stops the robot itself: that is nobody else's doing.
    await this.#trying(() => (this.#policy.isEnding ? undefined : this.#desk.watch()))
    await this.#trying(() => (at - this.#stateAt >= STATE_INTERVAL ? this.#tellState() : undefined))
    return this.#time.now() <= this.#livelyUntil ? LIVELY : QUIET
  }

  #needsCommand(at: number): boolean {
    const { isStreamed, commandInterval } = this.#station
    const since = at - this.#steppedAt
    if (this.#policy.commands) return false
    // An armed robot that hears nothing is held by its guard.
    if (isStreamed) return this.#desk.isArmed && since >= commandInterval - SHORTEST_STEP
    const isDriven = at < this.#brakesUntil || (this.#mode === 'teleop' && at <= this.#livelyUntil)
    return isDriven && since >= SHORTEST_STEP
  }

  async #step(at: number): Promise<void> {
    if (this.#stepping) return
    this.#steppedAt = at
    await this.#alone(async () => {
      const hand = this.#hand
      const isMoved = hand.isMoved(at)
      const { observation, believed, wanted, guarded, silent, input } = await hand.step(at)
      // Of a clock that was set back by now.
      if (hand !== this.#hand) return
      if (isMoved) this.#watch.commanded()
      this.#input = input ?? this.#input
      const { eeInBase, interventions } = guarded
      this.#commanded({ observation, believed, wanted, eeInBase }, silent, interventions)
    })
  }

  /** No step of the hand begins meanwhile. */
  async #alone(work: () => Promise<void>): Promise<void> {
    this.#stepping = work()
    try {
      await this.#stepping
    } finally {
      this.#stepping = undefined
    }
  }

  #cycled(cycle: Cycle, poseInterval: number): void {
    const { observation, guarded, chunk, fusing, silent = false, insertion } = cycle
    this.#stayLively()
    this.#watch.commanded()
    if (chunk) {
      const [stamp = cycle.time] = chunk.stamps
      this.#plans.tell({ stamp, interval: poseInterval, poses: [...chunk.poses] })
    }
    if (fusing?.gate) this.#gate = gateOf(fusing.gate)
    const { eeInBase, interventions } = guarded
    if (!silent) this.#hand.follow(eeInBase)
    this.#commanded({ observation, wanted: eeInBase, eeInBase, insertion }, silent, interventions)
  }

  #commanded(what: Commanded, silent: boolean, interventions: readonly Change[]): void {
    if (!silent) {
      this.#command = what.eeInBase
      this.#rates.commands.note(this.#time.now())
    }
    this.#intervened = interventions.length > 0
    this.#isHeld = interventions.some(({ kind }) => HOLDS.has(kind))
    this.#commandedAt = this.#time.now()
    this.#station.commanded(what)
    this.#tellLines(this.#interventions.take(this.#desk.governor.log))
  }

  async #look(at: number): Promise<void> {
    const hand = this.#hand
    const glance = await this.#station.glance()
    // Of an episode that is over by now.
    if (!glance || hand !== this.#hand) return
    await this.#checkClock(glance.observation.stamp)
    if (glance.observation.stamp !== this.#glance?.observation.stamp) this.#rates.observations.note(at)
    if (this.#isLively(glance)) this.#livelyUntil = Math.max(this.#livelyUntil, at + RESTS_AFTER)
    this.#glance = glance
    this.#judge(glance)
    this.#record(glance)
    this.#frames.tell(this.#frameOf(glance))
    if (this.#station.isStreamed) this.#pictures.show(glance.observation, at)
    if (at > this.#livelyUntil) this.#station.rest()
  }

  /** What was believed and recorded on a clock that was set back is of a time that is yet to come. */
  async #checkClock(stamp: number): Promise<void> {
    const setBack = this.#glance && clockSetBack(stamp - this.#glance.observation.stamp)
    if (setBack === undefined) return
    this.#hand = this.#newHand()
    this.#watch.begin()
    if (this.#recording.isOn) await this.#recording.end(setBack)
    this.#tell('warning', setBack)
  }

  /** Something goes on, or moved since the last look. */
  #isLively({ eeInBase }: Glance): boolean {
    if (this.#mode === 'policy' || this.#recording.isOn || !this.#glance) return true
    if (this.#station.isStreamed && (this.#desk.isArmed || this.#pictures.isWanted)) return true
    const way = poseDistance(this.#glance.eeInBase, eeInBase)
    return way.translation > STILL.translation || way.rotation > STILL.rotation
  }

  #judge(glance: Glance): void {
    // The simulator's judge counts all seconds.
    const isHeld = this.#isHeld && this.#station.isStreamed
    const drives = this.#mode !== 'idle' && this.#desk.governor.state === 'running' && !isHeld
    const verdict = this.#watch.look(glance, drives, this.#mode === 'policy')
    if (!verdict) return
    const { seated, reason, peakForceN } = verdict
    const text = `${reason}, after ${this.#watch.seconds.toFixed(1)} s and up to ${peakForceN.toFixed(1)} N`
    this.#tell(seated ? 'info' : 'warning', text)
    this.#policy.end(reason)
    this.#tellState()
  }

  #record(glance: Glance): void {
    try {
      this.#recording.see(glance, this.#command)
    } catch (error) {
      this.#failed(error)
      // At once: the next frame would fail, too.
      void this.#trying(() => this.#recording.end('writing failed'))
    }
  }

  #frameOf({ observation: _, ...seen }: Glance): StateFrame {
    return {
      mode: this.#mode,
      recording: this.#recording.isOn,
      armed: this.#desk.isArmed,
      intervened: this.#intervened && this.#time.now() - this.#commandedAt < INTERVENED_FOR,
      sequence: this.#sequence++ >>> 0,
      input: this.#input,
      commandInBase: this.#command,
      gate: this.#gate,
      ...seen,
    }
  }

  #tellState(): void {
    this.#stateAt = this.#time.now()
    const { state } = this
    const text = JSON.stringify(state)
    if (text === this.#told) return
    this.#told = text
    this.#states.tell(state)
  }

  #tell(level: LogLine['level'], text: string): void {
    this.#tellLines([{ time: this.#stampNow(), level, text }])
  }

  #tellLines(lines: LogLine[]): void {
    if (lines.length > 0) this.#lines.tell(lines)
  }

  /** s, on the robot's clock; 0 before that is known. */
  #stampNow(): number {
    try {
      return this.#station.robot.now()
    } catch {
      return 0
    }
  }

  async #trying(work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** What fails may fail sixty times a second. */
  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    const at = this.#time.now()
    if (at - (this.#failures.get(message) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN) return
    if (this.#failures.size >= MOST_FAILURES) this.#failures.clear()
    this.#failures.set(message, at)
    this.#tell('error', message)
  }
}

function gateOf(gate: Float32Array): { low: number; mean: number; high: number } {
  const mean = gate.reduce((sum, open) => sum + open, 0) / gate.length
  return { low: Math.min(...gate), mean, high: Math.max(...gate) }
}
