// Convex solids, the bricks from which a task's parts are built for physics and for pictures alike.
import { compose, type Pose, transformPoint, type Vec3 } from '../geometry/index.ts'

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

/** The solids of a part that stands at `pose`. */
export function placed(solids: readonly Solid[], pose: Pose): Solid[] {
  return solids.map((solid) =>
    solid.kind === 'hull'
      ? { ...solid, vertices: solid.vertices.map((vertex) => transformPoint(pose, vertex)) }
      : { ...solid, pose: compose(pose, solid.pose) },
  )
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
