// Where the end effector may be: the sets that a command and every stop from it stay in, and the nearest pose in them.
import { vec3 } from 'gl-matrix'
import {
  multiplyQuat,
  normalizeQuat,
  type Pose,
  type Quat,
  rotateVector,
  rotationDistance,
  rotationVectorToQuat,
  slerp,
  type Vec3,
} from '../geometry/index.ts'
import type { Limits } from './limits.ts'
import { type Bound, ROTATIONS } from './motion-limits.ts'
import { dot, lengthOf, minus, plus, times } from './vector.ts'

type Place = Readonly<Vec3>
type Turn = Readonly<Quat>
type Box = Limits['workspace']
type Cone = NonNullable<Limits['tilt']>

const AXES = [0, 1, 2] as const

/** Six half-spaces: one that is left does not excuse another. */
export function boxBounds(box: Box): Bound<Place>[] {
  const { low, high } = box
  const into = (place: Place) => intoBox(place, box)
  return AXES.flatMap((axis) => [
    { name: 'workspace', into, excess: (places) => low[axis] - Math.min(...places.map((place) => place[axis])) },
    { name: 'workspace', into, excess: (places) => Math.max(...places.map((place) => place[axis])) - high[axis] },
  ])
}

export const reachBound = (centre: Place, radius: number): Bound<Place> => ({
  name: 'reach',
  excess: (places) => Math.max(...places.map((place) => lengthOf(minus(place, centre)))) - radius,
  into(place) {
    const way = minus(place, centre)
    const length = lengthOf(way)
    return length > radius ? plus(centre, way, radius / length) : place
  },
})

export const turnReachBound = (centre: Turn, angle: number): Bound<Turn> => ({
  name: 'reach',
  excess: (turns) => Math.max(...turns.map((turn) => rotationDistance(centre, turn))) - angle,
  into(turn) {
    const distance = rotationDistance(centre, turn)
    return distance > angle ? slerp(centre, turn, angle / distance) : turn
  },
})

/**
 * The cone, in cosines. Between orientations the axis runs on arcs, not on straight lines: over a triangle of turns with
 * sides up to D its cosine is at most D²/6 (1.1 with the curvature of long turns) below that of the corners.
 */
export const coneBound = (cone: Cone): Bound<Turn> => ({
  name: 'tilt',
  into: (turn) => intoCone(turn, cone),
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

/** The nearest place in the box; the same object when that is itself. */
export function intoBox(place: Place, { low, high }: Box): Place {
  if (AXES.every((axis) => place[axis] >= low[axis] && place[axis] <= high[axis])) return place
  const within = (axis: 0 | 1 | 2) => Math.min(Math.max(place[axis], low[axis]), high[axis])
  return [within(0), within(1), within(2)]
}

/** A hair inside the edge of the cone, rad: rounding. */
const HAIR = 1e-9

/** Turned back by the shortest way until the axis lies in the cone; the same object when it does. */
export function intoCone(turn: Turn, cone: Cone): Turn {
  const tilt = tiltOf(cone, turn)
  if (tilt <= cone.angle) return turn
  const axis = rotateVector(turn, cone.axisInEe)
  const [a, b] = [axis, cone.axisInBase]
  const across = vec3.cross([0, 0, 0], a, b) as Vec3
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

/** How far a point is from a box, m: 0 inside, and for a point that is none. */
export function distanceToBox(point: Place, box: Box): number {
  if (!point.every(Number.isFinite)) return 0
  return lengthOf(minus(point, intoBox(point, box)))
}

/** From one pose to the other: m, and rad times `lever` m. */
export function poseWay(a: Pose, b: Pose, lever: number): { place: Vec3; turn: Vec3 } {
  return {
    place: minus(b.position, a.position),
    turn: times(ROTATIONS.way(a.orientation, b.orientation), lever),
  }
}
