// Hand–eye calibration as least squares on SE(3), by Levenberg and Marquardt.
//
// Sought are the two poses at which the errors of the loop, weighted, are least:
//   Σ |v|²/σ_t² + |ω|²/σ_r², [v, ω] = log(markerInHolder⁻¹ · mountInHolder · cameraInMount · markerInCamera)
// Unlike the closed form this weighs rotation against translation, counts each measurement once, and lets translations
// say something of the rotation. Steps are twists on the right of each pose: X ← X exp(ξ), first the camera's six
// numbers, then the marker's.
import {
  adjoint,
  compose,
  type Eigen,
  expPose,
  invert,
  leftJacobianInverse,
  type Pose,
  quatToMatrix,
  solveSymmetric,
  symmetricEigen,
  type Twist,
  type Vec3,
} from '../geometry/index.ts'
import { type LoopPair, type LoopPoses, loopError } from './hand-eye-loop.ts'

/** Translations and rotations that count as equally large errors. */
export interface HandEyeWeights {
  /** m */
  readonly translation: number
  /** rad */
  readonly rotation: number
}

/** How far off a pose may be: one standard deviation along and about each axis of the frame that it is in. */
export interface PoseDeviation {
  /** m */
  readonly position: Vec3
  /** rad */
  readonly rotation: Vec3
}

export interface HandEyeDeviations {
  readonly camera: PoseDeviation
  readonly marker: PoseDeviation
  /** of where the camera puts a point amid the marker's places, in the mount: length of three axes' deviations, m */
  readonly amidMarkers: number
}

const MOST_STEPS = 50
const UNKNOWNS = 12
const MEASURED = 6

/** Goes from `start` to the nearest least sum of squares. */
export function fitHandEye(pairs: readonly LoopPair[], start: LoopPoses, weights: HandEyeWeights): LoopPoses {
  let at = start
  let cost = costOf(pairs, at, weights)
  let damping = 0
  for (let step = 0; step < MOST_STEPS; step++) {
    const { normal, gradient } = linearize(pairs, at, weights)
    const eigen = symmetricEigen(normal)
    const scale = eigen.values[0] as number
    const downhill = gradient.map((value) => -value)
    for (;;) {
      const change = solveSymmetric(eigen, downhill, damping * scale)
      const next = moved(at, change)
      const nextCost = costOf(pairs, next, weights)
      if (nextCost < cost) {
        const gain = cost - nextCost
        at = next
        cost = nextCost
        damping = damping < 1e-9 ? 0 : damping / 10
        if (gain < 1e-14 * cost) return at
        break
      }
      // No step, however short, goes down any more: this is the bottom, to rounding.
      if (Math.hypot(...change) < 1e-13 || damping > 1) return at
      damping = Math.max(1e-9, 10 * damping)
    }
  }
  return at
}

/**
 * Standard deviations of a fit, from what is left of the errors: with J of the weighted fit and the variances of
 * translations and rotations estimated each from their own residuals, (JᵀWJ)⁻¹ JᵀW Σ WJ (JᵀWJ)⁻¹. Takes the pairs'
 * errors for independent: what the tracker does wrong always in the same way does not show here.
 */
export function handEyeDeviations(
  pairs: readonly LoopPair[],
  at: LoopPoses,
  weights: HandEyeWeights,
): HandEyeDeviations {
  const { normal, parts, sums } = linearize(pairs, at, weights)
  const inverse = inverseOf(symmetricEigen(normal))
  // Parameters use up degrees of freedom of either kind of residual: the trace of the hat matrix' block.
  const used = parts.map((part) => traceOfProduct(inverse, part))
  const variances = sums.map((sum, kind) => sum / Math.max(1e-9, 3 * pairs.length - (used[kind] as number)))
  const noise = normal.map((row, i) =>
    row.map((_, j) => parts.reduce((sum, part, kind) => sum + (variances[kind] as number) * cell(part, i, j), 0)),
  )
  const covariance = product(product(inverse, noise), inverse)
  const middle = meanPoint(pairs.map(({ markerInCamera }) => markerInCamera.position))
  return {
    camera: poseDeviation(covariance, 0, at.cameraInMount),
    marker: poseDeviation(covariance, MEASURED, at.markerInHolder),
    amidMarkers: pointDeviation(covariance, middle),
  }
}

interface Linearized {
  /** JᵀWJ */
  normal: number[][]
  /** of the translations' rows and of the rotations': together `normal` */
  parts: [number[][], number[][]]
  /** JᵀW e */
  gradient: number[]
  /** weighted sums of squares of translations and of rotations */
  sums: [number, number]
}

function linearize(pairs: readonly LoopPair[], at: LoopPoses, weights: HandEyeWeights): Linearized {
  const zeros = () => Array.from({ length: UNKNOWNS }, () => new Array<number>(UNKNOWNS).fill(0))
  const parts: [number[][], number[][]] = [zeros(), zeros()]
  const gradient = new Array<number>(UNKNOWNS).fill(0)
  const sums: [number, number] = [0, 0]
  for (const pair of pairs) {
    const error = loopError(pair, at)
    const columns = jacobianColumns(error, pair.markerInCamera)
    for (let row = 0; row < MEASURED; row++) {
      const kind = row < 3 ? 0 : 1
      const weight = 1 / (kind === 0 ? weights.translation : weights.rotation) ** 2
      const e = error[row] as number
      sums[kind] += weight * e * e
      for (let i = 0; i < UNKNOWNS; i++) {
        const left = weight * cell(columns, i, row)
        gradient[i] = (gradient[i] as number) + left * e
        const line = parts[kind][i] as number[]
        for (let j = 0; j < UNKNOWNS; j++) line[j] = (line[j] as number) + left * cell(columns, j, row)
      }
    }
  }
  return { normal: parts[0].map((row, i) => row.map((x, j) => x + cell(parts[1], i, j))), parts, gradient, sums }
}

/**
 * What each unknown does to the error `e` of a pair: with E = exp(e), moving the camera by ξ and the marker by ζ gives
 * `log(exp(−ζ) E exp(Ad(markerInCamera⁻¹) ξ)) ≈ e + J_r⁻¹(e) Ad(markerInCamera⁻¹) ξ − J_l⁻¹(e) ζ`.
 */
export function jacobianColumns(error: Readonly<Twist>, markerInCamera: Pose): Twist[] {
  const cameraInMarker = invert(markerInCamera)
  const reversed = negated(error)
  const units = [0, 1, 2, 3, 4, 5].map((axis) => [0, 1, 2, 3, 4, 5].map((i) => (i === axis ? 1 : 0)) as Twist)
  return [
    ...units.map((unit) => leftJacobianInverse(reversed, adjoint(cameraInMarker, unit))),
    ...units.map((unit) => negated(leftJacobianInverse(error, unit))),
  ]
}

function moved({ cameraInMount, markerInHolder }: LoopPoses, change: readonly number[]): LoopPoses {
  return {
    cameraInMount: compose(cameraInMount, expPose(change.slice(0, MEASURED) as Twist)),
    markerInHolder: compose(markerInHolder, expPose(change.slice(MEASURED) as Twist)),
  }
}

const costOf = (pairs: readonly LoopPair[], at: LoopPoses, weights: HandEyeWeights): number =>
  pairs.reduce((sum, pair) => sum + weightedSquare(loopError(pair, at), weights), 0)

/** `|v|²/σ_t² + |ω|²/σ_r²` */
export const weightedSquare = (e: Readonly<Twist>, { translation, rotation }: HandEyeWeights): number =>
  (e[0] ** 2 + e[1] ** 2 + e[2] ** 2) / translation ** 2 + (e[3] ** 2 + e[4] ** 2 + e[5] ** 2) / rotation ** 2

/** Of the twist whose covariance begins at row and column `offset`, turned into the frame that the pose is in. */
function poseDeviation(
  covariance: readonly (readonly number[])[],
  offset: number,
  { orientation }: Pose,
): PoseDeviation {
  const r = quatToMatrix(orientation)
  const along = (first: number): Vec3 => {
    const deviation = (axis: number) => {
      const row = [0, 1, 2].map((column) => r[3 * column + axis] as number)
      return Math.sqrt(quadratic(covariance, (i) => row[i - offset - first] ?? 0))
    }
    return [deviation(0), deviation(1), deviation(2)]
  }
  return { position: along(0), rotation: along(3) }
}

/** Of a point that the camera sees at `p`: it moves by v + ω × p. */
function pointDeviation(covariance: readonly (readonly number[])[], [x, y, z]: Readonly<Vec3>): number {
  const rows = [
    [1, 0, 0, 0, z, -y],
    [0, 1, 0, -z, 0, x],
    [0, 0, 1, y, -x, 0],
  ]
  return Math.sqrt(rows.reduce((sum, row) => sum + quadratic(covariance, (i) => row[i] ?? 0), 0))
}

const quadratic = (matrix: readonly (readonly number[])[], x: (i: number) => number): number =>
  matrix.reduce((sum, row, i) => sum + row.reduce((inner, value, j) => inner + x(i) * value * x(j), 0), 0)

const meanPoint = (points: readonly Readonly<Vec3>[]): Vec3 => {
  const mean = (axis: 0 | 1 | 2) => points.reduce((sum, point) => sum + point[axis], 0) / points.length
  return [mean(0), mean(1), mean(2)]
}

const inverseOf = (eigen: Eigen): number[][] =>
  eigen.values.map((_, i) =>
    solveSymmetric(
      eigen,
      eigen.values.map((_, j) => (i === j ? 1 : 0)),
    ),
  )

const product = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) => row.map((_, j) => row.reduce((sum, value, k) => sum + value * cell(b, k, j), 0)))

const traceOfProduct = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  a.reduce((sum, row, i) => sum + row.reduce((inner, value, j) => inner + value * cell(b, j, i), 0), 0)

const cell = (matrix: readonly (readonly number[])[], i: number, j: number): number => matrix[i]?.[j] as number

const negated = (x: Readonly<Twist>): Twist => [-x[0], -x[1], -x[2], -x[3], -x[4], -x[5]]
