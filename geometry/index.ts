// SE(3) in double precision: metres, radians, quaternions [x, y, z, w].
export { adjoint, bracket, leftJacobianInverse } from './adjoint.ts'
export { type Intrinsics, type PixelWindow, project, type Rgbd, unproject, windowOf } from './camera.ts'
export { expPose, interpolateLinear, interpolateScrew, logPose, type Twist } from './lie.ts'
export {
  compose,
  composeAll,
  identityPose,
  invert,
  type Mat4,
  makePose,
  matrixToPose,
  type Pose,
  poseDistance,
  poseToMatrix,
  relative,
  transformPoint,
} from './pose.ts'
export {
  axisAngleToQuat,
  conjugateQuat,
  identityQuat,
  type Mat3,
  matrixToQuat,
  multiplyQuat,
  normalizeQuat,
  type Quat,
  quatToMatrix,
  quatToRotation6D,
  quatToRotationVector,
  type Rotation6D,
  rotateVector,
  rotation6DToQuat,
  rotationDistance,
  rotationVectorToQuat,
  slerp,
  type Vec3,
} from './rotation.ts'
export { type Eigen, solveSymmetric, symmetricEigen } from './symmetric-eigen.ts'
export { poseAt, type Track } from './track.ts'
