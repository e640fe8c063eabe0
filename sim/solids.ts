// Convex solids, the bricks from which a task's parts are built for physics and for pictures alike.
import { axisAngleToQuat, compose, makePose, type Pose, transformPoint, type Vec3 } from '../geometry/index.ts'

export type Solid = { role: Role } & (
  | /** edges along the axes of `pose` */ { kind: 'box'; halfSize: Readonly<Vec3>; pose: Pose }
  | /** axis along z of `pose` */ { kind: 'cylinder'; radius: number; halfLength: number; pose: Pose }
  | /** convex hull of points in the part's frame */ { kind: 'hull'; vertices: readonly Readonly<Vec3>[] }
)

/**
 * What a solid can touch, which halves the pairs that physics must test. Faces that make the `fit` meet each other; tips
 * and mouths with their 45° chamfers, the `lead`-in, meet each other; a `stop` meets everything. At tilts below 45° the
 * tip always reaches a mouth before the shaft behind it does: they share the edge where the chamfer ends.
 */
export type Role = 'fit' | 'lead' | 'stop'

/** A flat wall of a bore, seen from above: its inward face lies at `distance` from the axis, facing it. */
export interface BoreSide {
  /** direction from the axis to the wall, rad about z */
  angle: number
  distance: number
  halfWidth: number
}

/** Material behind a wall's face, m: enough that nothing comes out at the back. */
const WALL = 0.012

/**
 * A bore from z = 0 down to z = −depth with flat walls, a 45° chamfer of height `chamfer` at the mouth and a floor.
 * Walls may overlap: for a convex bore, what reaches past a neighbour's face is inside the neighbour's material.
 */
export function bore(sides: readonly BoreSide[], depth: number, chamfer: number): Solid[] {
  const floorRadius = Math.max(...sides.map(({ distance }) => distance)) + WALL
  const floor: Solid = {
    role: 'stop',
    kind: 'box',
    halfSize: [floorRadius, floorRadius, WALL / 2],
    pose: makePose([0, 0, -depth - WALL / 2]),
  }
  return [...sides.flatMap((side) => boreWall(side, depth, chamfer)), floor]
}

function boreWall({ angle, distance, halfWidth }: BoreSide, depth: number, chamfer: number): Solid[] {
  const turn = makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], angle))
  const box = (role: Role, halfSize: Vec3, centre: Vec3, tilt = 0): Solid => ({
    role,
    kind: 'box',
    halfSize,
    pose: compose(turn, makePose(centre, axisAngleToQuat([0, 1, 0], tilt))),
  })
  const wallHeight = depth - chamfer
  const wall = box(
    chamfer === 0 ? 'stop' : 'fit',
    [WALL / 2, halfWidth, wallHeight / 2],
    [distance + WALL / 2, 0, -chamfer - wallHeight / 2],
  )
  if (chamfer === 0) return [wall]
  // The slope runs from (distance, −chamfer) to (distance + chamfer, 0): a box turned by 45° whose upper face lies on it.
  const slope = (chamfer * Math.SQRT2) / 2
  const inset = (chamfer / 2) * Math.SQRT1_2
  const lead = box(
    'lead',
    [slope, halfWidth + chamfer, chamfer / 2],
    [distance + chamfer / 2 + inset, 0, -chamfer / 2 - inset],
    -Math.PI / 4,
  )
  const collarWidth = WALL - chamfer
  const collar = box(
    'lead',
    [collarWidth / 2, halfWidth + chamfer, chamfer / 2],
    [distance + chamfer + collarWidth / 2, 0, -chamfer / 2],
  )
  return [wall, lead, collar]
}

/** Tangential walls that leave a cylinder of `radius` free: the usual stand-in for a round bore. */
export function roundBoreSides(radius: number, count: number): BoreSide[] {
  const halfWidth = (radius + WALL) * Math.tan(Math.PI / count)
  return Array.from({ length: count }, (_, i) => ({ angle: (2 * Math.PI * i) / count, distance: radius, halfWidth }))
}

/**
 * The hull between an outline at z = 0, drawn in by `chamfer`, and the full outline at z = chamfer. `outline` gives the
 * section's corners for an inset.
 */
export function leadIn(outline: (inset: number) => readonly (readonly [number, number])[], chamfer: number): Solid {
  const ring = (inset: number, z: number) => outline(inset).map(([x, y]): Vec3 => [x, y, z])
  return { role: 'lead', kind: 'hull', vertices: [...ring(chamfer, 0), ...ring(0, chamfer)] }
}

/** Corners of the axis-aligned box around solids, in their part's frame. */
export function extent(solids: readonly Solid[]): { low: Vec3; high: Vec3 } {
  const points = solids.flatMap(outermost)
  const along = (pick: (...values: number[]) => number) =>
    [0, 1, 2].map((axis) => pick(...points.map((point) => point[axis as 0]))) as Vec3
  return { low: along(Math.min), high: along(Math.max) }
}

/** Points whose hull holds the solid. */
function outermost(solid: Solid): readonly Readonly<Vec3>[] {
  if (solid.kind === 'hull') return solid.vertices
  const [x, y, z] = solid.kind === 'box' ? solid.halfSize : [solid.radius, solid.radius, solid.halfLength]
  const signs = [-1, 1]
  return signs.flatMap((i) => signs.flatMap((j) => signs.map((k) => transformPoint(solid.pose, [i * x, j * y, k * z]))))
}
