// The newest value of one stream, and what becomes of values whose stamps cannot be right.
//
// There is no queue: an old value is worth nothing once a newer one is there.

/** A stamp so far ahead of the robot's clock is wrong, s. */
export const FUTURE = 0.1
/** Messages may overtake each other; a stamp that is further back tells of a clock that was set back, s. */
const LATE = 0.1

/**
 * What became of a value. `late` (overtaken), and `repeated` (the same stamp again), mean nothing; `future` and `backwards`
 * are stamps that no sound clock writes.
 */
export type Taken = 'taken' | 'late' | 'repeated' | 'future' | 'backwards'

export class Slot<T extends { stamp: number }> {
  #newest: T | undefined

  get newest(): T | undefined {
    return this.#newest
  }

  /** `now`: the robot's clock, as the stamps are, s. */
  offer(value: T, now: number): Taken {
    const { stamp } = value
    if (stamp > now + FUTURE) return 'future'
    const newest = this.#newest?.stamp ?? Number.NEGATIVE_INFINITY
    if (stamp === newest) return 'repeated'
    if (stamp < newest) return newest - stamp > LATE ? 'backwards' : 'late'
    this.#newest = value
    return 'taken'
  }

  /** s since the newest stamp; infinite when there is none */
  age(now: number): number {
    return this.#newest ? now - this.#newest.stamp : Number.POSITIVE_INFINITY
  }

  /** What was, counts no longer: the next value is taken whatever its stamp was before. */
  empty(): void {
    this.#newest = undefined
  }
}
