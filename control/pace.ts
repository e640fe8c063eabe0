// The rhythm of a control loop: commands at a fixed interval, and none made up for after a delay.
import type { Clock } from './robot.ts'

export class Pace {
  readonly #clock: Clock
  readonly #interval: number
  #begin: number
  #tick = 0
  #missed = 0

  /** `interval`: time between commands, s. The first is due now. */
  constructor(clock: Clock, interval: number) {
    this.#clock = clock
    this.#interval = interval
    this.#begin = clock.now()
  }

  /** Commands that were due and never made. */
  get missed(): number {
    return this.#missed
  }

  /**
   * Returns when the next command is due; after a delay of more than an interval, or when the clock was set back, the
   * rhythm begins anew.
   */
  async next(): Promise<void> {
    this.#tick++
    const late = this.#clock.now() - (this.#begin + this.#tick * this.#interval)
    if (late > this.#interval) this.#missed += 1 + Math.floor(late / this.#interval)
    if (late > this.#interval || late < -2 * this.#interval) this.#begin += late + this.#interval
    await this.#clock.sleepUntil(this.#begin + this.#tick * this.#interval)
  }
}
