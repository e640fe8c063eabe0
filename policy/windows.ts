// Training windows: what was seen at one moment, and where the part was at the next T steps.
//
//   frames        ●──●──●──●──●──●──●──●──●──●──●      camera rate
//   observation         ▲
//   actions                ▴     ▴     ▴     ▴ …       poseInterval apart, T of them; past the end the last pose repeats
import type { Frame } from '../demos/index.ts'
import { interpolateLinear, type Pose, relative } from '../geometry/index.ts'

export interface Window {
  observation: Pose
  actions: Pose[]
}

interface Track {
  stamps: number[]
  poses: Pose[]
}

/** The part in the target frame over time. */
export function relativeTrack(frames: readonly Frame[]): Track {
  return {
    stamps: frames.map(({ stamp }) => stamp),
    poses: frames.map(({ targetInCamera, sourceInCamera }) => relative(targetInCamera, sourceInCamera)),
  }
}

/** A window for every frame of an episode. */
export function cutWindows(frames: readonly Frame[], horizon: number, poseInterval: number): Window[] {
  const track = relativeTrack(frames)
  return track.poses.map((observation, i) => ({
    observation,
    actions: Array.from({ length: horizon }, (_, k) =>
      poseAt(track, (track.stamps[i] as number) + (k + 1) * poseInterval),
    ),
  }))
}

/** The track's pose at a time, between frames by straight line and slerp, before the start and after the end held. */
export function poseAt({ stamps, poses }: Track, time: number): Pose {
  let next = upperBound(stamps, time)
  if (next === 0) next = 1
  const before = poses[next - 1] as Pose
  const after = poses[next]
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
