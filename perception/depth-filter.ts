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
  /** holes of at most so many pixels, with one surface all round them, are filled; 0 fills none */
  holePixels: z.int().min(0).max(64).default(12),
})
export type DepthFilterConfig = z.infer<typeof DepthFilterConfig>

export const DEFAULT_DEPTH_FILTER: DepthFilterConfig = DepthFilterConfig.parse({})

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
      const step = surfaceStep(perPixel, reading, 1)
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
    const oneSurface = farthest > 0 && farthest - nearest <= surfaceStep(perPixel, nearest, 1)
    if (count <= holePixels && oneSurface) relax(filled, width, hole.subarray(0, count), 2 / (nearest + farthest))
  }
  return filled
}

/** Collects the hole that pixel `first` belongs to, joined by sides, and the extremes of the readings on its rim. */
function traceHole(depth: Float32Array, width: number, first: number, visited: Uint8Array, hole: Int32Array) {
  let [count, nearest, farthest] = [1, Number.POSITIVE_INFINITY, 0]
  hole[0] = first
  visited[first] = 1
  for (let i = 0; i < count; i++) {
    for (const at of sides(hole[i] as number, width, depth.length)) {
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

/** Passes after which a hole of 64 pixels stands still to less than a depth camera's digit. */
const PASSES = 60

/** Fills the hole so that 1/z of each pixel is the mean of its neighbours': planes are continued exactly. */
function relax(depth: Float32Array, width: number, hole: Int32Array, start: number) {
  const inverse = new Map<number, number>()
  for (const at of hole) inverse.set(at, start)
  for (let pass = 0; pass < PASSES; pass++) {
    for (const at of hole) {
      const around = sides(at, width, depth.length)
      const sum = around.reduce((total, other) => total + (inverse.get(other) ?? 1 / (depth[other] as number)), 0)
      inverse.set(at, sum / around.length)
    }
  }
  for (const [at, value] of inverse) depth[at] = 1 / value
}

/** The pixels that share a side with this one. */
function sides(at: number, width: number, length: number): number[] {
  const u = at % width
  const around: number[] = []
  if (u > 0) around.push(at - 1)
  if (u < width - 1) around.push(at + 1)
  if (at >= width) around.push(at - width)
  if (at + width < length) around.push(at + width)
  return around
}
