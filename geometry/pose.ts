// Poses: elements of SE(3). Frames are carried by names: `sourceInTarget` is the source's pose in the target frame.
import { vec3 } from 'gl-matrix'
import {
  conjugateQuat,
  identityQuat,
  matrixToQuat,
  multiplyQuat,
  normalizeQuat,
  type Quat,
  quatToMatrix,
  rotateVector,
  rotationDistance,
  type Vec3,
} from './rotation.ts'

/** A rigid transform: `x ↦ R(orientation) x + position`. */
export interface Pose {
  /** metres */
  readonly position: Readonly<Vec3>
  /** unit quaternion [x, y, z, w] */
  readonly orientation: Readonly<Quat>
}

/** 4×4 homogeneous matrix, column-major as in gl-matrix. */
export type Mat4 = [...Mat4Column, ...Mat4Column, ...Mat4Column, ...Mat4Column]
type Mat4Column = [number, number, number, number]

export const identityPose = (): Pose => ({ position: [0, 0, 0], orientation: identityQuat() })

/** A pose from parts; the quaternion is normalised. Throws a RangeError unless every number is finite. */
export function makePose(position: Readonly<Vec3>, orientation: Readonly<Quat> = [0, 0, 0, 1]): Pose {
  if (!position.every(Number.isFinite)) {
    throw new RangeError(`expected a finite position, got [${position.join(', ')}]`)
  }
  return { position: [...position], orientation: normalizeQuat(orientation) }
}

/** `a · b`. The name in the middle cancels: `compose(bInA, cInB)` is `cInA`. */
export function compose(a: Pose, b: Pose): Pose {
  return {
    position: transformPoint(a, b.position),
    orientation: normalizeQuat(multiplyQuat(a.orientation, b.orientation)),
  }
}

/** `compose` of a whole chain, left to right. */
export function composeAll(first: Pose, ...rest: readonly Pose[]): Pose {
  return rest.reduce(compose, first)
}

/** `a⁻¹`: `invert(bInA)` is `aInB`. */
export function invert(a: Pose): Pose {
  const orientation = conjugateQuat(a.orientation)
  const [x, y, z] = rotateVector(orientation, a.position)
  return { position: [-x, -y, -z], orientation }
}

/** `a⁻¹ · b`: `relative(targetInCamera, sourceInCamera)` is `sourceInTarget`. */
export function relative(a: Pose, b: Pose): Pose {
  return compose(invert(a), b)
}

/** `R p + t`. */
export function transformPoint(a: Pose, point: Readonly<Vec3>): Vec3 {
  return vec3.add([0, 0, 0], rotateVector(a.orientation, point), a.position) as Vec3
}

export function poseToMatrix(a: Pose): Mat4 {
  const m = quatToMatrix(a.orientation)
  const [x, y, z] = a.position
  return [m[0], m[1], m[2], 0, m[3], m[4], m[5], 0, m[6], m[7], m[8], 0, x, y, z, 1]
}

/** Throws a RangeError unless the last row is 0 0 0 1 and the 3×3 part is a rotation. */
export function matrixToPose(m: Readonly<Mat4>): Pose {
  if (m[3] !== 0 || m[7] !== 0 || m[11] !== 0 || m[15] !== 1) {
    throw new RangeError(
      `expected a homogeneous matrix with last row 0 0 0 1, got ${[m[3], m[7], m[11], m[15]].join(' ')}`,
    )
  }
  const rotation = matrixToQuat([m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]])
  return { position: [m[12], m[13], m[14]], orientation: rotation }
}

/** Distance of the origins (m) and angle between the orientations (rad). */
export function poseDistance(a: Pose, b: Pose): { translation: number; rotation: number } {
  return {
    translation: vec3.distance(a.position, b.position),
    rotation: rotationDistance(a.orientation, b.orientation),
  }
}
