// Frames drawn in the last second.
export interface FrameRate {
  /** `now`: s */
  count(now: number): void
  perSecond(now: number): number
}

export function makeFrameRate(): FrameRate {
  const stamps = new Float64Array(256).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  return {
    count(now) {
      stamps[next] = now
      next = (next + 1) % stamps.length
    },
    perSecond(now) {
      let frames = 0
      for (const stamp of stamps) if (stamp > now - 1 && stamp <= now) frames++
      return frames
    },
  }
}
