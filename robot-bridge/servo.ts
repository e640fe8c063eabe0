// From a pose to go to, to the velocity to go there with: for arms that obey velocities.
import { conjugateQuat, multiplyQuat, type Pose, quatToRotationVector, type Vec3 } from '../geometry/index.ts'
import type { Velocity } from './messages.ts'

export interface ServoGain {
  /** 1/s */
  linear: number
  angular: number
}

export interface ServoLimits {
  /** m/s */
  speed: number
  /** rad/s */
  angularSpeed: number
}

/** `v = k (p* − p)` and `ω = k log(R* R⁻¹)`, in the base frame; longer ones are shortened to the limits, not turned. */
export function velocityTowards(wanted: Pose, measured: Pose, gain: ServoGain, limits: ServoLimits): Velocity {
  const way: Vec3 = [0, 1, 2].map((i) => (wanted.position[i] as number) - (measured.position[i] as number)) as Vec3
  const turn = quatToRotationVector(multiplyQuat(wanted.orientation, conjugateQuat(measured.orientation)))
  return {
    linear: atMost(scale(way, gain.linear), limits.speed),
    angular: atMost(scale(turn, gain.angular), limits.angularSpeed),
  }
}

export const STANDSTILL: Velocity = { linear: [0, 0, 0], angular: [0, 0, 0] }

const scale = ([x, y, z]: Vec3, factor: number): Vec3 => [x * factor, y * factor, z * factor]

function atMost(vector: Vec3, limit: number): Vec3 {
  const length = Math.hypot(...vector)
  return length > limit ? scale(vector, limit / length) : vector
}
