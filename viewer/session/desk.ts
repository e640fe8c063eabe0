// Who stops, pauses and arms: governor and robot at once, and nobody moves on what somebody stopped.
import { UserError } from '../../cli/errors.ts'
import { Governor } from '../../control/index.ts'
import type { LogLine, SessionState } from '../protocol/session.ts'
import type { Station } from './station.ts'

const RUNNING = { state: 'running', reason: '' } as const

/** As the page's button is called. */
const ARM_FIRST = 'arm it first (tab Live)'

type Tell = (level: LogLine['level'], text: string) => void

export class Desk {
  readonly #station: Station
  readonly #tell: Tell
  #governor: Governor
  #state: SessionState['governor'] = RUNNING
  #halts = 0
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
    return this.#state
  }

  /** Commands reach the robot. */
  get isArmed(): boolean {
    return this.#station.robot.obstacle === undefined
  }

  /** Throws a UserError when commands would go nowhere. */
  mustObey(): void {
    const { obstacle } = this.#station.robot
    this.#mustNotBeStopped()
    if (obstacle !== undefined) throw new UserError(`the robot is not armed (${obstacle}): ${ARM_FIRST}`)
  }

  /** At once. The first reason stays. */
  halt(reason: string): void {
    const { robot, isStreamed } = this.#station
    this.#governor.stop(reason)
    this.#halts++
    if (this.#state.state !== 'stopped') {
      this.#state = { state: 'stopped', reason }
      this.#tell('warning', `stopped: ${reason}`)
    }
    this.#wasArmed = !isStreamed
    this.#stopping = robot
      .stop(reason)
      .catch((error: Error) => this.#tell('error', `the robot did not take the stop: ${error.message}`))
  }

  pause(): void {
    this.#governor.pause()
    if (this.#state.state !== 'running') return
    this.#state = { state: 'paused', reason: '' }
    this.#tell('info', 'paused')
  }

  /** Throws a UserError when it is stopped. */
  resume(): void {
    this.#mustNotBeStopped()
    this.#governor.resume()
    if (this.#state.state === 'paused') this.#tell('info', 'going on')
    this.#state = RUNNING
  }

  /** Releases a stop, and arms a robot that has to be armed. Throws a UserError that says why not. */
  async rearm(): Promise<void> {
    await this.settled()
    const halts = this.#halts
    await this.#station.robot.arm().catch((error: Error) => {
      throw new UserError(error.message, { cause: error })
    })
    // Who said stop while the robot was being armed meant it.
    if (this.#halts > halts) {
      await this.#station.robot.stop('stopped while it was being armed')
      throw new UserError('stopped while it was being armed')
    }
    this.#state = RUNNING
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

  #mustNotBeStopped(): void {
    const { state, reason } = this.#state
    if (state !== 'stopped') return
    const next = this.#station.isStreamed ? ARM_FIRST : 'release the stop first'
    throw new UserError(`it is stopped (${reason}): ${next}`)
  }

  #asBefore(): void {
    const { state, reason } = this.#state
    if (state === 'stopped') this.#governor.stop(reason)
    if (state === 'paused') this.#governor.pause()
  }
}
