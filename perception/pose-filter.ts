// A filter for poses that hardly move: the target in the base, and the part in the hand.
//
// A tracker shakes and lags, a robot's joints do neither. Seen from the hand, the held part stands still, so its pose
// there can be averaged over many frames; multiplied with the hand's own pose it gives the part without shake or lag.
// What is left is the tracker's bias.
import { interpolateLinear, type Pose } from '../geometry/index.ts'
import { isValidPose } from './valid-pose.ts'

export class PoseFilter {
  readonly #timeConstant: number
  #pose: Pose | undefined
  #stamp = 0
  #age = 0

  /** `timeConstant`: memory of the filter, s; until it is filled, all frames count alike. */
  constructor(timeConstant: number) {
    this.#timeConstant = timeConstant
  }

  /** The estimate, once there is one. */
  get pose(): Pose | undefined {
    return this.#pose
  }

  /**
   * The estimate after a measurement taken at `stamp` (s). A stamp that is not newer changes nothing, nor does a
   * measurement that is no pose: averaged in once, a NaN would stay for ever. Throws a RangeError when there is no
   * estimate yet to fall back on.
   */
  update(measured: Pose, stamp: number): Pose {
    const usable = isValidPose(measured) && Number.isFinite(stamp)
    if (this.#pose === undefined) {
      if (!usable) {
        throw new RangeError(
          `expected a finite pose with a unit quaternion to begin with, got position [${measured.position.join(', ')}], ` +
            `orientation [${measured.orientation.join(', ')}] at ${stamp} s; check what the tracker sends`,
        )
      }
      this.#pose = measured
      this.#stamp = stamp
      return measured
    }
    const elapsed = stamp - this.#stamp
    if (!usable || elapsed <= 0) return this.#pose
    this.#stamp = stamp
    this.#age += elapsed
    const memory = Math.min(this.#age, this.#timeConstant)
    this.#pose = interpolateLinear(this.#pose, measured, elapsed / (memory + elapsed))
    return this.#pose
  }
}
