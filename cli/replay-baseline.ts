// The sanity baselines: the demonstration that started most alike, played back, and a straight line to where they ended.
import type { Observation } from '../control/index.ts'
import type { Episode, Frame } from '../demos/index.ts'
import {
  compose,
  composeAll,
  interpolateLinear,
  type Pose,
  poseAt,
  poseDistance,
  relative,
  type Track,
} from '../geometry/index.ts'
import type { Predictor } from '../policy/index.ts'

/**
 * `base`: the end effector repeats its recorded path in the robot's base, wherever the target is now. `target`: the part
 * repeats its path relative to the target, as both were seen at the start. `controlled`: the same, through the
 * controller that executes policies, which goes on looking and gives way to contact; only the plan is blind. `servo`: the
 * same controller follows a straight line from where the part is to where the demonstrations ended.
 */
export const REPLAY_FRAMES = ['base', 'target', 'controlled', 'servo'] as const
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

const distance = (a: Pose, b: Pose) => {
  const { translation, rotation } = poseDistance(a, b)
  return translation + METRES_PER_RADIAN * rotation
}

/** Throws a RangeError for no demonstrations. */
function leastUnlike(
  demonstrations: readonly ReplayDemonstration[],
  unlikeness: (demonstration: ReplayDemonstration) => number,
): ReplayDemonstration {
  const [first, ...others] = demonstrations
  if (!first) throw new RangeError('expected at least one demonstration to replay')
  return others.reduce((best, other) => (unlikeness(other) < unlikeness(best) ? other : best), first)
}

const CHUNK = { poseInterval: 0.1, actionHorizon: 5, predictionHorizon: 20 }

/** The plan of a baseline that is executed by the controller. */
export function baselinePredictor(
  frame: 'controlled' | 'servo',
  demonstrations: readonly ReplayDemonstration[],
): Predictor {
  return frame === 'servo' ? servoPredictor(demonstrations) : replayPredictor(demonstrations)
}

/** A demonstration in the place of a policy: each chunk is what it did next, whatever has been seen since the start. */
function replayPredictor(demonstrations: readonly ReplayDemonstration[]): Predictor {
  const { poseInterval, actionHorizon, predictionHorizon } = CHUNK
  let path: Track | undefined
  let begin: number | undefined
  return {
    needsView: false,
    poseInterval,
    actionHorizon,
    begin() {
      path = undefined
      begin = undefined
    },
    async predict({ sourceInTarget, stamp = 0 }) {
      const startOf = ({ sourceInTarget: [start] }: ReplayDemonstration) => distance(start as Pose, sourceInTarget)
      if (!path) {
        const { stamps, sourceInTarget: poses } = leastUnlike(demonstrations, startOf)
        path = { stamps, poses }
      }
      begin ??= stamp
      const passed = stamp - begin
      return Array.from({ length: predictionHorizon }, (_, k) => poseAt(path as Track, passed + (k + 1) * poseInterval))
    },
  }
}

/**
 * A linear blend from each observed pose to the goal, where the nearest demonstration ended, at the pace of that
 * demonstration: translation and rotation arrive together.
 */
function servoPredictor(demonstrations: readonly ReplayDemonstration[]): Predictor {
  const { poseInterval, actionHorizon, predictionHorizon } = CHUNK
  let chosen: { goal: Pose; speed: number } | undefined
  return {
    needsView: false,
    poseInterval,
    actionHorizon,
    begin() {
      chosen = undefined
    },
    async predict({ sourceInTarget }) {
      chosen ??= endOf(
        leastUnlike(demonstrations, ({ sourceInTarget: [start] }) => distance(start as Pose, sourceInTarget)),
      )
      const { goal, speed } = chosen
      const seconds = distance(sourceInTarget, goal) / speed
      return Array.from({ length: predictionHorizon }, (_, k) =>
        interpolateLinear(sourceInTarget, goal, Math.min(1, ((k + 1) * poseInterval) / seconds)),
      )
    },
  }
}

/** Where a demonstration ended, and how fast it came there as the crow flies: m/s, in the units of {@link distance}. */
function endOf({ sourceInTarget, stamps }: ReplayDemonstration): { goal: Pose; speed: number } {
  const [start, goal] = [sourceInTarget[0] as Pose, sourceInTarget.at(-1) as Pose]
  return { goal, speed: distance(start, goal) / (stamps.at(-1) as number) }
}

/** The path to replay for what is seen at the start. Throws a RangeError for no demonstrations. */
export function nearestDemonstration(
  demonstrations: readonly ReplayDemonstration[],
  frame: 'base' | 'target',
  { source, target, eeInBase }: Observation,
  cameraInBase: Pose,
): Track {
  const targetInBase = compose(cameraInBase, target.pose)
  const sourceInBase = compose(cameraInBase, source.pose)
  const sourceInTarget = relative(targetInBase, sourceInBase)
  const nearest = leastUnlike(demonstrations, (demonstration) => {
    const start = distance(demonstration.sourceInTarget[0] as Pose, sourceInTarget)
    return frame === 'target' ? start : start + distance(demonstration.targetInBase, targetInBase)
  })
  if (frame === 'base') return { stamps: nearest.stamps, poses: nearest.eeInBase }
  const eeInSource = relative(sourceInBase, eeInBase)
  return {
    stamps: nearest.stamps,
    poses: nearest.sourceInTarget.map((pose) => composeAll(targetInBase, pose, eeInSource)),
  }
}
