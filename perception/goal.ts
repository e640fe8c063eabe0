// The goal picture: what it looks like when the part is seated. Chosen from the demonstrations' last pictures.
import type { Rgbd } from '../geometry/index.ts'

/** One goal for the whole task, or each episode's own. Acting, there is only the task's: it is what a checkpoint keeps. */
export const GOAL_CHOICES = ['task', 'episode'] as const
export type GoalChoice = (typeof GOAL_CHOICES)[number]

/** The last of an episode's frames that has a picture; undefined when none has. */
export function lastPictured<F extends { readonly rgbd?: Rgbd }>(frames: readonly F[]): F | undefined {
  return frames.findLast((frame) => frame.rgbd !== undefined)
}

/**
 * Which candidate is each episode's goal, by index. `candidates`: of each episode the last, seated picture, as
 * `networkImage` makes it of the crop.
 */
export function goalOf(choice: GoalChoice, candidates: readonly Float32Array[]): number[] {
  const typical = mostTypical(candidates)
  return candidates.map((_, i) => (choice === 'task' ? typical : i))
}

/**
 * Index of the medoid: the picture whose distances from all others have the least sum; the first of equals. An average
 * would be a picture that no camera has seen. Throws a RangeError without candidates, or when their sizes differ.
 */
export function mostTypical(candidates: readonly Float32Array[]): number {
  if (candidates.length === 0) {
    throw new RangeError('expected at least one seated picture to choose the goal from, got none; record with pictures')
  }
  const sums = new Float64Array(candidates.length)
  for (const [i, a] of candidates.entries()) {
    for (const [j, b] of candidates.entries()) {
      if (j >= i) break
      const distance = imageDistance(a, b)
      sums[i] = (sums[i] as number) + distance
      sums[j] = (sums[j] as number) + distance
    }
  }
  return sums.indexOf(Math.min(...sums))
}

/** Root mean square of the differences of two pictures' numbers. Throws a RangeError when their sizes differ. */
export function imageDistance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`expected pictures of one size, got ${a.length} and ${b.length} numbers; cut them to one size`)
  }
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    sum += difference * difference
  }
  return Math.sqrt(sum / a.length)
}
