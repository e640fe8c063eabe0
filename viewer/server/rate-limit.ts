// How often something may happen: a bucket of permits that fills at a steady rate.

/** Returns whether it may happen now. `rate`: a second, and at once after a rest; `now`: ms. */
export function limitRate(rate: number, now: () => number = performance.now.bind(performance)): () => boolean {
  let permits = rate
  let last = now()
  return () => {
    const time = now()
    permits = Math.min(rate, permits + ((time - last) / 1000) * rate)
    last = time
    if (permits < 1) return false
    permits -= 1
    return true
  }
}
