// What a policy is shown of an observation.
import { compose, type Pose, relative } from '../geometry/index.ts'
import type { Predictor, Seen } from '../policy/predictor.ts'
import type { Belief, Believed } from './belief.ts'
import type { Observation } from './robot.ts'

/** The part as believed, and for a policy that needs it the picture, with the poses that belong to its moment. */
export function whatIsSeen(
  observation: Observation,
  believed: Believed,
  belief: Belief,
  { needsView }: Pick<Predictor, 'needsView'>,
): Seen {
  const { source, target } = observation
  const { sourceInTarget, targetInBase } = believed
  const seen = { sourceInTarget, confidence: Math.min(source.confidence, target.confidence) }
  const rgbd = needsView ? observation.rgbd : undefined
  if (!rgbd) return seen
  const targetInCamera = relative(belief.cameraInBase, targetInBase)
  const sourceInCamera = compose(targetInCamera, whenPictured(observation, believed, belief))
  return { ...seen, view: { rgbd, targetInCamera, sourceInCamera } }
}

/** `sourceInTarget` as it was when the picture was taken, if that was at another moment than the rest. */
function whenPictured(observation: Observation, { sourceInTarget, sourceInEe }: Believed, belief: Belief): Pose {
  const { pictureStamp, eeInBase } = observation
  const eeThen = pictureStamp === undefined ? undefined : belief.eeAt(pictureStamp, observation)
  if (!eeThen || eeThen === eeInBase) return sourceInTarget
  return compose(sourceInTarget, relative(compose(eeInBase, sourceInEe), compose(eeThen, sourceInEe)))
}
