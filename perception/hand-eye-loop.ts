// The loop of hand–eye calibration, closed once for both ways to mount a camera.
//
// Of four poses two are measured, the arm's and the tracked marker's, and two are sought, which stay the same:
//   eye-to-hand: camera in the base,         marker in the end effector
//   eye-in-hand: camera in the end effector, marker in the base
// Call what carries the camera its mount, and what carries the marker its holder. With `mountInHolder` from the arm's
// kinematics, every pair says the same:
//   mountInHolder · cameraInMount · markerInCamera = markerInHolder
// Eye-to-hand is thus eye-in-hand as a rider on the hand sees it, to whom the base moves.
import { compose, composeAll, invert, logPose, type Pose, type Twist } from '../geometry/index.ts'

export type Mounting = 'eye-to-hand' | 'eye-in-hand'
export const MOUNTINGS: readonly Mounting[] = ['eye-to-hand', 'eye-in-hand']

/** What was measured at one moment, with the arm still. */
export interface HandEyePair {
  /** what the tracker said of the object that is held (eye-to-hand) or lies still (eye-in-hand) */
  readonly markerInCamera: Pose
  /** what the arm's kinematics say */
  readonly eeInBase: Pose
}

/** A pair, with the arm's part turned so that both mountings look alike. */
export interface LoopPair {
  readonly mountInHolder: Pose
  readonly markerInCamera: Pose
}

/** The two unknowns. */
export interface LoopPoses {
  readonly cameraInMount: Pose
  readonly markerInHolder: Pose
}

export const loopPair = ({ markerInCamera, eeInBase }: HandEyePair, mounting: Mounting): LoopPair => ({
  mountInHolder: mounting === 'eye-in-hand' ? eeInBase : invert(eeInBase),
  markerInCamera,
})

/** Where the calibration puts the marker, by way of the camera: `markerInHolder` for each pair, but for its error. */
export const seenMarkerInHolder = ({ mountInHolder, markerInCamera }: LoopPair, cameraInMount: Pose): Pose =>
  composeAll(mountInHolder, cameraInMount, markerInCamera)

/**
 * The error of one pair: from the marker's pose as calibration and arm predict it to the one that was tracked, in the
 * marker's frame, which is where a tracker errs.
 */
export const loopError = (pair: LoopPair, { cameraInMount, markerInHolder }: LoopPoses): Twist =>
  logPose(compose(invert(markerInHolder), seenMarkerInHolder(pair, cameraInMount)))

export const translationOf = (error: Readonly<Twist>): number => Math.hypot(error[0], error[1], error[2])
export const rotationOf = (error: Readonly<Twist>): number => Math.hypot(error[3], error[4], error[5])
