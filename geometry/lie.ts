// Exponential and logarithm of SE(3), and what they give: screw interpolation.
//
// A twist is [v, ω]: linear part first (m), then angular (rad), both in the body's frame. With θ = |ω| and W the
// cross-product matrix of ω, exp maps it to rotation exp(W) and position V v, where
//   V = I + (1 − cos θ)/θ² W + (θ − sin θ)/θ³ W²
// (Barfoot, "State Estimation for Robotics", §7.1.3; Lynch & Park, "Modern Robotics", §3.3.3).
import { vec3 } from 'gl-matrix'
import { compose, type Pose, relative } from './pose.ts'
import { quatToRotationVector, rotationVectorToQuat, slerp, type Vec3 } from './rotation.ts'

/** [vx, vy, vz, ωx, ωy, ωz], metres and radians. */
export type Twist = [number, number, number, number, number, number]

// Below this angle the closed forms lose digits to cancellation and the series are used.
const SMALL_ANGLE = 1e-2

export function expPose(twist: Readonly<Twist>): Pose {
  const v: Vec3 = [twist[0], twist[1], twist[2]]
  const w: Vec3 = [twist[3], twist[4], twist[5]]
  const t2 = vec3.squaredLength(w)
  const t = Math.sqrt(t2)
  const small = t < SMALL_ANGLE
  const a = small ? 1 / 2 - t2 / 24 + (t2 * t2) / 720 : (1 - Math.cos(t)) / t2
  const b = small ? 1 / 6 - t2 / 120 + (t2 * t2) / 5040 : (t - Math.sin(t)) / (t2 * t)
  return { position: plusCrossTerms(v, w, a, b), orientation: rotationVectorToQuat(w) }
}

export function logPose(pose: Pose): Twist {
  const w = quatToRotationVector(pose.orientation)
  const t2 = vec3.squaredLength(w)
  const t = Math.sqrt(t2)
  // V⁻¹ = I − W/2 + c W², c = 1/θ² − (1 + cos θ)/(2 θ sin θ) = (1 − (θ/2) cot(θ/2))/θ²
  const c = t < SMALL_ANGLE ? 1 / 12 + t2 / 720 + (t2 * t2) / 30240 : (1 - t / 2 / Math.tan(t / 2)) / t2
  return [...plusCrossTerms(pose.position, w, -0.5, c), ...w]
}

/** `v + a (w × v) + b (w × (w × v))` */
function plusCrossTerms(v: Readonly<Vec3>, w: Readonly<Vec3>, a: number, b: number): Vec3 {
  const wv = vec3.cross([0, 0, 0], w, v) as Vec3
  const wwv = vec3.cross([0, 0, 0], w, wv) as Vec3
  return [v[0] + a * wv[0] + b * wwv[0], v[1] + a * wv[1] + b * wwv[1], v[2] + a * wv[2] + b * wwv[2]]
}

/** Constant-twist motion from `a` (t = 0) to `b` (t = 1): `a exp(t log(a⁻¹ b))`. The origin runs on a helix. */
export function interpolateScrew(a: Pose, b: Pose, t: number): Pose {
  const twist = logPose(relative(a, b)).map((value) => value * t) as Twist
  return compose(a, expPose(twist))
}

/** Straight line of the origin, slerp of the orientation, from `a` (t = 0) to `b` (t = 1). */
export function interpolateLinear(a: Pose, b: Pose, t: number): Pose {
  return {
    position: vec3.lerp([0, 0, 0], a.position, b.position, t) as Vec3,
    orientation: slerp(a.orientation, b.orientation, t),
  }
}
