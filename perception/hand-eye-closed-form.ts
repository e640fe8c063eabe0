// Hand–eye calibration in closed form: where the least-squares fit begins, and what a few pairs are judged by.
//
// Two pairs make a motion A X = X B of the mount and of the marker, X = cameraInMount, in which the marker's own place
// has cancelled:
//   (mountInHolderⱼ⁻¹ mountInHolderᵢ) X = X (markerInCameraⱼ markerInCameraᵢ⁻¹)
// Rotation vectors then obey α = R_X β: R_X is their best alignment (Park & Martin, "Robot sensor calibration: solving
// AX = XB on the Euclidean group", 1994; found as an eigenvector, Horn 1987, which unlike their inverse root also does
// with axes in one plane). Translations follow linearly from (R_A − I) t_X = R_X t_B − t_A.
import {
  compose,
  expPose,
  invert,
  logPose,
  normalizeQuat,
  type Pose,
  type Quat,
  quatToMatrix,
  quatToRotationVector,
  relative,
  rotateVector,
  solveSymmetric,
  symmetricEigen,
  type Twist,
  type Vec3,
} from '../geometry/index.ts'
import { type LoopPair, type LoopPoses, seenMarkerInHolder } from './hand-eye-loop.ts'

/** Near half a turn noise decides the sign of a rotation vector: such motions are left out, rad. */
const MOST_ROTATION = (170 * Math.PI) / 180

interface Motion {
  a: Pose
  b: Pose
  /** rotation vectors of both */
  alpha: Vec3
  beta: Vec3
}

/** Of at least three pairs that turn about two axes; see `assertExcited`. Every two pairs make a motion. */
export function closedFormHandEye(pairs: readonly LoopPair[]): LoopPoses {
  const motions = motionsOf(pairs)
  const orientation = alignRotations(motions)
  const cameraInMount = { position: alignTranslations(motions, orientation), orientation }
  return { cameraInMount, markerInHolder: meanPose(pairs.map((pair) => seenMarkerInHolder(pair, cameraInMount))) }
}

function motionsOf(pairs: readonly LoopPair[]): Motion[] {
  const motions = pairs.flatMap((first, i) =>
    pairs.slice(i + 1).map((second): Motion => {
      const a = relative(second.mountInHolder, first.mountInHolder)
      const b = compose(second.markerInCamera, invert(first.markerInCamera))
      return { a, b, alpha: quatToRotationVector(a.orientation), beta: quatToRotationVector(b.orientation) }
    }),
  )
  const clear = motions.filter(({ alpha, beta }) => Math.max(Math.hypot(...alpha), Math.hypot(...beta)) < MOST_ROTATION)
  return clear.length >= 2 ? clear : motions
}

/** The rotation that brings each β to its α as well as can be: the first eigenvector of Horn's 4×4 matrix. */
function alignRotations(motions: readonly Motion[]): Quat {
  const s = (i: 0 | 1 | 2, j: 0 | 1 | 2) => motions.reduce((sum, { alpha, beta }) => sum + beta[i] * alpha[j], 0)
  const [xx, yy, zz] = [s(0, 0), s(1, 1), s(2, 2)]
  const [xy, yx, xz, zx, yz, zy] = [s(0, 1), s(1, 0), s(0, 2), s(2, 0), s(1, 2), s(2, 1)]
  // x, y, z, w
  const { vectors } = symmetricEigen([
    [xx - yy - zz, xy + yx, zx + xz, yz - zy],
    [xy + yx, yy - xx - zz, yz + zy, zx - xz],
    [zx + xz, yz + zy, zz - xx - yy, xy - yx],
    [yz - zy, zx - xz, xy - yx, xx + yy + zz],
  ])
  return normalizeQuat(vectors[0] as Quat)
}

/** Least squares of `(R_A − I) t_X = R_X t_B − t_A`, by its normal equations. */
function alignTranslations(motions: readonly Motion[], orientation: Readonly<Quat>): Vec3 {
  const normal = [0, 1, 2].map(() => [0, 0, 0])
  const right = [0, 0, 0]
  for (const { a, b } of motions) {
    const r = quatToMatrix(a.orientation)
    const turned = rotateVector(orientation, b.position)
    for (let row = 0; row < 3; row++) {
      const d = [0, 1, 2].map((column) => (r[3 * column + row] as number) - (row === column ? 1 : 0))
      const e = (turned[row] as number) - (a.position[row] as number)
      d.forEach((left, i) => {
        right[i] = (right[i] as number) + left * e
        const line = normal[i] as number[]
        d.forEach((value, j) => {
          line[j] = (line[j] as number) + left * value
        })
      })
    }
  }
  return solveSymmetric(symmetricEigen(normal), right) as Vec3
}

/** The pose from which the logarithms of all add up to nothing. */
export function meanPose(poses: readonly Pose[]): Pose {
  let mean = poses[0]
  if (!mean) throw new RangeError('expected at least one pose to take the mean of, got none')
  for (let round = 0; round < 5; round++) {
    const from: Pose = mean
    const step: Twist = [0, 0, 0, 0, 0, 0]
    for (const pose of poses) {
      logPose(relative(from, pose)).forEach((value, i) => {
        step[i] = (step[i] as number) + value / poses.length
      })
    }
    mean = compose(from, expPose(step))
  }
  return mean
}
