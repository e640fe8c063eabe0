// The heartbeat: a std_msgs/Header looped back through the bridge every 20 ms.
//
// It is sent without a stamp, rosbridge fills in ROS time, and so one small message tells three things: that the bridge
// still reads, works and writes (a frozen one keeps its socket open and its buffers empty); how long that takes; and how
// far the clocks are apart. Commands are sent only on credit: while an answer is younger than 100 ms. An answer that was
// 150 ms on its way gives none, for it tells of the past: a bridge that thaws answers all beats it slept through at once.
import { ClockOffset } from './clock-offset.ts'

/** s */
export const BEAT_INTERVAL = 0.02
export const CREDIT = 0.1
export const LONGEST_ROUND_TRIP = 0.15

/** Round trips that the percentiles are taken of: the last ten seconds. */
const WINDOW = 500
/** Beats that are still waited for; a longer silence has ended the connection. */
const MOST_OPEN = 250

export interface RoundTrips {
  /** s */
  p50: number
  p99: number
  count: number
}

export class Heartbeat {
  /** our clock to the ROS side's */
  readonly clock = new ClockOffset()
  readonly #sent = new Map<number, number>()
  readonly #roundTrips: number[] = []
  #count = 0
  #newest = 0
  #last = Number.NEGATIVE_INFINITY
  #inARow = 0

  /** The number of the beat that is sent at `now`, s. */
  beat(now: number): number {
    const count = ++this.#count
    this.#sent.set(count, now)
    this.#sent.delete(count - MOST_OPEN)
    return count
  }

  /**
   * The beat of that number is back at `now`, stamped by the bridge, all in seconds. Returns by how much the other clock
   * was set, when this answer proves it. Numbers never sent, and answers that came before, are passed over.
   */
  answered(count: number, stamp: number, now: number): number | undefined {
    const sent = this.#sent.get(count)
    if (sent === undefined) return undefined
    this.#sent.delete(count)
    this.#roundTrips.push(now - sent)
    if (this.#roundTrips.length > WINDOW) this.#roundTrips.shift()
    const jump = this.clock.add({ sent, received: now, stamp })
    if (now - sent <= LONGEST_ROUND_TRIP && count > this.#newest) {
      if (!this.hasCredit(now)) this.#inARow = 0
      this.#newest = count
      this.#last = now
      this.#inARow++
    }
    return jump
  }

  /**
   * Something else that was sent at `sent` is back at `now`, both s: as good a sign that the bridge is awake. On a network
   * that loses messages two kinds of signs are seldom all lost.
   */
  acknowledged(sent: number, now: number): void {
    if (now - sent <= LONGEST_ROUND_TRIP && this.hasCredit(now)) this.#last = now
  }

  /** s since the last answer that came quickly enough; infinite before the first */
  age(now: number): number {
    return now - this.#last
  }

  /** Whether commands may be sent: `next` s from now, too. */
  hasCredit(now: number, next = 0): boolean {
    return this.age(now) + next <= CREDIT
  }

  /** Answers since credit was last without a gap. */
  inARow(now: number): number {
    return this.hasCredit(now) ? this.#inARow : 0
  }

  /** Starts counting answers in a row anew. */
  distrust(): void {
    this.#inARow = 0
  }

  /** Undefined before the first answer. */
  roundTrips(): RoundTrips | undefined {
    const sorted = [...this.#roundTrips].sort((a, b) => a - b)
    const count = sorted.length
    const at = (part: number) => sorted[Math.min(count - 1, Math.floor(part * count))] as number
    return count === 0 ? undefined : { p50: at(0.5), p99: at(0.99), count }
  }
}
