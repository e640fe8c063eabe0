// Notices that something has been silent for too long.

export class Watchdog {
  readonly #limit: number
  #until = Number.NEGATIVE_INFINITY
  #heard = Number.NEGATIVE_INFINITY

  /** `limit`: the longest silence allowed, s. Silent until it is fed. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** A sign of life at `now`, s; `grace` allows the next to come later than the limit says. */
  feed(now: number, grace = this.#limit): void {
    this.#heard = now
    this.#until = now + grace
  }

  /** Seconds since the last sign of life; infinite before the first. */
  silence(now: number): number {
    return now - this.#heard
  }

  /**
   * Whether the limit is passed, or will be before anyone asks again: `next` is the time until then, s. Who looks every
   * 10 ms and acts only on what has passed is up to 10 ms late.
   */
  isSilent(now: number, next = 0): boolean {
    return now + next > this.#until
  }
}
