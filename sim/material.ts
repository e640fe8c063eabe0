// Solids asked point by point, for tests: what is material, and what is free.
import { vec3 } from 'gl-matrix'
import { invert, transformPoint, type Vec3 } from '../geometry/index.ts'
import type { Solid } from './solids.ts'

/** A half-space `normal · point ≤ offset`. */
interface Face {
  normal: Vec3
  offset: number
}

/** Answers whether a point lies in any of the solids, edges included. */
export function materialOf(solids: readonly Solid[]): (point: Readonly<Vec3>) => boolean {
  const insides = solids.map(insideOf)
  return (point) => insides.some((isInside) => isInside(point))
}

function insideOf(solid: Solid): (point: Readonly<Vec3>) => boolean {
  if (solid.kind === 'hull') {
    const faces = hullFaces(solid.vertices)
    return (point) => faces.every(({ normal, offset }) => vec3.dot(normal, point) <= offset)
  }
  const toSolid = invert(solid.pose)
  return (point) => {
    const [x, y, z] = transformPoint(toSolid, point)
    if (solid.kind === 'cylinder') return Math.hypot(x, y) <= solid.radius && Math.abs(z) <= solid.halfLength
    const { halfSize } = solid
    return Math.abs(x) <= halfSize[0] && Math.abs(y) <= halfSize[1] && Math.abs(z) <= halfSize[2]
  }
}

/** A point is on the outside of a hull when a plane through three of its vertices, all others behind it, says so. */
function hullFaces(vertices: readonly Readonly<Vec3>[]): Face[] {
  const faces: Face[] = []
  const size = Math.max(...vertices.flat().map(Math.abs))
  for (const [i, a] of vertices.entries()) {
    for (const [j, b] of vertices.entries()) {
      if (j <= i) continue
      for (const c of vertices.slice(j + 1)) faces.push(...outerPlane(a, b, c, vertices, size))
    }
  }
  return faces
}

function outerPlane(
  a: Readonly<Vec3>,
  b: Readonly<Vec3>,
  c: Readonly<Vec3>,
  vertices: readonly Readonly<Vec3>[],
  size: number,
): Face[] {
  const cross = vec3.cross([0, 0, 0], vec3.sub([0, 0, 0], b, a), vec3.sub([0, 0, 0], c, a)) as Vec3
  if (Math.hypot(...cross) < 1e-9 * size * size) return []
  const normal = vec3.normalize([0, 0, 0], cross) as Vec3
  const offset = vec3.dot(normal, a)
  const heights = vertices.map((vertex) => vec3.dot(normal, vertex) - offset)
  const edge = 1e-9 * size
  if (heights.every((height) => height <= edge)) return [{ normal, offset }]
  if (heights.every((height) => height >= -edge))
    return [{ normal: vec3.negate([0, 0, 0], normal) as Vec3, offset: -offset }]
  return []
}
