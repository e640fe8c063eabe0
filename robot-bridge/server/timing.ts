// Time as the server needs it: a port, so that tests bring their own.

export interface Timing {
  /** a clock that only goes forward, s */
  now(): number
  /** Calls `run` in so many seconds, unless the answer is called before. */
  later(seconds: number, run: () => void): () => void
}

export const systemTiming: Timing = {
  now: () => performance.now() / 1e3,
  later(seconds, run) {
    const timer = setTimeout(run, Math.ceil(seconds * 1e3))
    return () => clearTimeout(timer)
  },
}
