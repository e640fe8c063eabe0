// A clock on the wall for tests: it moves when it is told to, and what is waited for happens on time.
import { setImmediate } from 'node:timers/promises'
import { FakeScheduler } from '../../robot-bridge/server/fake-scheduler.ts'

export class FakeTime extends FakeScheduler {
  constructor() {
    super(1000)
  }

  /** Lets so many seconds pass; `each` is called `rate` times a second. Resolves when all that was called has been done. */
  override async pass(seconds: number, each?: () => unknown, rate = 60): Promise<void> {
    const until = this.now() + seconds
    let due = this.now()
    // What was begun before comes to where it waits, and so does what each call begins.
    await setImmediate()
    for (;;) {
      const { next } = this
      const at = Math.min(next?.at ?? until, each ? due : until)
      if (at > until) break
      this.reach(at)
      if (each && at === due) {
        await each()
        due += 1 / rate
      } else if (next && next.at <= this.now()) this.run(next)
      else break
      await setImmediate()
    }
    this.reach(until)
  }
}
