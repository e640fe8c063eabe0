// A clock for tests that moves only when it is told to.
import type { Scheduler } from './scheduler.ts'

export class FakeScheduler implements Scheduler {
  #now = 0
  #calls: { at: number; call: () => void }[] = []

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
    for (;;) {
      const [next] = this.#calls.toSorted((a, b) => a.at - b.at)
      if (!next || next.at > until) break
      this.#calls = this.#calls.filter((each) => each !== next)
      this.#now = Math.max(this.#now, next.at)
      next.call()
    }
    this.#now = until
  }

  /** Calls that are waited for. */
  get waiting(): number {
    return this.#calls.length
  }
}
