// Time as the server lives it: a clock that only goes forward, and calls after a while. Tests have one of their own.

export interface Scheduler {
  /** s, from an arbitrary beginning */
  now(): number
  /** Calls once after so many seconds, unless the answer is called before. */
  after(seconds: number, call: () => void): () => void
}

export const realScheduler: Scheduler = {
  now: () => performance.now() / 1e3,
  after(seconds, call) {
    const timer = setTimeout(call, seconds * 1e3)
    return () => clearTimeout(timer)
  },
}
