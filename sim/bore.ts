// Holes made of flat walls: the receptacle's side of a fit whose opening is convex.
import { axisAngleToQuat, compose, makePose, type Vec3 } from '../geometry/index.ts'
import type { Role, Solid } from './solids.ts'

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

function boreWall(side: BoreSide, depth: number, chamfer: number): Solid[] {
  const { angle, distance, halfWidth, shift = 0, thickness = WALL } = side
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
    [thickness / 2, halfWidth, wallHeight / 2],
    [distance + thickness / 2, shift, -chamfer - wallHeight / 2],
  )
  if (chamfer === 0) return [wall]
  // The slope runs from (distance, −chamfer) to (distance + chamfer, 0): a box turned by 45° whose upper face lies on it.
  const slope = (chamfer * Math.SQRT2) / 2
  const inset = (chamfer / 2) * Math.SQRT1_2
  const lead = box(
    'lead',
    [slope, halfWidth + chamfer, chamfer / 2],
    [distance + chamfer / 2 + inset, shift, -chamfer / 2 - inset],
    -Math.PI / 4,
  )
  const collarWidth = thickness - chamfer
  const collar = box(
    'lead',
    [collarWidth / 2, halfWidth + chamfer, chamfer / 2],
    [distance + chamfer + collarWidth / 2, shift, -chamfer / 2],
  )
  return [wall, lead, collar]
}

/** Flat walls round a circle of `radius`, evenly turned: six for a hexagon, four for a square. */
export function regularBoreSides(radius: number, count: number, thickness = WALL): BoreSide[] {
  const halfWidth = (radius + thickness) * Math.tan(Math.PI / count)
  return Array.from({ length: count }, (_, i) => ({
    angle: (2 * Math.PI * i) / count,
    distance: radius,
    halfWidth,
    thickness,
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
