// Poses over time.
import { interpolateLinear } from './lie.ts'
import type { Pose } from './pose.ts'

export interface Track {
  /** s, increasing; one for each pose */
  readonly stamps: readonly number[]
  readonly poses: readonly Pose[]
}

/**
 * The pose at a time: between stamps by straight line and slerp, before the first and after the last held.
 * Throws a RangeError for a track without poses.
 */
export function poseAt({ stamps, poses }: Track, time: number): Pose {
  const next = Math.max(1, upperBound(stamps, time))
  const before = poses[next - 1]
  const after = poses[next]
  if (!before) throw new RangeError('expected a track of at least one pose')
  if (!after) return before
  const [from, to] = [stamps[next - 1] as number, stamps[next] as number]
  return interpolateLinear(before, after, Math.max(0, (time - from) / (to - from)))
}

/** Index of the first stamp after `time`. */
function upperBound(stamps: readonly number[], time: number): number {
  let [low, high] = [0, stamps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stamps[middle] as number) <= time) low = middle + 1
    else high = middle
  }
  return low
}
