// Rotations: quaternions [x, y, z, w], 3×3 matrices, rotation vectors and the 6D representation.
import { glMatrix, mat3, quat, vec3 } from 'gl-matrix'

// 10 µm clearances at arm's reach leave no room for float32 chains.
glMatrix.setMatrixArrayType(Array)

export type Vec3 = [number, number, number]
/** Unit quaternion [x, y, z, w]. */
export type Quat = [number, number, number, number]
/** 3×3 matrix, column-major as in gl-matrix. */
export type Mat3 = [number, number, number, number, number, number, number, number, number]
/** First two columns of a rotation matrix, one after the other. */
export type Rotation6D = [number, number, number, number, number, number]

/** Below this angle (rad) the series of sin and cos are exact to double precision and safer. */
const SMALL_ANGLE = 1e-4

export const identityQuat = (): Quat => [0, 0, 0, 1]

/** `q / |q|`. Throws a RangeError for a quaternion of no length, or one that is not finite. */
export function normalizeQuat(q: Readonly<Quat>): Quat {
  const length = Math.hypot(...q)
  if (!(length > 1e-12 && Number.isFinite(length))) {
    throw new RangeError(`expected a quaternion that can be normalised, got [${q.join(', ')}]`)
  }
  return [q[0] / length, q[1] / length, q[2] / length, q[3] / length]
}

/** Rotation by `a` after `b`: `a ⊗ b`. */
export function multiplyQuat(a: Readonly<Quat>, b: Readonly<Quat>): Quat {
  return quat.multiply([0, 0, 0, 1], a, b) as Quat
}

export const conjugateQuat = (q: Readonly<Quat>): Quat => [-q[0], -q[1], -q[2], q[3]]

/** `R(q) v`. */
export function rotateVector(q: Readonly<Quat>, v: Readonly<Vec3>): Vec3 {
  return vec3.transformQuat([0, 0, 0], v, q) as Vec3
}

/** Rotation of `angle` rad about `axis`, of any length but 0. */
export function axisAngleToQuat(axis: Readonly<Vec3>, angle: number): Quat {
  const unit = vec3.normalize([0, 0, 0], axis)
  return quat.setAxisAngle([0, 0, 0, 1], unit, angle) as Quat
}

/**
 * Exponential map of SO(3): the rotation of `|v|` rad about `v`.
 * `q = [v sin(θ/2)/θ, cos(θ/2)]`
 */
export function rotationVectorToQuat(v: Readonly<Vec3>): Quat {
  const angle = Math.hypot(...v)
  const scale = angle < SMALL_ANGLE ? 0.5 - (angle * angle) / 48 : Math.sin(angle / 2) / angle
  return normalizeQuat([v[0] * scale, v[1] * scale, v[2] * scale, Math.cos(angle / 2)])
}

/**
 * Logarithm of SO(3): the rotation vector (rad), of length at most π.
 * `v = 2 atan2(|q_xyz|, q_w) q_xyz / |q_xyz|`, with the sign of q chosen so that q_w ≥ 0.
 */
export function quatToRotationVector(q: Readonly<Quat>): Vec3 {
  const sign = q[3] < 0 ? -1 : 1
  const sine = Math.hypot(q[0], q[1], q[2])
  const cosine = Math.abs(q[3])
  const scale =
    sine < SMALL_ANGLE
      ? (2 / cosine) * (1 - (sine * sine) / (3 * cosine * cosine))
      : (2 * Math.atan2(sine, cosine)) / sine
  return [sign * q[0] * scale, sign * q[1] * scale, sign * q[2] * scale]
}

/** Angle between two orientations in rad, 0 to π. */
export function rotationDistance(a: Readonly<Quat>, b: Readonly<Quat>): number {
  return Math.hypot(...quatToRotationVector(multiplyQuat(conjugateQuat(a), b)))
}

/** Constant-speed rotation from `a` (t = 0) to `b` (t = 1) along the shorter arc: `a exp(t log(a⁻¹ b))`. */
export function slerp(a: Readonly<Quat>, b: Readonly<Quat>, t: number): Quat {
  const v = quatToRotationVector(multiplyQuat(conjugateQuat(a), b))
  return normalizeQuat(multiplyQuat(a, rotationVectorToQuat([v[0] * t, v[1] * t, v[2] * t])))
}

export function quatToMatrix(q: Readonly<Quat>): Mat3 {
  return mat3.fromQuat([1, 0, 0, 0, 1, 0, 0, 0, 1], q) as Mat3
}

/** Throws a RangeError unless `m` is a rotation: orthonormal and right-handed to 1e-6. */
export function matrixToQuat(m: Readonly<Mat3>): Quat {
  const product = mat3.multiply([0, 0, 0, 0, 0, 0, 0, 0, 0], mat3.transpose([0, 0, 0, 0, 0, 0, 0, 0, 0], m), m) as Mat3
  const deviation = Math.max(...product.map((value, i) => Math.abs(value - (i % 4 === 0 ? 1 : 0))))
  if (!(deviation < 1e-6 && mat3.determinant(m) > 0)) {
    throw new RangeError(`expected a right-handed rotation matrix, got [${m.join(', ')}] (RᵀR is off by ${deviation})`)
  }
  return normalizeQuat(quat.fromMat3([0, 0, 0, 1], m) as Quat)
}

/** The first two columns of R (Zhou et al., "On the Continuity of Rotation Representations", 2019). */
export function quatToRotation6D(q: Readonly<Quat>): Rotation6D {
  const m = quatToMatrix(q)
  return [m[0], m[1], m[2], m[3], m[4], m[5]]
}

/**
 * Gram–Schmidt on two columns, the third by cross product; the inverse of {@link quatToRotation6D} that accepts
 * a network's unnormalised output. Throws a RangeError when the columns are (nearly) parallel or of no length.
 */
export function rotation6DToQuat(r: Readonly<Rotation6D>): Quat {
  const a: Vec3 = [r[0], r[1], r[2]]
  const b: Vec3 = [r[3], r[4], r[5]]
  const x = vec3.normalize([0, 0, 0], a) as Vec3
  const along = vec3.dot(x, b)
  const across: Vec3 = [b[0] - along * x[0], b[1] - along * x[1], b[2] - along * x[2]]
  const length = Math.hypot(...across)
  if (!(length > 1e-9 && Math.hypot(...a) > 1e-9 && Number.isFinite(length))) {
    throw new RangeError(`expected two independent columns of a rotation, got [${r.join(', ')}]`)
  }
  const y: Vec3 = [across[0] / length, across[1] / length, across[2] / length]
  const z = vec3.cross([0, 0, 0], x, y) as Vec3
  return normalizeQuat(quat.fromMat3([0, 0, 0, 1], [...x, ...y, ...z]) as Quat)
}
