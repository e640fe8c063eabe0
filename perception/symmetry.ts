// Parts that look the same turned: a tracker may report any of the equivalent poses, and change its mind.
import { axisAngleToQuat, compose, conjugateQuat, makePose, multiplyQuat, type Pose } from '../geometry/index.ts'

/**
 * Of the poses that look like `pose`, turned by 2π/order about the part's own z axis, the one whose orientation is nearest
 * to `reference`. Order 1: no symmetry; `Infinity`: a round part, whose turn about z means nothing and is taken from the
 * reference. Throws a RangeError for any other order that is not a whole number.
 */
export function nearestSymmetric(pose: Pose, order: number, reference: Pose): Pose {
  if (!(order >= 1 && (Number.isInteger(order) || order === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`expected an order of symmetry of 1, 2, 3 … or Infinity, got ${order}`)
  }
  // With q = reference⁻¹ · pose, the angle to the reference after a turn φ about z has the cosine of its half
  //   w cos(φ/2) − z sin(φ/2), largest at φ = −2 atan2(z, w) and falling evenly to both sides.
  const [, , z, w] = multiplyQuat(conjugateQuat(reference.orientation), pose.orientation)
  const best = -2 * Math.atan2(z, w)
  const unit = (2 * Math.PI) / order
  const turn = unit === 0 ? best : Math.round(best / unit) * unit
  // An exact half turn either way: leave what is already as near as can be.
  return Math.abs(Math.sin(turn / 2)) < 1e-12
    ? pose
    : compose(pose, makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], turn)))
}
