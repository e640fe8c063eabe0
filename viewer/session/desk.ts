// Who stops, pauses and arms: governor and robot at once, and nobody moves on what somebody stopped.
import { UserError } from '../../cli/errors.ts'
import { Governor } from '../../control/index.ts'
import type { LogLine, SessionState } from '../protocol/session.ts'
import type { Station } from './station.ts'

/** As the page's button is called. */
const ARM_FIRST = 'arm it first (tab Live)'

type Tell = (level: LogLine['level'], text: string) => void

export class Desk {
  readonly #station: Station
  readonly #tell: Tell
  #governor: Governor
  /** why it is stopped, if it is */
  #stopped: string | undefined
  /** outlasts a stop, as the governor's does */
  #isPaused = false
  #halts = 0
  #isArming = false
  /** it was in our hands when it was looked at last */
  #wasArmed: boolean
  #stopping: Promise<unknown> = Promise.resolve()

  constructor(station: Station, tell: Tell) {
    this.#station = station
    this.#tell = tell
    this.#governor = new Governor(station.limits)
    this.#wasArmed = this.isArmed
  }

  get governor(): Governor {
    return this.#governor
  }

  get state(): SessionState['governor'] {
    const halts = this.#halts
    if (this.#stopped !== undefined) return { state: 'stopped', reason: this.#stopped, halts }
    return { state: this.#isPaused ? 'paused' : 'running', reason: '', halts }
  }

  /** Commands reach the robot. */
  get isArmed(): boolean {
    return this.#station.robot.obstacle === undefined
  }

  /** Throws a UserError when commands would go nowhere. */
  mustObey(): void {
    this.#mustNotBeStopped()
    const { obstacle } = this.#station.robot
    if (obstacle !== undefined) throw new UserError(`the robot is not armed (${obstacle}): ${ARM_FIRST}`)
  }

  /** At once. The first reason stays. */
  halt(reason: string): void {
    const { robot, isStreamed } = this.#station
    this.#governor.stop(reason)
    this.#halts++
    this.#stopped ??= reason
    this.#tell('warning', `stopped: ${reason}`)
    this.#wasArmed = !isStreamed
    this.#stopping = robot
      .stop(reason)
      .catch((error: Error) => this.#tell('error', `the robot did not take the stop: ${error.message}`))
  }

  /** Whoever had it in their hands has gone: a robot that has to be armed is held, also one that is being armed just now. */
  letGo(why: string): void {
    if (this.#station.isStreamed && (this.isArmed || this.#isArming)) this.halt(why)
  }

  pause(): void {
    this.#governor.pause()
    if (!this.#isPaused) this.#tell('info', 'paused')
    this.#isPaused = true
  }

  /** Throws a UserError when it is stopped. */
  resume(): void {
    this.#mustNotBeStopped()
    this.#governor.resume()
    if (this.#isPaused) this.#tell('info', 'going on')
    this.#isPaused = false
  }

  /**
   * Releases a stop, and arms a robot that has to be armed. `halts`: as whoever asks saw them; who has said stop since
   * meant it. `pauses`: what would move by itself waits for `resume`, for a reset may allow a motion but begin none.
   * Throws a UserError that says why not.
   */
  async rearm(halts: number, pauses = false): Promise<void> {
    this.#isArming = true
    try {
      await this.settled()
      this.#mustNotHaveStopped(halts)
      await this.#station.robot
        .arm(() => this.#halts === halts)
        .catch((error: Error) => {
          throw new UserError(error.message, { cause: error })
        })
      if (this.#halts !== halts) await this.#station.robot.stop('stopped while it was being armed')
      this.#mustNotHaveStopped(halts)
    } finally {
      this.#isArming = false
    }
    if (pauses) this.pause()
    this.#stopped = undefined
    this.beginAnew()
    this.#wasArmed = true
    this.#tell('info', 'armed')
  }

  /** A robot that was taken out of our hands is not moved on when it comes back, but when it is armed again. */
  watch(): void {
    const { obstacle } = this.#station.robot
    if (obstacle === undefined) this.#wasArmed = true
    else if (this.#wasArmed) this.halt(obstacle)
  }

  /** Somebody else has told the robot to stop where it was: the governor goes on from there. */
  beginAnew(): void {
    this.#governor.stop('it begins anew')
    this.#governor.rearm()
    this.#asBefore()
    this.#wasArmed = this.isArmed
  }

  /** Other parts, or another episode: nothing is left of what was, but for a stop or a pause. */
  renew(): void {
    this.#governor = new Governor(this.#station.limits)
    this.#asBefore()
  }

  /** Resolves when the robot has taken the last stop. */
  async settled(): Promise<void> {
    await this.#stopping
  }

  #asBefore(): void {
    if (this.#stopped !== undefined) this.#governor.stop(this.#stopped)
    if (this.#isPaused) this.#governor.pause()
  }

  #mustNotBeStopped(): void {
    if (this.#stopped === undefined) return
    const next = this.#station.isStreamed ? ARM_FIRST : 'release the stop first'
    throw new UserError(`it is stopped (${this.#stopped}): ${next}`)
  }

  #mustNotHaveStopped(halts: number): void {
    if (this.#halts === halts) return
    const next = this.#station.isStreamed ? 'arm it anew' : 'release the stop again'
    throw new UserError(`somebody said stop meanwhile: look, then ${next}`)
  }
}
