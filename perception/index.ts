// What the robot sees: object poses, their errors and their filtering.
export { addDepthNoise, DEPTH_NOISE_PRESETS, type DepthNoise, findDepthNoise } from './depth-noise.ts'
export { PoseFilter } from './pose-filter.ts'
export { findNoise, NOISE_PRESETS, type PoseNoise, SimulatedTracker } from './pose-noise.ts'
