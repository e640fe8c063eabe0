// The adjoint of SE(3) and the Jacobian of its logarithm: what a least-squares fit of poses differentiates with.
//
// Both are linear maps of twists and are applied here to one twist at a time, so that no 6×6 matrix is needed. With the
// bracket [a, b] = ad(a) b, the Jacobian's inverse is the series of the Bernoulli numbers,
//   J_l⁻¹(e) = I − ad(e)/2 + ad(e)²/12 − ad(e)⁴/720 + …
// (Barfoot, "State Estimation for Robotics", §7.1.5; Solà et al., "A micro Lie theory", 2018).
import { vec3 } from 'gl-matrix'
import type { Twist } from './lie.ts'
import type { Pose } from './pose.ts'
import { rotateVector, type Vec3 } from './rotation.ts'

const linear = (twist: Readonly<Twist>): Vec3 => [twist[0], twist[1], twist[2]]
const angular = (twist: Readonly<Twist>): Vec3 => [twist[3], twist[4], twist[5]]
const cross = (a: Readonly<Vec3>, b: Readonly<Vec3>): Vec3 => vec3.cross([0, 0, 0], a, b) as Vec3
const plus = (a: Readonly<Vec3>, b: Readonly<Vec3>): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]

/** The twist as seen through the pose: `exp(adjoint(T, x)) = T exp(x) T⁻¹`. */
export function adjoint(pose: Pose, twist: Readonly<Twist>): Twist {
  const w = rotateVector(pose.orientation, angular(twist))
  const v = rotateVector(pose.orientation, linear(twist))
  return [...plus(v, cross(pose.position, w)), ...w]
}

/** `ad(a) b`: the bracket of the Lie algebra. */
export function bracket(a: Readonly<Twist>, b: Readonly<Twist>): Twist {
  const v = plus(cross(angular(a), linear(b)), cross(linear(a), angular(b)))
  return [...v, ...cross(angular(a), angular(b))]
}

/**
 * `J_l⁻¹(e) x`: how the logarithm moves, `log(exp(x) exp(e)) ≈ e + J_l⁻¹(e) x` for small x. Exact to 1e-4 of x up to a
 * rotation of 1 rad in e. With −e it is the right Jacobian's: `log(exp(e) exp(x)) ≈ e + J_l⁻¹(−e) x`.
 */
export function leftJacobianInverse(e: Readonly<Twist>, x: Readonly<Twist>): Twist {
  const first = bracket(e, x)
  const second = bracket(e, first)
  const fourth = bracket(e, bracket(e, second))
  const at = (i: 0 | 1 | 2 | 3 | 4 | 5) => x[i] - first[i] / 2 + second[i] / 12 - fourth[i] / 720
  return [at(0), at(1), at(2), at(3), at(4), at(5)]
}
