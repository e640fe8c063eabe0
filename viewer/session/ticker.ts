// Calls again and again, quickly while something goes on and slowly while nothing does.
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'

export interface Ticker {
  /** Calls now, and quickly from now on. */
  hurry(): void
  /** Resolves when the last call is over; there is none after that. */
  stop(): Promise<void>
}

/** `tick` answers with the time to the next one, s, counted from when this one was due. */
export function startTicker(time: Scheduler, tick: () => Promise<number>): Ticker {
  let due = time.now()
  let isStopped = false
  let running: Promise<void> | undefined
  let cancel = () => {}
  const schedule = () => {
    cancel()
    if (!isStopped) cancel = time.after(Math.max(0, due - time.now()), call)
  }
  const call = () => {
    running ??= tick()
      .then((interval) => {
        // Who is late does not make up for it.
        due = Math.max(due + interval, time.now())
      })
      .finally(() => {
        running = undefined
        schedule()
      })
  }
  schedule()
  return {
    hurry() {
      due = Math.min(due, time.now())
      if (!running) schedule()
    },
    async stop() {
      isStopped = true
      cancel()
      await running
    },
  }
}
