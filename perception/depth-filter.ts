// A depth camera's picture made fit for use: no readings out of range, no flying pixels, no pinholes.
import { z } from 'zod'
import type { Rgbd } from '../geometry/index.ts'
import { checkRgbd } from './check-rgbd.ts'
import { steepest, surfaceStep } from './depth-edge.ts'

export const DepthFilterConfig = z.strictObject({
  /** readings nearer or farther than this are none, m */
  nearestM: z.number().min(0).default(0.05),
  farthestM: z.number().positive().default(5),
  /** a reading stays when at least so many of the eight round it lie on the same surface; 0 keeps all */
  neighbours: z.int().min(0).max(8).default(3),
  /** holes of at most so many pixels, with one surface round them as far as the picture goes, are filled; 0 fills none */
  holePixels: z.int().min(0).max(64).default(12),
})
export type DepthFilterConfig = z.infer<typeof DepthFilterConfig>

/**
 * The picture with its depth cleaned, colour untouched, in three steps: what is out of range or no number becomes a hole;
 * so does what flies, a reading between two surfaces that few neighbours agree with; small holes within one surface are
 * closed. Throws the RangeError of {@link checkRgbd} for a picture that cannot be used, before and after.
 */
export function filterDepth(rgbd: Rgbd, config: Partial<DepthFilterConfig> = {}): Rgbd {
  const { nearestM, farthestM, neighbours, holePixels } = DepthFilterConfig.parse(config)
  const inRange = rgbd.depth?.map((reading) => (reading >= nearestM && reading <= farthestM ? reading : 0))
  const ranged = checkRgbd({ ...rgbd, depth: inRange })
  const settled = neighbours === 0 ? ranged : { ...ranged, depth: withoutFlying(ranged, neighbours) }
  const filled = holePixels === 0 ? settled : { ...settled, depth: withoutPinholes(settled, holePixels) }
  return checkRgbd(filled)
}

function withoutFlying({ intrinsics, depth }: Rgbd, neighbours: number): Float32Array {
  const { width, height } = intrinsics
  const perPixel = steepest(intrinsics)
  const kept = new Float32Array(depth.length)
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const reading = depth[v * width + u] as number
      if (reading === 0) continue
      const step = surfaceStep(perPixel, reading)
      // The reading agrees with itself.
      let agreeing = -1
      for (let y = Math.max(0, v - 1); y <= Math.min(height - 1, v + 1); y++) {
        for (let x = Math.max(0, u - 1); x <= Math.min(width - 1, u + 1); x++) {
          const other = depth[y * width + x] as number
          if (other > 0 && Math.abs(other - reading) <= step) agreeing++
        }
      }
      if (agreeing >= neighbours) kept[v * width + u] = reading
    }
  }
  return kept
}

function withoutPinholes({ intrinsics, depth }: Rgbd, holePixels: number): Float32Array {
  const { width } = intrinsics
  const perPixel = steepest(intrinsics)
  const filled = depth.slice()
  const visited = new Uint8Array(depth.length)
  const hole = new Int32Array(depth.length)
  for (let first = 0; first < depth.length; first++) {
    if (depth[first] !== 0 || visited[first]) continue
    const { count, nearest, farthest } = traceHole(depth, width, first, visited, hole)
    // As strict for the whole hole as for neighbours: what is not seen should not be steep.
    const oneSurface = farthest > 0 && farthest - nearest <= surfaceStep(perPixel, nearest)
    if (count <= holePixels && oneSurface) relax(filled, width, hole.subarray(0, count), (nearest + farthest) / 2)
  }
  return filled
}

/** Collects the hole that pixel `first` belongs to, joined by sides, and the extremes of the readings on its rim. */
function traceHole(depth: Float32Array, width: number, first: number, visited: Uint8Array, hole: Int32Array) {
  let [count, nearest, farthest] = [1, Number.POSITIVE_INFINITY, 0]
  hole[0] = first
  visited[first] = 1
  for (let i = 0; i < count; i++) {
    for (let side = 0; side < 4; side++) {
      const at = beside(hole[i] as number, side, width, depth.length)
      if (at < 0) continue
      const reading = depth[at] as number
      if (reading > 0) {
        nearest = Math.min(nearest, reading)
        farthest = Math.max(farthest, reading)
      } else if (!visited[at]) {
        visited[at] = 1
        hole[count++] = at
      }
    }
  }
  return { count, nearest, farthest }
}

/** Passes for each pixel of a hole, and at most, after which it stands still to less than a depth camera's digit. */
const PASSES = { perPixel: 6, most: 60 }

/** Fills the hole so that 1/z of each pixel is the mean of its neighbours': planes are continued exactly. */
function relax(depth: Float32Array, width: number, hole: Int32Array, start: number) {
  for (const at of hole) depth[at] = start
  const passes = hole.length === 1 ? 1 : Math.min(PASSES.most, PASSES.perPixel * hole.length)
  for (let pass = 0; pass < passes; pass++) {
    for (const at of hole) {
      let inverse = 0
      let neighbours = 0
      for (let side = 0; side < 4; side++) {
        const other = beside(at, side, width, depth.length)
        if (other < 0) continue
        inverse += 1 / (depth[other] as number)
        neighbours++
      }
      depth[at] = neighbours / inverse
    }
  }
}

/** The pixel that shares side 0 … 3 with this one; −1 beyond the picture. */
function beside(at: number, side: number, width: number, length: number): number {
  if (side === 0) return at % width === 0 ? -1 : at - 1
  if (side === 1) return at % width === width - 1 ? -1 : at + 1
  if (side === 2) return at < width ? -1 : at - width
  return at + width < length ? at + width : -1
}
