// A filter for poses that hardly move: the target in the base, and the part in the hand.
//
// A tracker shakes and lags, a robot's joints do neither. Seen from the hand, the held part stands still, so its pose
// there can be averaged over many frames; multiplied with the hand's own pose it gives the part without shake or lag.
// What is left is the tracker's bias.
import { interpolateLinear, type Pose } from '../geometry/index.ts'

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

  /** The estimate after a measurement taken at `stamp` (s). A stamp that is not newer changes nothing. */
  update(measured: Pose, stamp: number): Pose {
    if (this.#pose === undefined) {
      this.#pose = measured
      this.#stamp = stamp
      return measured
    }
    const elapsed = stamp - this.#stamp
    if (elapsed <= 0) return this.#pose
    this.#stamp = stamp
    this.#age += elapsed
    const memory = Math.min(this.#age, this.#timeConstant)
    this.#pose = interpolateLinear(this.#pose, measured, elapsed / (memory + elapsed))
    return this.#pose
  }
}
