// Whether poses of the arm tell enough for hand–eye calibration: it must have turned, and about more than one axis.
//
// While the arm only translates, nothing tells where the marker is held; while it turns about one axis, everything may be
// shifted along that axis unnoticed (Tsai & Lenz 1989; Chen 1991).
import {
  type Pose,
  quatToRotationVector,
  relative,
  rotateVector,
  rotationDistance,
  symmetricEigen,
  type Vec3,
} from '../geometry/index.ts'
import type { HandEyePair } from './hand-eye-loop.ts'

/** What was recorded cannot be calibrated from; the message says what is missing. */
export class CalibrationError extends Error {
  override readonly name = 'CalibrationError'
}

export const LEAST_PAIRS = 3

const DEGREE = Math.PI / 180
/** Somewhere among the poses the arm must have turned by this, rad … */
const LEAST_ROTATION = 15 * DEGREE
/** … and between two poses, on root mean square, by this about the second of its axes. */
const LEAST_SECOND_AXIS = 4 * DEGREE

export interface Excitation {
  /** largest angle between two poses, rad */
  readonly largest: number
  /** root mean square of the rotation between two poses about its three main axes, falling, rad */
  readonly axes: readonly number[]
  /** the first of these axes, in the base's frame */
  readonly mainAxis: Vec3
}

export function excitationOf(eeInBase: readonly Pose[]): Excitation {
  const rotations = eeInBase.flatMap((first, i) =>
    eeInBase
      .slice(i + 1)
      .map((second) => rotateVector(first.orientation, quatToRotationVector(relative(first, second).orientation))),
  )
  const spread = [0, 1, 2].map((i) =>
    [0, 1, 2].map(
      (j) => rotations.reduce((sum, r) => sum + (r[i] as number) * (r[j] as number), 0) / Math.max(1, rotations.length),
    ),
  )
  const { values, vectors } = symmetricEigen(spread)
  return {
    largest: rotations.reduce((most, rotation) => Math.max(most, Math.hypot(...rotation)), 0),
    axes: values.map((value) => Math.sqrt(Math.max(0, value))),
    mainAxis: vectors[0] as Vec3,
  }
}

/** Throws a CalibrationError that says what is missing; `which` poses are meant, in words. */
export function assertExcited(eeInBase: readonly Pose[], which: string): void {
  if (eeInBase.length < LEAST_PAIRS) {
    throw new CalibrationError(
      `${eeInBase.length} ${which}: at least ${LEAST_PAIRS} are needed, and 15 to 30 for a good result; record more`,
    )
  }
  const { largest, axes, mainAxis } = excitationOf(eeInBase)
  if (largest < LEAST_ROTATION) {
    throw new CalibrationError(
      `the arm hardly turned over the ${eeInBase.length} ${which}: at most by ${degrees(largest)}, expected at least ` +
        `${degrees(LEAST_ROTATION)}; record poses that are turned by 30° and more against each other, about two axes`,
    )
  }
  if ((axes[1] as number) < LEAST_SECOND_AXIS) {
    const [x, y, z] = mainAxis.map((value) => value.toFixed(2))
    throw new CalibrationError(
      `the arm turned about one axis only over the ${eeInBase.length} ${which}: ${degrees(axes[0] as number)} about ` +
        `[${x}, ${y}, ${z}] of the base and ${degrees(axes[1] as number)} across it (root mean square), expected at ` +
        `least ${degrees(LEAST_SECOND_AXIS)}; shifts along that axis cannot be told: record poses that are turned about ` +
        'another axis, too',
    )
  }
}

export const isExcited = (eeInBase: readonly Pose[]): boolean => {
  const { largest, axes } = excitationOf(eeInBase)
  return largest >= LEAST_ROTATION && (axes[1] as number) >= LEAST_SECOND_AXIS
}

const degrees = (radians: number): string => `${((radians * 180) / Math.PI).toFixed(1)}°`

/**
 * Pairs whose turns the camera saw as large as the arm made them, against at least half of the others: that holds for good
 * pairs whatever the calibration (Chen 1991), so it tells good from bad even where nothing can be calibrated.
 */
export function congruent(pairs: readonly HandEyePair[], tolerance: number): boolean[] {
  const agree = (a: HandEyePair, b: HandEyePair) =>
    Math.abs(
      rotationDistance(a.eeInBase.orientation, b.eeInBase.orientation) -
        rotationDistance(a.markerInCamera.orientation, b.markerInCamera.orientation),
    ) <= tolerance
  return pairs.map(
    (pair) => pairs.filter((other) => other !== pair && agree(pair, other)).length >= (pairs.length - 1) / 2,
  )
}
