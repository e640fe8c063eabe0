// A clock for tests that moves only when it is told to.
import type { Scheduler } from './scheduler.ts'

interface Call {
  at: number
  call: () => void
}

export class FakeScheduler implements Scheduler {
  #now: number
  #calls: Call[] = []

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(seconds: number, call: () => void): () => void {
    const entry = { at: this.#now + seconds, call }
    this.#calls.push(entry)
    return () => {
      this.#calls = this.#calls.filter((each) => each !== entry)
    }
  }

  /** Lets so many seconds pass; what falls due is called on time and in order. */
  pass(seconds: number): void {
    const until = this.#now + seconds
    for (let next = this.next; next && next.at <= until; next = this.next) this.run(next)
    this.reach(until)
  }

  /** Calls that are waited for. */
  get waiting(): number {
    return this.#calls.length
  }

  /** The call that falls due first. */
  protected get next(): Call | undefined {
    return this.#calls.toSorted((a, b) => a.at - b.at)[0]
  }

  /** Calls it, at its time. */
  protected run(next: Call): void {
    this.#calls = this.#calls.filter((each) => each !== next)
    this.reach(next.at)
    next.call()
  }

  /** It is so late now, or later. */
  protected reach(time: number): void {
    this.#now = Math.max(this.#now, time)
  }
}
