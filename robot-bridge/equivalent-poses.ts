// Parts that fit turned: of the poses that look alike to a tracker, the same one from report to report and from run to run.
//
// What a policy is shown must be what it was taught: demonstrations and driving alike take the source as it is least turned in
// the target. Only when it lies between two of those does it stay what it was, lest it flip to and fro.
import { conjugateQuat, multiplyQuat, type Pose } from '../geometry/index.ts'
import { nearestSymmetric } from '../perception/index.ts'

/** Turned by so many times the angle at which another pose is nearer, it is that other. */
const HYSTERESIS = 1.25

export class EquivalentPoses {
  readonly #orders: { source: number; target: number }
  #source: Pose | undefined
  #target: Pose | undefined

  /** `orders`: of symmetry about the part's own z axis; 1 for none, Infinity for a round part. */
  constructor(orders: { source: number; target: number }) {
    this.#orders = orders
  }

  /** Of the target's poses that look like this one, the one nearest to the last. */
  target(pose: Pose): Pose {
    this.#target = this.#target ? nearestSymmetric(pose, this.#orders.target, this.#target) : pose
    return this.#target
  }

  /**
   * Of the source's poses that look like this one, the one least turned in the target; as it is, until the target was seen.
   * Throws a RangeError for a source that points against the target, whose turn about an axis of both means nothing.
   */
  source(pose: Pose): Pose {
    const order = this.#orders.source
    const target = this.#target
    if (order === 1 || !target) return pose
    const { tilt } = turnIn(target, pose)
    if (tilt > Math.PI / 2) {
      throw new RangeError(
        `expected a symmetric source whose z axis points as the target's does, got one tilted by ${degrees(tilt)} ` +
          "(correct the frames of the tracker's models, or leave symmetry out of the profile)",
      )
    }
    const steady = this.#source && nearestSymmetric(pose, order, this.#source)
    const stays = steady && turnIn(target, steady).turn <= (HYSTERESIS * Math.PI) / order
    this.#source = stays ? steady : nearestSymmetric(pose, order, target)
    return this.#source
  }
}

/** How far a pose is turned about the z axis of another, and its z axis tilted away from that, rad, from 0 to π. */
function turnIn(reference: Pose, { orientation }: Pose): { turn: number; tilt: number } {
  // A rotation is a turn about z and then a tilt about an axis across it: q = tilt · turn.
  const [x, y, z, w] = multiplyQuat(conjugateQuat(reference.orientation), orientation)
  const turn = 2 * Math.atan2(Math.abs(z), Math.abs(w))
  return { turn, tilt: 2 * Math.atan2(Math.hypot(x, y), Math.hypot(z, w)) }
}

const degrees = (angle: number) => `${((angle * 180) / Math.PI).toFixed(0)}°`
