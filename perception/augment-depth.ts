// Another depth camera: the same scene with that one's errors.
import { z } from 'zod'
import type { Rgbd } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import { steepest, surfaceStep } from './depth-edge.ts'
import { PixelNoise } from './pixel-noise.ts'

export const DepthAugmentation = z.strictObject({
  /** largest standard deviation of white noise, m; drawn from 0 to this */
  noiseM: z.number().min(0).max(0.05).default(0.0005),
  /** shift of the whole picture's depth, up to ±, m */
  offsetM: z.number().min(0).max(0.05).default(0.0005),
  /** round holes: at most so many … */
  holes: z.int().min(0).max(100).default(3),
  /** … of at most this radius, as a share of the picture's shorter side */
  holeRadius: z.number().min(0).max(0.5).default(0.08),
  /** largest chance that a pixel has no reading, for each depth edge that it lies beside; drawn from 0 to this */
  edgeLoss: z.number().min(0).max(1).default(0.5),
})
export type DepthAugmentation = z.infer<typeof DepthAugmentation>

/** The picture with other depth errors, drawn at random; colour is shared, not copied. Readings stay readings, > 0. */
export function augmentDepth(rgbd: Rgbd, config: DepthAugmentation, random: Random): Rgbd {
  const { intrinsics } = rgbd
  const noise = new PixelNoise(random)
  const sigma = random.uniform(0, config.noiseM)
  const offset = random.uniform(-config.offsetM, config.offsetM)
  const loss = random.uniform(0, config.edgeLoss)
  const count = random.integer(config.holes + 1)
  const depth = rgbd.depth.map((reading) =>
    reading > 0 ? Math.max(LEAST_DEPTH, reading + offset + (sigma > 0 ? sigma * noise.normal() : 0)) : 0,
  )
  if (loss > 0) loseEdges(depth, rgbd, loss, noise)
  const { width, height } = intrinsics
  const largest = config.holeRadius * Math.min(width, height)
  for (let k = 0; k < count; k++) {
    const [u, v, radius] = [random.uniform(0, width), random.uniform(0, height), random.uniform(0, largest)]
    punch(depth, width, height, u, v, radius)
  }
  return { ...rgbd, depth }
}

const LEAST_DEPTH = 1e-3

/** Of the pixels whose neighbour to the right or below lies on another surface, and of those neighbours, loses some. */
function loseEdges(depth: Float32Array, { intrinsics, depth: clean }: Rgbd, loss: number, noise: PixelNoise) {
  const { width } = intrinsics
  const perPixel = steepest(intrinsics)
  for (let at = 0; at < clean.length; at++) {
    const reading = clean[at] as number
    if (reading === 0) continue
    const step = surfaceStep(perPixel, reading)
    for (let side = 0; side < 2; side++) {
      if (side === 0 && (at + 1) % width === 0) continue
      const other = side === 0 ? at + 1 : at + width
      const there = clean[other] ?? 0
      if (there === 0 || Math.abs(there - reading) <= step) continue
      if (noise.uniform() < loss) depth[at] = 0
      if (noise.uniform() < loss) depth[other] = 0
    }
  }
}

function punch(depth: Float32Array, width: number, height: number, u: number, v: number, radius: number) {
  for (let y = Math.max(0, Math.ceil(v - radius)); y <= Math.min(height - 1, v + radius); y++) {
    for (let x = Math.max(0, Math.ceil(u - radius)); x <= Math.min(width - 1, u + radius); x++) {
      if ((x - u) ** 2 + (y - v) ** 2 <= radius * radius) depth[y * width + x] = 0
    }
  }
}
