// Rectangular blocks from which angular parts and their slots are put together, with 45° chamfers on chosen sides.
//
//   a part's block, seen from the side        a receptacle's block
//        ┌──────┐  z = length                     ______   z = 0
//        │ fit  │                                / lead \
//        \ lead /                               │  fit   │
//         ‾‾‾‾‾‾   z = 0                        └────────┘ z = −depth
//
// A block's sides that lie inside another block stay straight. Blocks of one part may overlap: together they are its
// section, or the section of what is left of the receptacle round the opening; their chamfers then meet in mitres.
import { makePose, type Vec3 } from '../geometry/index.ts'
import type { Role, Solid } from './solids.ts'

/** A rectangle across the axis of insertion, m. */
export interface Plan {
  x: readonly [low: number, high: number]
  y: readonly [low: number, high: number]
}

export type Side = '-x' | '+x' | '-y' | '+y'

/** A block of the held part, up from its tip at z = 0; `sides` are drawn in at the tip. */
export function tipBlock(plan: Plan, length: number, chamfer: number, sides: readonly Side[]): Solid[] {
  const shaft = prism('fit', plan, [chamfer, length])
  return chamfer === 0 ? [shaft] : [shaft, frustum(plan, sides, { full: chamfer, drawnIn: 0 })]
}

/** A block of the receptacle, down from its mouth at z = 0; `sides`, which face the opening, are drawn in at the mouth. */
export function mouthBlock(plan: Plan, depth: number, chamfer: number, sides: readonly Side[]): Solid[] {
  if (chamfer === 0) return [prism('stop', plan, [-depth, 0])]
  return [prism('fit', plan, [-depth, -chamfer]), frustum(plan, sides, { full: -chamfer, drawnIn: 0 })]
}

/** A box over a rectangle, between two heights. */
export function prism(role: Role, { x, y }: Plan, z: readonly [low: number, high: number]): Solid {
  const axes = [x, y, z] as const
  return {
    role,
    kind: 'box',
    halfSize: axes.map(([low, high]) => (high - low) / 2) as Vec3,
    pose: makePose(axes.map(([low, high]) => (low + high) / 2) as Vec3),
  }
}

/** The hull between the whole rectangle at one height and the rectangle drawn in at 45° on `sides` at the other. */
function frustum({ x, y }: Plan, sides: readonly Side[], height: { full: number; drawnIn: number }): Solid {
  const inset = Math.abs(height.full - height.drawnIn)
  const by = (side: Side) => (sides.includes(side) ? inset : 0)
  const drawnIn: Plan = { x: [x[0] + by('-x'), x[1] - by('+x')], y: [y[0] + by('-y'), y[1] - by('+y')] }
  const corners = (plan: Plan, z: number) => plan.x.flatMap((px) => plan.y.map((py): Vec3 => [px, py, z]))
  return { role: 'lead', kind: 'hull', vertices: [...corners(drawnIn, height.drawnIn), ...corners({ x, y }, height.full)] }
}
