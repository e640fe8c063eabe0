// How states of the robot arrive: how many a second, and how many were left out.

export interface Arrivals {
  /** `sequence` counts up by one on the server; `now` in ms. */
  arrived(sequence: number, now: number): void
  /** Of the last two seconds; both 0 when nothing arrived. */
  summary(now: number): { rate: number; missed: number }
}

const WINDOW = 2000

export function arrivals(): Arrivals {
  let seen: { now: number; missed: number }[] = []
  let newest: number | undefined
  return {
    arrived(sequence, now) {
      // A smaller number is another server, or a new session: nothing to compare with.
      const missed = newest === undefined || sequence <= newest ? 0 : sequence - newest - 1
      newest = sequence
      seen.push({ now, missed })
    },
    summary(now) {
      seen = seen.filter((one) => now - one.now < WINDOW)
      return { rate: (seen.length / WINDOW) * 1000, missed: seen.reduce((sum, one) => sum + one.missed, 0) }
    },
  }
}
