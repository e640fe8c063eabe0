// Training windows: what was seen at one moment, and where the part was at the next T steps.
//
//   frames        ●──●──●──●──●──●──●──●──●──●──●      camera rate
//   observation         ▲
//   actions                ▴     ▴     ▴     ▴ …       poseInterval apart, T of them; past the end the last pose repeats
import type { Frame } from '../demos/index.ts'
import { type Pose, poseAt, relative, type Track } from '../geometry/index.ts'

export interface Window {
  observation: Pose
  actions: Pose[]
}

/** The part in the target frame over time. */
export function relativeTrack(frames: readonly Frame[]): Track {
  return {
    stamps: frames.map(({ stamp }) => stamp),
    poses: frames.map(({ targetInCamera, sourceInCamera }) => relative(targetInCamera, sourceInCamera)),
  }
}

/** A window for every frame of an episode, or for those that have a picture. */
export function cutWindows(
  frames: readonly Frame[],
  horizon: number,
  poseInterval: number,
  { pictured = false } = {},
): Window[] {
  const track = relativeTrack(frames)
  const places = [...frames.keys()].filter((i) => !pictured || frames[i]?.rgbd)
  return places.map((i) => ({
    observation: track.poses[i] as Pose,
    actions: Array.from({ length: horizon }, (_, k) =>
      poseAt(track, (track.stamps[i] as number) + (k + 1) * poseInterval),
    ),
  }))
}
