// Which way right, away and up are for the operator. Pure.
import { conjugateQuat, type Pose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import type { Stage } from '../ports.ts'

/** Unit vectors, right-handed in this order: right × away = up. */
export interface OperatorAxes {
  right: Vec3
  away: Vec3
  up: Vec3
}

/**
 * The camera's heading with the vertical kept: up is up, however far the camera looks down, and away is level. An orbit
 * camera's right is always level, so this holds from straight above, too, where away is up on the screen. Base frame.
 */
export function levelAxes({ right }: Pick<Stage['axes'], 'right'>): OperatorAxes {
  const length = Math.hypot(right[0], right[1])
  // A camera that lies on its side has no heading; there is none among orbit cameras.
  if (length < 1e-6) return { right: [1, 0, 0], away: [0, 1, 0], up: [0, 0, 1] }
  const [x, y] = [right[0] / length, right[1] / length]
  return { right: [x, y, 0], away: [-y, x, 0], up: [0, 0, 1] }
}

/** The screen's own: a thing that is dragged stays under the pointer. Base frame. */
export const screenAxes = ({ right, up, into }: Stage['axes']): OperatorAxes => ({ right, away: into, up })

/**
 * The target's axes, named as the operator sees them: up is out of the receptacle, away whichever of its sides points away
 * from the camera most. Each motion is along one axis of the target exactly. Target frame.
 */
export function targetAxes(level: OperatorAxes, targetInBase: Pose): OperatorAxes {
  const [x, y] = rotateVector(conjugateQuat(targetInBase.orientation), level.away)
  const away: Vec3 = Math.abs(x) > Math.abs(y) ? [Math.sign(x), 0, 0] : [0, Math.sign(y) || 1, 0]
  // right = away × up
  return { right: [away[1], -away[0], 0], away, up: [0, 0, 1] }
}

/** `v` along right, away and up, in the frame that the axes are given in. */
export function along({ right, away, up }: OperatorAxes, v: Readonly<Vec3>): Vec3 {
  const sum = (i: 0 | 1 | 2) => v[0] * right[i] + v[1] * away[i] + v[2] * up[i]
  return [sum(0), sum(1), sum(2)]
}
