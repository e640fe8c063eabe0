// The robot's clock, as known here: our clock and an offset that is measured again and again.

/** The offset follows a better estimate this fast, s/s: slower than time passes, so that time never runs backwards. */
const SLEW = 0.01
/** A difference beyond this is no better estimate but a clock that was set, s. */
const STEP = 0.05

export class RobotClock {
  #offset: number | undefined
  #wanted = 0
  #at = 0

  /** A new estimate of the offset at `local`, s on our clock. */
  adjust(offset: number, local: number): void {
    if (this.#offset === undefined || Math.abs(offset - this.#offsetAt(local)) > STEP) this.#offset = offset
    else this.#offset = this.#offsetAt(local)
    this.#wanted = offset
    this.#at = local
  }

  get isKnown(): boolean {
    return this.#offset !== undefined
  }

  /** The robot's time at `local`, both s. Throws an Error before there was an estimate. */
  at(local: number): number {
    if (this.#offset === undefined)
      throw new Error('the robot’s clock is not known before the first connection: wait until it is ready')
    return local + this.#offsetAt(local)
  }

  #offsetAt(local: number): number {
    const offset = this.#offset ?? this.#wanted
    const step = SLEW * Math.max(0, local - this.#at)
    return offset + Math.max(-step, Math.min(step, this.#wanted - offset))
  }
}
