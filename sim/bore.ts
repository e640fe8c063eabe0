// Holes made of flat walls: the receptacle's side of a fit whose opening is convex.
import { axisAngleToQuat, compose, makePose, transformPoint, type Vec3 } from '../geometry/index.ts'
import type { Solid } from './solids.ts'

/** A flat wall of a bore, seen from above: its inward face lies at `distance` from the axis, facing it. */
export interface BoreSide {
  /** direction from the axis to the wall, rad about z */
  angle: number
  distance: number
  halfWidth: number
  /** where along its face, anticlockwise, the wall has its middle, m; 0 when left out */
  shift?: number
  /** material behind the face, m; {@link WALL} when left out */
  thickness?: number
  /** how much narrower than `halfWidth`, which is that of its back, the mouth is per metre towards the axis; 0 when left out */
  spread?: number
}

/** Material behind a wall's face, m: enough that nothing comes out at the back. */
export const WALL = 0.012

/**
 * A bore from z = 0 down to z = −depth with flat walls, a 45° chamfer of height `chamfer` at the mouth and a floor.
 * Walls may overlap: for a convex bore, what reaches past a neighbour's face is inside the neighbour's material.
 */
export function bore(sides: readonly BoreSide[], depth: number, chamfer: number): Solid[] {
  const floorRadius = Math.max(...sides.map(({ distance }) => distance)) + WALL
  return [...boreWalls(sides, depth, chamfer), boreFloor([floorRadius, floorRadius], depth)]
}

/** The same bore, open below. */
export const boreWalls = (sides: readonly BoreSide[], depth: number, chamfer: number): Solid[] =>
  sides.flatMap((side) => boreWall(side, depth, chamfer))

/** What a part stands on at full depth. */
export const boreFloor = ([x, y]: readonly [number, number], depth: number): Solid => ({
  role: 'stop',
  kind: 'box',
  halfSize: [x, y, WALL / 2],
  pose: makePose([0, 0, -depth - WALL / 2]),
})

/** How far the mouth of one wall reaches into its neighbour's, m: a tip on the seam meets no side of either. */
const LAP = 2e-4

function boreWall(side: BoreSide, depth: number, chamfer: number): Solid[] {
  const { angle, distance, halfWidth, shift = 0, thickness = WALL, spread = 0 } = side
  const turn = makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], angle))
  const wallHeight = depth - chamfer
  const wall: Solid = {
    role: chamfer === 0 ? 'stop' : 'fit',
    kind: 'box',
    halfSize: [thickness / 2, halfWidth, wallHeight / 2],
    pose: compose(turn, makePose([distance + thickness / 2, shift, -chamfer - wallHeight / 2])),
  }
  if (chamfer === 0) return [wall]
  const back = distance + thickness
  const across = (x: number, z: number): Vec3[] => {
    const reach = halfWidth - (back - x) * spread + LAP
    return [-reach, reach].map((y) => transformPoint(turn, [x, shift + y, z]))
  }
  // Below its edge the mouth is drawn in again, as that of `mouthBlock` is, and for the same reason.
  const profile = [
    [distance + chamfer, 0],
    [distance, -chamfer],
    [distance + chamfer, -2 * chamfer],
    [back, -2 * chamfer],
    [back, 0],
  ] as const
  return [wall, { role: 'lead', kind: 'hull', vertices: profile.flatMap(([x, z]) => across(x, z)) }]
}

/** Flat walls round a circle of `radius`, evenly turned: six for a hexagon, four for a square. */
export function regularBoreSides(radius: number, count: number, thickness = WALL): BoreSide[] {
  const spread = Math.tan(Math.PI / count)
  const halfWidth = (radius + thickness) * spread
  return Array.from({ length: count }, (_, i) => ({
    angle: (2 * Math.PI * i) / count,
    distance: radius,
    halfWidth,
    thickness,
    spread,
  }))
}

/** As many flat walls as stand in for a round bore: with more of them, physics is slower and no better. */
export const ROUND_SIDES = 16

/** Tangential walls that leave a cylinder of `radius` free: the usual stand-in for a round bore. */
export const roundBoreSides = (radius: number, thickness = WALL): BoreSide[] =>
  regularBoreSides(radius, ROUND_SIDES, thickness)

/** Tangential walls that leave an oval free: what a circle of `radius` covers that moves by ±`halfTravel` along x. */
export function ovalBoreSides(radius: number, halfTravel: number): BoreSide[] {
  return roundBoreSides(radius).map((side) => {
    const [cos, sin] = [Math.cos(side.angle), Math.sin(side.angle)]
    // The two walls along the travel are as much longer; the others stand round one end of it.
    if (Math.abs(cos) < 1e-9) return { ...side, halfWidth: side.halfWidth + halfTravel }
    return { ...side, distance: radius + Math.abs(cos) * halfTravel, shift: -Math.sign(cos) * sin * halfTravel }
  })
}
