// How often something happens: Hz, of the last two seconds.

const WINDOW = 2

export class RateMeter {
  #times: number[] = []

  note(now: number): void {
    this.#times.push(now)
    this.#forget(now)
  }

  /** Whole Hz, so that it does not change all the time. */
  rate(now: number): number {
    this.#forget(now)
    return Math.round(this.#times.length / WINDOW)
  }

  #forget(now: number): void {
    const first = this.#times.findIndex((time) => time > now - WINDOW)
    this.#times = first < 0 ? [] : this.#times.slice(first)
  }
}
