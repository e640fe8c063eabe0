// Tips: the part's side of a fit whose section is convex, with a 45° lead-in.
import { makePose, type Vec3 } from '../geometry/index.ts'
import type { Solid } from './solids.ts'

/** Corners of a section, in order or not, m. */
export type Outline = readonly (readonly [x: number, y: number])[]

/**
 * The hull between an outline at z = 0, drawn in by `chamfer`, and the full outline at z = chamfer. `outline` gives the
 * section's corners for an inset.
 */
export function leadIn(outline: (inset: number) => Outline, chamfer: number): Solid {
  const ring = (inset: number, z: number) => outline(inset).map(([x, y]): Vec3 => [x, y, z])
  return { role: 'lead', kind: 'hull', vertices: [...ring(chamfer, 0), ...ring(0, chamfer)] }
}

const CIRCLE_CORNERS = 32

/** Corners on the circle: the polygon lies inside the cylinder, so a lead-in made of it never decides the fit. */
export const circle = (radius: number): Outline =>
  Array.from({ length: CIRCLE_CORNERS }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / CIRCLE_CORNERS
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  })

/** A round pin that stands on z = 0, its tip drawn in by `chamfer`. */
export function roundPin(radius: number, length: number, chamfer: number): Solid[] {
  const halfLength = (length - chamfer) / 2
  const shaft: Solid = {
    role: 'fit',
    kind: 'cylinder',
    radius,
    halfLength,
    pose: makePose([0, 0, length - halfLength]),
  }
  return chamfer === 0 ? [shaft] : [shaft, leadIn((inset) => circle(radius - inset), chamfer)]
}
