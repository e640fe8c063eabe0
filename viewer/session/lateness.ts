// How late a message is, told by a sender whose clock shares no zero with ours: against the promptest of those before.

/** By so much a sender's clock may run slow, as a share: clocks of machines differ by a hundred parts in a million at most. */
const DRIFT = 1e-3
/** Nothing waits for longer: a connection that says nothing for so long is dead. Then the sender's clock was set, s. */
const LONGEST_WAIT = 60

export class Lateness {
  /** between the clocks, as the promptest message had it, s */
  #gap = Number.POSITIVE_INFINITY
  #heardAt = 0

  /** Of a message that was sent at `sent` by the sender's clock and came at `now` by ours, s: 0 of the promptest so far. */
  of(sent: number, now: number): number {
    const gap = now - sent
    const expected = this.#gap + DRIFT * (now - this.#heardAt)
    this.#heardAt = now
    this.#gap = gap - expected > LONGEST_WAIT ? gap : Math.min(gap, expected)
    return gap - this.#gap
  }
}
