// Where the end effector may be: the sets that a command and every stop from it stay in, and the nearest pose in them.
import {
  conjugateQuat,
  interpolateLinear,
  multiplyQuat,
  normalizeQuat,
  type Pose,
  poseDistance,
  type Quat,
  quatToRotationVector,
  rotateVector,
  rotationDistance,
  rotationVectorToQuat,
  type Vec3,
} from '../geometry/index.ts'
import type { Limits } from './limits.ts'
import type { Bound } from './motion-limits.ts'
import { dot, lengthOf, minus, times } from './vector.ts'

type Place = Readonly<Vec3>
type Turn = Readonly<Quat>
type Box = Limits['workspace']
type Cone = NonNullable<Limits['tilt']>

const AXES = [0, 1, 2] as const

/** Six half-spaces: one that is left does not excuse another. */
export function boxBounds({ low, high }: Box): Bound<Place>[] {
  return AXES.flatMap((axis) => [
    { name: 'workspace', excess: (places) => low[axis] - Math.min(...places.map((place) => place[axis])) },
    { name: 'workspace', excess: (places) => Math.max(...places.map((place) => place[axis])) - high[axis] },
  ])
}

export const reachBound = (centre: Place, radius: number): Bound<Place> => ({
  name: 'reach',
  excess: (places) => Math.max(...places.map((place) => lengthOf(minus(place, centre)))) - radius,
})

export const turnReachBound = (centre: Turn, angle: number): Bound<Turn> => ({
  name: 'reach',
  excess: (turns) => Math.max(...turns.map((turn) => rotationDistance(centre, turn))) - angle,
})

/**
 * The cone, in cosines. Between orientations the axis runs on arcs, not on straight lines: over a triangle of turns with
 * sides up to D its cosine is at most D²/6 (1.1 with the curvature of long turns) below that of the corners.
 */
export const coneBound = (cone: Cone): Bound<Turn> => ({
  name: 'tilt',
  excess(turns) {
    const lowest = Math.min(...turns.map((turn) => uprightness(cone, turn)))
    const side = Math.max(...turns.map((turn, i) => rotationDistance(turn, turns[(i + 1) % turns.length] as Turn)))
    return Math.cos(cone.angle) - (lowest - (side * side) / 5)
  },
})

/** Cosine of the angle between the two axes. */
const uprightness = ({ axisInEe, axisInBase }: Cone, turn: Turn): number =>
  dot(rotateVector(turn, axisInEe), axisInBase)

/** rad */
export const tiltOf = (cone: Cone, turn: Turn): number => Math.acos(Math.min(1, Math.max(-1, uprightness(cone, turn))))

export const intoBox = (place: Place, { low, high }: Box): Vec3 => [
  Math.min(Math.max(place[0], low[0]), high[0]),
  Math.min(Math.max(place[1], low[1]), high[1]),
  Math.min(Math.max(place[2], low[2]), high[2]),
]

/** A hair inside the edge of the cone, rad: rounding. */
const HAIR = 1e-9

/** Turned back by the shortest way until the axis lies in the cone. */
export function intoCone(turn: Turn, cone: Cone): Quat {
  const tilt = tiltOf(cone, turn)
  if (tilt <= cone.angle) return [...turn]
  const axis = rotateVector(turn, cone.axisInEe)
  const [a, b] = [axis, cone.axisInBase]
  const across: Vec3 = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
  const length = lengthOf(across)
  // Upside down, every way back is as short: any axis across will do.
  const unit = length > 1e-9 ? times(across, 1 / length) : acrossOf(b)
  return normalizeQuat(multiplyQuat(rotationVectorToQuat(times(unit, tilt - cone.angle + HAIR)), turn))
}

function acrossOf(v: Place): Vec3 {
  const [x, y, z] = v
  const across: Vec3 = Math.abs(z) < 0.9 ? [-y, x, 0] : [0, -z, y]
  return times(across, 1 / lengthOf(across))
}

/** Towards `centre` until it is within reach of it: the place by a straight line, the orientation by the shorter arc. */
export function intoReach(wanted: Pose, centre: Pose, reach: Limits['reach']): Pose {
  const { translation, rotation } = poseDistance(centre, wanted)
  const share = Math.min(1, reach.translation / translation, reach.rotation / rotation)
  return share < 1 ? interpolateLinear(centre, wanted, share) : wanted
}

/** How far a point is from a box, m: 0 inside, and for a point that is none. */
export function distanceToBox(point: Place, box: Box): number {
  if (!point.every(Number.isFinite)) return 0
  return lengthOf(minus(point, intoBox(point, box)))
}

/** From one pose to the other: m, and rad times `lever` m. */
export function poseWay(a: Pose, b: Pose, lever: number): { place: Vec3; turn: Vec3 } {
  return {
    place: minus(b.position, a.position),
    turn: times(quatToRotationVector(multiplyQuat(b.orientation, conjugateQuat(a.orientation))), lever),
  }
}
