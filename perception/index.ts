// What the robot sees: pictures cut and made ready for a network, object poses, their errors and their filtering.
export {
  AugmentationConfig,
  augmentView,
  cutOut,
  cutView,
  DEFAULT_AUGMENTATION,
  NO_AUGMENTATION,
  type View,
} from './augment.ts'
export { checkIntrinsics, checkRgbd } from './check-rgbd.ts'
export { DepthFilterConfig, filterDepth } from './depth-filter.ts'
export { addDepthNoise, type DepthNoise, findDepthNoise } from './depth-noise.ts'
export { type FilteredOptions, filtered } from './filtered-poses.ts'
export { GOAL_CHOICES, type GoalChoice, goalOf, lastPictured, mostTypical } from './goal.ts'
export { type HandEye, type HandEyeOptions, type PairResidual, solveHandEye } from './hand-eye.ts'
export { CalibrationError, type Excitation, excitationOf } from './hand-eye-excitation.ts'
export type { HandEyeWeights, PoseDeviation } from './hand-eye-fit.ts'
export { type HandEyePair, MOUNTINGS, type Mounting } from './hand-eye-loop.ts'
export { type HandEyeMoment, pairsAtRest, type RestPair } from './pairs-at-rest.ts'
export { PoseFilter } from './pose-filter.ts'
export { PoseGate, PoseGateConfig, type Verdict } from './pose-gate.ts'
export { findNoise, NOISE_PRESETS, type PoseNoise, SimulatedTracker } from './pose-noise.ts'
export { LatestPoses, type ObjectPoses, type PoseSource, type TrackedPose } from './pose-source.ts'
export { type RecordedPoses, recordedPoses } from './recorded-poses.ts'
export { SimulatedPoses, type TrueFrame } from './simulated-poses.ts'
export { nearestSymmetric } from './symmetry.ts'
export { aboutCentre, applyBias, drawBias } from './tracker-bias.ts'
export { isValidPose } from './valid-pose.ts'
export {
  type Box,
  cutWindow,
  DEFAULT_MARGIN,
  type PictureWindow,
  type PlacedBox,
  unionWindow,
  windowIntrinsics,
} from './window.ts'
export { IMAGE_CHANNELS, networkImage, TRACKED_CHANNELS, type TrackedSource, trackedSource, xyzMap } from './xyz-map.ts'
