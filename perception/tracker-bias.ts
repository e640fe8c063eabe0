// The constant error of a tracker, as a perturbation of training samples.
//
// A tracker of the held part is off by the same turn and shift all through an episode. It reports the poses that a policy
// observes, and it would have reported the demonstrated path with the same error; so one bias is applied to the observed
// pose and, unless the policy is to correct that and plan from there, to the action poses alike, and the picture stays as
// it is. What is left of the right answer is in the picture alone, and a policy that is to find it has to look.
//
// The error acts in the part's own frame, from the right: `x · c · bias · c⁻¹`. It is therefore the same for
// `sourceInCamera` and `sourceInTarget`, and turns about the part's centre c.
import { compose, composeAll, invert, makePose, type Pose, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'

/** A bias with normal components of these standard deviations per axis: m, and rad of the rotation vector. */
export function drawBias(
  random: Random,
  { translationM, rotationRad }: { translationM: number; rotationRad: number },
): Pose {
  return { position: random.normal3(translationM), orientation: rotationVectorToQuat(random.normal3(rotationRad)) }
}

/** `c · bias · c⁻¹`, the bias as it acts on a pose from the right; `centre`: the task's `sourceCentre`, m, source frame. */
export function aboutCentre(bias: Pose, centre: Readonly<Vec3>): Pose {
  const atCentre = makePose(centre)
  return composeAll(atCentre, bias, invert(atCentre))
}

/** `pose · c · bias · c⁻¹` */
export const applyBias = (pose: Pose, bias: Pose, centre: Readonly<Vec3>): Pose =>
  compose(pose, aboutCentre(bias, centre))
