// The loop of a live run: watches the controller's cycles, obeys the operator, and ends with what became of it.
//
// Stopping does not wait for the loop: a word, a button or Ctrl-C reaches governor and robot at once. What stopped is moved
// again only when somebody says so.
import { type Cycle, type Governor, HOLDS, type Intervention, type LogEntry } from '../../control/index.ts'
import { clockSetBack } from './clock-set-back.ts'
import { type LiveRobot, whyNotArmed } from './live-robot.ts'
import { NewEntries, WARNINGS } from './new-entries.ts'
import type { RunStatistics } from './statistics.ts'
import type { RunWord } from './words.ts'

export interface Ended {
  seated: boolean
  /** why it ended, in words */
  reason: string
  /** s from the first cycle; null when it is not seated */
  seatSeconds: number | null
}

export interface LiveRun {
  robot: LiveRobot
  governor: Pick<Governor, 'state' | 'log' | 'pause' | 'resume' | 'stop' | 'rearm'>
  cycles: AsyncGenerator<Cycle, unknown, void>
  statistics: RunStatistics
  signal: AbortSignal
  /** it ends when it has moved for so long, s on the robot's clock */
  limit: number
  /** a robot that was taken out of our hands is armed again by itself, so often; for simulated robots. Default: never */
  rearms?: number
  /** how it ended, of a robot that knows better than we do; undefined as long as it has not */
  judge?(cycle: Cycle): Ended | undefined
  /** takes what was seen and commanded into the recording; a loop that time does not wait for should not wait either */
  record?(cycle: Cycle): Promise<void> | void
  /** calls back with what the operator says, and when there is none any more, until the answer is called */
  listen(operator: { onWord(word: RunWord): void; onEnd(): void }): () => void
  /** a line that the next one replaces */
  show(text: string): void
  /** a line that stays */
  tell(text: string): void
}

export const BY_OPERATOR = 'ended by the operator'

/** Cycles between lines of status: some five a second. */
const SHOW_EVERY = 6
/** What the controller took for seated has to stay so, s. */
const SEATED_FOR = 0.5
/** What the governor holds the arm for until a person has looked, or the wish comes back. */
const RESUMED: ReadonlySet<Intervention> = new Set(['jump', 'force', 'torque'])
/** Where nobody can say anything, an arm that is held is given up after so long, s. */
const LEFT_FOR = 10
/** No cycle takes so long, but on a clock that was set forward, s. */
const LONGEST_CYCLE = 0.1

/** Runs until the part is seated or given up, the time is over, or somebody ends it. The robot is stopped in the end. */
export async function runLive(run: LiveRun): Promise<Ended> {
  const { robot, governor, cycles, statistics, signal, limit, tell } = run
  const desk = new Desk(run)
  const unlisten = run.listen({ onWord: (word) => desk.say(word), onEnd: () => desk.leave() })
  const onAbort = () => desk.halt('interrupted')
  signal.addEventListener('abort', onAbort, { once: true })
  let begin: number | undefined
  let seatedSince: number | undefined
  let last: number | undefined
  let moved = 0
  let heldFor = 0
  let count = 0
  const interventions = new NewEntries()
  try {
    if (signal.aborted) return { seated: false, reason: 'interrupted', seatSeconds: null }
    for await (const cycle of cycles) {
      begin ??= cycle.time
      const seconds = cycle.time - begin
      const passed = cycle.time - (last ?? cycle.time)
      last = cycle.time
      const setBack = clockSetBack(passed)
      if (setBack !== undefined) return { seated: false, reason: setBack, seatSeconds: null }
      const changes = cycle.guarded.interventions
      const holding = changes.find(({ kind }) => HOLDS.has(kind))
      const isRunning = governor.state === 'running'
      const counted = Math.min(LONGEST_CYCLE, Math.max(0, passed))
      if (isRunning && (robot.isDry || !holding)) moved += counted
      heldFor = governor.state === 'paused' || (isRunning && holding) ? heldFor + counted : 0
      for (const entry of interventions.take(governor.log)) {
        const line = warningOf(entry, governor.state === 'paused')
        if (line !== undefined) tell(line)
      }
      statistics.see(cycle)
      await run.record?.(cycle)
      desk.watch()
      if (count++ % SHOW_EVERY === 0) {
        run.show(statistics.line({ state: desk.state, seconds, roundTrip: robot.roundTrip }))
      }
      const verdict = run.judge?.(cycle)
      if (verdict) return verdict
      if (signal.aborted) return { seated: false, reason: 'interrupted', seatSeconds: null }
      if (desk.isOver) return { seated: false, reason: BY_OPERATOR, seatSeconds: null }
      // Whoever knows better decides, once it has begun; else what was felt does.
      if (run.judge && statistics.commands > 0) continue
      const givenUp =
        desk.givenUp ??
        (heldFor > LEFT_FOR ? desk.givenUpWhenHeld(holding && `${holding.kind}: ${holding.message}`) : undefined)
      if (givenUp !== undefined) return { seated: false, reason: givenUp, seatSeconds: null }
      const { phase, mode, retried = 0 } = cycle.insertion ?? {}
      // Stopped or paused, nobody looks at it any more.
      seatedSince = phase === 'seated' && isRunning ? (seatedSince ?? seconds) : undefined
      if (seatedSince !== undefined && seconds - seatedSince >= SEATED_FOR) {
        return { seated: true, reason: 'seated', seatSeconds: seatedSince }
      }
      if (mode === 'exhausted') {
        return { seated: false, reason: `stuck, after ${retried} more tries`, seatSeconds: null }
      }
      if (moved >= limit && robot.isDry) return { seated: false, reason: 'dry run, nothing moved', seatSeconds: null }
      if (moved >= limit) {
        const force = changes.find(({ kind }) => kind === 'force' || kind === 'torque')
        const why = force ? `, held by ${force.kind}: ${force.message}` : ''
        return { seated: false, reason: `not seated within ${limit} s${why}`, seatSeconds: null }
      }
    }
    throw new Error('the controller ended by itself')
  } catch (error) {
    tell(`stopped: ${error instanceof Error ? error.message : error}`)
    governor.stop('the controller failed')
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    unlisten()
    await desk.end()
  }
}

/** What the operator should know; a stop was told where it was made. */
function warningOf({ event, kind, message }: LogEntry, isPaused: boolean): string | undefined {
  if (event === 'end' || kind === 'stop' || !WARNINGS.has(kind)) return undefined
  const how = isPaused ? ' (p resumes)' : ' (p twice resumes)'
  return `${kind}: ${message}${RESUMED.has(kind) ? how : ''}`
}

/** Carries out what the operator says, and notices when the robot was taken out of our hands. */
class Desk {
  readonly #run: LiveRun
  #isOver = false
  /** there has been a cycle */
  #hasBegun = false
  /** nobody is there to arm it again */
  #isLeft = false
  /** why it was stopped last */
  #why = ''
  #wasArmed: boolean
  #halts = 0
  #rearms: number
  /** it was taken out of our hands, and nobody has said anything since */
  #isTaken = false
  #arming: Promise<void> | undefined
  #stopping: Promise<unknown> = Promise.resolve()

  constructor(run: LiveRun) {
    this.#run = run
    this.#rearms = run.rearms ?? 0
    this.#wasArmed = run.robot.obstacle === undefined
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Why it stands, when nobody can change that any more. */
  get givenUp(): string | undefined {
    const isWaiting = this.#arming !== undefined || (this.#isTaken && this.#rearms > 0)
    return this.#isLeft && this.#run.governor.state === 'stopped' && !isWaiting ? this.#why : undefined
  }

  /** The same for an arm that stands for another reason: it is paused, or the governor holds it for `why`. */
  givenUpWhenHeld(why = 'paused'): string | undefined {
    const { robot, governor } = this.#run
    // A dry run goes on to its end while it is held, but not while it is paused.
    return this.#isLeft && (!robot.isDry || governor.state === 'paused') ? why : undefined
  }

  /** Nobody will say anything any more. */
  leave(): void {
    this.#isLeft = true
  }

  /** What the status line calls the state. */
  get state(): string {
    const { governor, robot } = this.#run
    if (governor.state === 'stopped') return 'STOPPED (r arms again)'
    if (governor.state === 'paused') return 'paused (p goes on)'
    return robot.isDry ? 'dry run' : (robot.obstacle ?? 'moving')
  }

  say(word: RunWord): void {
    const { governor, tell } = this.#run
    if (word === 'quit') {
      this.halt(BY_OPERATOR)
      this.#isOver = true
    } else if (word === 'stop') {
      this.halt('stopped by the operator')
      tell('stopped by the operator: r arms again, q ends')
    } else if (word === 'rearm') this.#rearm()
    else if (governor.state === 'paused') {
      governor.resume()
      tell('going on')
    } else {
      governor.pause()
      tell(governor.state === 'stopped' ? 'paused: p goes on, once it is armed again' : 'paused: p goes on')
    }
  }

  /** Governor and robot, at once. */
  halt(reason: string): void {
    const { governor, robot, tell } = this.#run
    governor.stop(reason)
    this.#why = reason
    this.#halts++
    this.#isTaken = false
    this.#wasArmed = false
    this.#stopping = robot
      .stop(reason)
      .catch((error: Error) => tell(`the robot did not take the stop: ${error.message}`))
  }

  /** A robot that was taken out of our hands is not moved on when it comes back, but when it is armed again. */
  watch(): void {
    this.#hasBegun = true
    const { robot, governor, tell } = this.#run
    const { obstacle } = robot
    // Just stopped, it may not know yet that it is no longer armed.
    if (obstacle === undefined) this.#wasArmed = governor.state !== 'stopped'
    else if (this.#wasArmed && !this.#arming) {
      this.#wasArmed = false
      this.#isTaken = true
      governor.stop(obstacle)
      this.#why = obstacle
      tell(`stopped: ${obstacle}; ${this.#rearms > 0 ? 'it is armed again when it is ready' : 'r arms again, q ends'}`)
    } else if (this.#isTaken && this.#rearms > 0 && robot.isReady && !this.#arming) {
      this.#rearms--
      this.#rearm()
    }
  }

  /** The run is over: what is being armed is not to be. */
  async end(): Promise<void> {
    this.#halts++
    await Promise.all([this.#arming, this.#stopping])
  }

  #rearm(): void {
    const { robot, governor, tell } = this.#run
    if (this.#arming) return
    if (!this.#hasBegun) {
      governor.rearm()
      tell('it is armed when its first plan is there')
      return
    }
    if (governor.state !== 'stopped' && robot.obstacle === undefined) {
      tell('it is armed already')
      return
    }
    const halts = this.#halts
    this.#arming = this.#stopping
      .then(() => robot.arm(() => this.#halts === halts))
      .then(() => {
        // Who said stop while the robot was being armed meant it.
        if (this.#halts > halts) return robot.stop('stopped while it was being armed')
        this.#isTaken = false
        this.#wasArmed = true
        governor.rearm()
        tell('armed again')
        return undefined
      })
      .catch((error: Error) => tell(whyNotArmed(error)))
      .finally(() => {
        this.#arming = undefined
      })
  }
}
