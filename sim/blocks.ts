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
  if (chamfer === 0) return [shaft]
  return [shaft, hull([...corners(drawnIn(plan, sides, chamfer), 0), ...corners(plan, chamfer)])]
}

/** A block of the receptacle, down from its mouth at z = 0; `sides`, which face the opening, are drawn in at the mouth. */
export function mouthBlock(plan: Plan, depth: number, chamfer: number, sides: readonly Side[]): Solid[] {
  if (chamfer === 0) return [prism('stop', plan, [-depth, 0])]
  const narrow = drawnIn(plan, sides, chamfer)
  // Below its edge the lead is drawn in again, inside the wall. With a flat underside right there, MuJoCo would now and
  // then push a tip that leaves the slope down through it, by 14 µm, instead of sideways off it by a hundredth of one.
  const lead = hull([...corners(narrow, 0), ...corners(plan, -chamfer), ...corners(narrow, -2 * chamfer)])
  return [prism('fit', plan, [-depth, -chamfer]), lead]
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

const hull = (vertices: Vec3[]): Solid => ({ role: 'lead', kind: 'hull', vertices })

/** The rectangle with the given sides moved inwards. */
function drawnIn({ x, y }: Plan, sides: readonly Side[], inset: number): Plan {
  const by = (side: Side) => (sides.includes(side) ? inset : 0)
  return { x: [x[0] + by('-x'), x[1] - by('+x')], y: [y[0] + by('-y'), y[1] - by('+y')] }
}

const corners = ({ x, y }: Plan, z: number) => x.flatMap((px) => y.map((py): Vec3 => [px, py, z]))
