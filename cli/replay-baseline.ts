// The sanity baseline: the demonstration that started most alike, played back open loop.
import type { Observation } from '../control/index.ts'
import type { Episode, Frame } from '../demos/index.ts'
import { compose, composeAll, type Pose, poseDistance, relative, type Track } from '../geometry/index.ts'

/**
 * `base`: the end effector repeats its recorded path in the robot's base, wherever the target is now. `target`: the part
 * repeats its path relative to the target, as both were seen at the start.
 */
export const REPLAY_FRAMES = ['base', 'target'] as const
export type ReplayFrame = (typeof REPLAY_FRAMES)[number]

/** A demonstration as plain data, for worker threads. */
export interface ReplayDemonstration {
  stamps: number[]
  eeInBase: Pose[]
  sourceInTarget: Pose[]
  targetInBase: Pose
}

export function toDemonstration({ frames }: Episode): ReplayDemonstration {
  const { stamp, cameraInBase, targetInCamera } = frames[0] as Frame
  return {
    stamps: frames.map((frame) => frame.stamp - stamp),
    eeInBase: frames.map((frame) => frame.eeInBase),
    sourceInTarget: frames.map((frame) => relative(frame.targetInCamera, frame.sourceInCamera)),
    targetInBase: compose(cameraInBase, targetInCamera),
  }
}

/** Metres that one radian counts for when starts are compared. */
const METRES_PER_RADIAN = 0.1

/** The path to replay for what is seen at the start. Throws a RangeError for no demonstrations. */
export function nearestDemonstration(
  demonstrations: readonly ReplayDemonstration[],
  frame: ReplayFrame,
  { source, target, eeInBase }: Observation,
  cameraInBase: Pose,
): Track {
  const targetInBase = compose(cameraInBase, target.pose)
  const sourceInBase = compose(cameraInBase, source.pose)
  const sourceInTarget = relative(targetInBase, sourceInBase)
  const distance = (a: Pose, b: Pose) => {
    const { translation, rotation } = poseDistance(a, b)
    return translation + METRES_PER_RADIAN * rotation
  }
  const unlikeness = (demonstration: ReplayDemonstration) => {
    const start = distance(demonstration.sourceInTarget[0] as Pose, sourceInTarget)
    return frame === 'target' ? start : start + distance(demonstration.targetInBase, targetInBase)
  }
  const [first, ...others] = demonstrations
  if (!first) throw new RangeError('expected at least one demonstration to replay')
  const nearest = others.reduce((best, other) => (unlikeness(other) < unlikeness(best) ? other : best), first)
  if (frame === 'base') return { stamps: nearest.stamps, poses: nearest.eeInBase }
  const eeInSource = relative(sourceInBase, eeInBase)
  return {
    stamps: nearest.stamps,
    poses: nearest.sourceInTarget.map((pose) => composeAll(targetInBase, pose, eeInSource)),
  }
}
