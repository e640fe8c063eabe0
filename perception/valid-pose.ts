// What a tracker may send and what is none.
import type { Pose } from '../geometry/index.ts'

/** How far a unit quaternion may be off its length: 32-bit messages round. */
const UNIT_TOLERANCE = 1e-3

/** Whether every number is finite and the quaternion of unit length. NaN in, NaN for ever: ask before averaging. */
export function isValidPose({ position, orientation }: Pose): boolean {
  return position.every(Number.isFinite) && Math.abs(Math.hypot(...orientation) - 1) < UNIT_TOLERANCE
}
