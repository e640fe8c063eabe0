// Seconds in memory, whole nanoseconds on disk.

const NANOSECONDS = 1_000_000_000n

/** As Foxglove and ROS write a time. */
export interface Timestamp {
  readonly sec: number
  readonly nsec: number
}

/**
 * The whole nanosecond nearest to `stamp` (s, finite and not negative).
 * Seconds and fraction are taken apart first: `stamp * 1e9` would round a time since 1970 to 256 ns.
 */
export function stampToNanoseconds(stamp: number): bigint {
  const seconds = Math.floor(stamp)
  return BigInt(seconds) * NANOSECONDS + BigInt(Math.round((stamp - seconds) * 1e9))
}

/**
 * The double nearest to a time in seconds. Returns the very stamp that was written if that was the double nearest
 * to a whole nanosecond, and always does for stamps beyond 97 days, where doubles are coarser than that.
 */
export function nanosecondsToStamp(nanoseconds: bigint): number {
  // One rounding instead of two, while the count is an exact double.
  if (nanoseconds <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(nanoseconds) / 1e9
  return Number(nanoseconds / NANOSECONDS) + Number(nanoseconds % NANOSECONDS) / 1e9
}

export function nanosecondsToTimestamp(nanoseconds: bigint): Timestamp {
  return { sec: Number(nanoseconds / NANOSECONDS), nsec: Number(nanoseconds % NANOSECONDS) }
}

export function timestampToNanoseconds({ sec, nsec }: Timestamp): bigint {
  return BigInt(sec) * NANOSECONDS + BigInt(nsec)
}
