// What is published to make the arm move, or hold.
import type { Pose } from '../geometry/index.ts'
import { encodeFloat64, encodeFloat64MultiArray, encodePoseStamped, encodeTwistStamped } from './messages.ts'
import type { Profile } from './profile.ts'
import { STANDSTILL, velocityTowards } from './servo.ts'

type CommandMessage = ReturnType<typeof encodePoseStamped> | ReturnType<typeof encodeTwistStamped>

/** Where to go, and how fast at most, m/s and rad/s: an arm that is told velocities lags behind, and must not catch up faster. */
export interface Wanted {
  eeInBase: Pose
  speed?: number | undefined
  angularSpeed?: number | undefined
}

/** The way to what is wanted, in the base, as the arm of that profile is told. Throws a RangeError for no pose or no speed. */
export function commandMessage(profile: Profile, wish: Wanted, measured: Pose, stamp: number): CommandMessage {
  const { command, frames, ros } = profile
  const { eeInBase: wanted, speed = profile.limits.speed, angularSpeed = profile.limits.angularSpeed } = wish
  if (!(speed >= 0 && angularSpeed >= 0)) {
    throw new RangeError(`expected a speed of 0 or more, got ${speed} m/s and ${angularSpeed} rad/s`)
  }
  const limits = {
    speed: Math.min(speed, profile.limits.speed),
    angularSpeed: Math.min(angularSpeed, profile.limits.angularSpeed),
  }
  const stamped = { stamp, frame: frames.base }
  const asPose = encodePoseStamped({ ...stamped, pose: wanted }, ros)
  if (command.kind === 'pose') return asPose
  return encodeTwistStamped({ ...stamped, velocity: velocityTowards(wanted, measured, command.gain, limits) }, ros)
}

/** Stay where you are; undefined when that is not known and must be. */
export function holdMessage(profile: Profile, measured: Pose | undefined, stamp: number): CommandMessage | undefined {
  const { command, frames, ros } = profile
  const stamped = { stamp, frame: frames.base }
  if (command.kind === 'twist') return encodeTwistStamped({ ...stamped, velocity: STANDSTILL }, ros)
  return measured && encodePoseStamped({ ...stamped, pose: measured }, ros)
}

/** Where commands go: through the guard, where there is one. */
export const commandTopic = ({ guard, command }: Profile): string => guard?.command ?? command.topic

/** `width`: between the fingers, m. Throws a RangeError for one that the gripper cannot have. */
export function gripperMessage({ type, openM }: NonNullable<Profile['gripper']>, width: number) {
  if (!(width >= 0 && width <= openM)) {
    throw new RangeError(`expected a gripper width from 0 to ${openM} m, the profile's gripper.openM, got ${width}`)
  }
  return type === 'std_msgs/Float64' ? encodeFloat64(width) : encodeFloat64MultiArray([width])
}
