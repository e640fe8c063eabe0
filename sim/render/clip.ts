// Clipping a polygon in the camera frame to what can be projected (Sutherland and Hodgman, 1974).
import type { Intrinsics } from '../../geometry/index.ts'

/** A triangle gains at most one corner at each of five planes. */
export const MAX_POLYGON = 3 + 5

const spare = new Float64Array(3 * MAX_POLYGON)

/**
 * Keeps of `polygon` (x, y, z per corner) what lies beyond `near` (m) and within `guard` pixels of the picture's first
 * pixel, in place, and returns how many corners are left.
 */
export function clipPolygon(
  polygon: Float64Array,
  corners: number,
  { fx, fy, cx, cy }: Intrinsics,
  near: number,
  guard: number,
): number {
  // u > −guard means fx x + (cx + guard) z > 0, and likewise on the other sides.
  let count = clip(polygon, corners, 0, 0, 1, -near)
  count = clip(polygon, count, fx, 0, cx + guard, 0)
  count = clip(polygon, count, -fx, 0, guard - cx, 0)
  count = clip(polygon, count, 0, fy, cy + guard, 0)
  return clip(polygon, count, 0, -fy, guard - cy, 0)
}

/** Keeps what lies where `a x + b y + c z + d ≥ 0`. */
function clip(polygon: Float64Array, corners: number, a: number, b: number, c: number, d: number): number {
  let count = 0
  for (let i = 0; i < corners; i++) {
    const from = 3 * i
    const to = i + 1 < corners ? from + 3 : 0
    const [px, py, pz] = [polygon[from] as number, polygon[from + 1] as number, polygon[from + 2] as number]
    const [qx, qy, qz] = [polygon[to] as number, polygon[to + 1] as number, polygon[to + 2] as number]
    const p = a * px + b * py + c * pz + d
    const q = a * qx + b * qy + c * qz + d
    if (p >= 0) {
      spare.set([px, py, pz], 3 * count)
      count++
    }
    if (p >= 0 !== q >= 0) {
      // From the kept side to the other, so that two triangles that share the edge cut it at the same point.
      const [t, kx, ky, kz, ox, oy, oz] =
        p >= 0 ? [p / (p - q), px, py, pz, qx, qy, qz] : [q / (q - p), qx, qy, qz, px, py, pz]
      spare.set([kx + t * (ox - kx), ky + t * (oy - ky), kz + t * (oz - kz)], 3 * count)
      count++
    }
  }
  polygon.set(spare.subarray(0, 3 * count))
  return count
}
