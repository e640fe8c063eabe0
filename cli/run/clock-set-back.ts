// A robot's clock that was set back while somebody drives: what is believed and planned is of a time that is yet to come.
import { CLOCK_SET_BACK } from '../../robot-bridge/frame-joiner.ts'

/** Why the drive is over; undefined while the clock goes on. `passed`: on it since the cycle before, s. */
export const clockSetBack = (passed: number): string | undefined =>
  passed < -CLOCK_SET_BACK ? `the robot's clock was set back by ${(-passed).toFixed(1)} s: start again` : undefined
