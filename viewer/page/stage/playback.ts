// A recorded episode at any moment: poses between its frames, the plan that was followed, the force that was felt.
import { compose, type Pose, poseAt, transformPoint, type Vec3 } from '../../../geometry/index.ts'
import type { Placement } from '../../../sim/scene/index.ts'
import type { EpisodeTrack, PlannedChunk } from '../../protocol/track.ts'

export interface Moment {
  placement: Placement
  sourceInTarget: Pose
  /** the plan of that time */
  chunk: PlannedChunk | undefined
  /** N; undefined when nobody felt it */
  force: number | undefined
  /** how many pieces of the way, from frame to frame, lie behind */
  behind: number
}

/** `time`: s from the start; before it and after the end the first and last frame. Throws a RangeError without frames. */
export function momentAt(track: EpisodeTrack, time: number): Moment {
  const { stamps, sourceInTarget: poses, targetInBase, eeInSource, forces } = track
  const sourceInTarget = poseAt({ stamps, poses }, time)
  const sourceInBase = compose(targetInBase, sourceInTarget)
  const last = Math.max(0, lastAtOrBefore(stamps, time))
  return {
    placement: { sourceInBase, targetInBase, eeInBase: compose(sourceInBase, eeInSource) },
    sourceInTarget,
    chunk: track.chunks[lastAtOrBefore(track.chunks, time, ({ stamp }) => stamp)],
    force: forces[last],
    behind: last,
  }
}

/** The tip's way, m, base frame. */
export function tipsOf({ sourceInTarget, targetInBase }: EpisodeTrack): Vec3[] {
  return sourceInTarget.map(({ position }) => transformPoint(targetInBase, position))
}

/** Index of the last whose stamp is not after `time`; −1 when all are. Stamps increase. */
function lastAtOrBefore(stamps: readonly number[], time: number): number
function lastAtOrBefore<T>(all: readonly T[], time: number, stampOf: (item: T) => number): number
function lastAtOrBefore<T>(all: readonly T[], time: number, stampOf = (item: T) => item as number): number {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (stampOf(all[middle] as T) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}
