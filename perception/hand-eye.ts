// Hand–eye calibration: where the camera is, from pairs of the arm's pose and a tracked pose.
//
// Pairs of which most agree are found first, then fitted by least squares, and everything is reported that tells how far
// to trust the result. The steps have files of their own: `hand-eye-loop` (the equation), `-excitation` (can these poses
// tell?), `-closed-form` (a start), `-consensus` (which pairs to believe), `-fit` (least squares, standard deviations).
import { makePose, type Pose } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { closedFormHandEye } from './hand-eye-closed-form.ts'
import { agreeing, consensus, robustNoise } from './hand-eye-consensus.ts'
import { assertExcited, CalibrationError, congruent, LEAST_PAIRS } from './hand-eye-excitation.ts'
import { fitHandEye, type HandEyeWeights, handEyeDeviations, type PoseDeviation } from './hand-eye-fit.ts'
import {
  type HandEyePair,
  type LoopPair,
  type LoopPoses,
  loopError,
  loopPair,
  type Mounting,
  rotationOf,
  translationOf,
} from './hand-eye-loop.ts'
import { isValidPose } from './valid-pose.ts'

export interface HandEyeOptions {
  readonly mounting: Mounting
  /** of the draws that find outliers */
  readonly seed?: number
  readonly weights?: HandEyeWeights
}

/** How well a pair fits: |tracked − predicted|. */
export interface PairResidual {
  /** m */
  readonly translation: number
  /** rad */
  readonly rotation: number
  /** not believed, and without influence on the result */
  readonly outlier: boolean
}

export interface HandEye {
  readonly mounting: Mounting
  /** eye-to-hand: `cameraInBase`; eye-in-hand: `cameraInEe` */
  readonly camera: Pose
  /** eye-to-hand: `markerInEe`; eye-in-hand: `markerInBase` */
  readonly marker: Pose
  /** one standard deviation; tells of the scatter of the pairs, not of errors that all of them share */
  readonly deviation: {
    readonly camera: PoseDeviation
    readonly marker: PoseDeviation
    /** of where a point amid the recorded places of the marker is put by the camera, m */
    readonly amidMarkers: number
  }
  /** in the order of the pairs */
  readonly residuals: readonly PairResidual[]
  /** root mean square over the pairs that are believed, m and rad */
  readonly rms: { readonly translation: number; readonly rotation: number }
}

const DEGREE = Math.PI / 180

/** A millimetre weighs as much as half a degree: about how trackers of the part's pose err. */
const DEFAULT_HAND_EYE_WEIGHTS: HandEyeWeights = { translation: 1e-3, rotation: 0.5 * DEGREE }

/** Pairs of which half are further off (per axis) than this do not belong together. */
const MOST_NOISE: HandEyeWeights = { translation: 0.01, rotation: 5 * DEGREE }

/** Rejecting and fitting go on until the same pairs stay; more rounds mean that a pair sits on the edge. */
const MOST_ROUNDS = 10

/**
 * Solves for the camera. Throws a CalibrationError, which says what is missing, for poses that cannot tell or pairs that do
 * not fit together, and a RangeError for a pose that is none.
 */
export function solveHandEye(given: readonly HandEyePair[], options: HandEyeOptions): HandEye {
  const { mounting, seed = 0, weights = DEFAULT_HAND_EYE_WEIGHTS } = options
  checkPoses(given)
  // Of a length that is not quite 1 a quaternion would stretch what it turns.
  const pairs = given.map((pair) => ({ markerInCamera: unit(pair.markerInCamera), eeInBase: unit(pair.eeInBase) }))
  assertExcited(arms(pairs), 'pairs')
  const loop = pairs.map((pair) => loopPair(pair, mounting))
  let poses = pairs.length > LEAST_PAIRS ? consensus(loop, weights, new Random(seed)) : closedFormHandEye(loop)
  let believed = loop.map(() => true)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    assertTogether(pairs, loop, poses)
    const next = agreeing(loop, poses)
    const isSettled = round > 0 && next.every((value, i) => value === believed[i])
    if (isSettled) break
    believed = next
    assertExcited(arms(pairs.filter((_, i) => believed[i])), `pairs that fit together (of ${pairs.length})`)
    poses = fitHandEye(kept(loop, believed), poses, weights)
  }
  return report(loop, believed, poses, mounting, weights)
}

function report(
  loop: readonly LoopPair[],
  believed: readonly boolean[],
  poses: LoopPoses,
  mounting: Mounting,
  weights: HandEyeWeights,
): HandEye {
  const residuals = loop.map((pair, i): PairResidual => {
    const error = loopError(pair, poses)
    return { translation: translationOf(error), rotation: rotationOf(error), outlier: !believed[i] }
  })
  const inliers = residuals.filter(({ outlier }) => !outlier)
  const rms = (of: (residual: PairResidual) => number) =>
    Math.sqrt(inliers.reduce((sum, residual) => sum + of(residual) ** 2, 0) / inliers.length)
  return {
    mounting,
    camera: poses.cameraInMount,
    marker: poses.markerInHolder,
    deviation: handEyeDeviations(kept(loop, believed), poses, weights),
    residuals,
    rms: { translation: rms(({ translation }) => translation), rotation: rms(({ rotation }) => rotation) },
  }
}

const arms = (pairs: readonly HandEyePair[]): Pose[] => pairs.map(({ eeInBase }) => eeInBase)

const kept = (loop: readonly LoopPair[], believed: readonly boolean[]): LoopPair[] => loop.filter((_, i) => believed[i])

function assertTogether(pairs: readonly HandEyePair[], loop: readonly LoopPair[], poses: LoopPoses): void {
  const { translation, rotation } = robustNoise(loop, poses)
  if (translation <= MOST_NOISE.translation && rotation <= MOST_NOISE.rotation) return
  // Wrong pairs may be all that the good ones lack, another axis say: then that is what is wrong.
  const isCongruent = congruent(pairs, MOST_NOISE.rotation)
  const good = pairs.filter((_, i) => isCongruent[i])
  if (good.length > pairs.length / 2) {
    assertExcited(arms(good), `pairs whose turns the camera saw as the arm made them (of ${pairs.length})`)
  }
  throw new CalibrationError(
    `no calibration fits half of the ${loop.length} pairs: at best they are off by ${(translation * 1000).toFixed(0)} mm ` +
      `and ${(rotation / DEGREE).toFixed(1)}° per axis, expected less than ${MOST_NOISE.translation * 1000} mm and ` +
      `${MOST_NOISE.rotation / DEGREE}°. Is the tracked object held rigidly, without symmetry, and the same all the time? ` +
      'Did the arm stand still? Are lengths in metres, quaternions in the order x, y, z, w, and the mounting as given?',
  )
}

const unit = ({ position, orientation }: Pose): Pose => makePose(position, orientation)

function checkPoses(pairs: readonly HandEyePair[]): void {
  pairs.forEach((pair, i) => {
    for (const name of ['markerInCamera', 'eeInBase'] as const) {
      if (!isValidPose(pair[name])) {
        throw new RangeError(
          `pair ${i}: ${name}: expected finite numbers and a quaternion [x, y, z, w] of length 1, got ` +
            JSON.stringify(pair[name]),
        )
      }
    }
  })
}
