// A clock on the wall for tests: it moves when it is told to, and what is waited for happens on time.
import { setImmediate } from 'node:timers/promises'
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'

export class FakeTime implements Scheduler {
  #now = 1000
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

  /** Lets so many seconds pass; `each` is called `rate` times a second. */
  async pass(seconds: number, each?: () => unknown, rate = 60): Promise<void> {
    const until = this.#now + seconds
    let due = this.#now
    // What was begun before comes to where it waits, and so does what each call begins.
    await setImmediate()
    for (;;) {
      const next = this.#calls.toSorted((a, b) => a.at - b.at)[0]
      const at = Math.min(next?.at ?? until, each ? due : until)
      if (at > until) break
      this.#now = Math.max(this.#now, at)
      if (each && at === due) {
        await each()
        due += 1 / rate
      } else if (next && next.at <= this.#now) {
        this.#calls = this.#calls.filter((call) => call !== next)
        next.call()
      } else break
      await setImmediate()
    }
    this.#now = until
  }
}
