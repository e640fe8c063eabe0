// A model of what a stereo depth camera does to depth, so that pictures from the simulator are no kinder than a camera's.
//
// A stereo camera measures disparity, `focal length · baseline / z`, with an error that hardly depends on distance: the
// error of depth grows with z². Part of it is each pixel's own; part is shared by a patch, because matching compares
// patches, and does not average out. At depth edges the two eyes see different things: readings there are torn sideways,
// missing, or between the two surfaces (flying pixels). Polished surfaces show each eye another reflection: holes.
import type { Rgbd } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'

export interface DepthNoise {
  /** focal length in pixels times baseline in m */
  focalBaseline: number
  /**
   * standard deviations of the disparity and the step it is rounded to, pixels of the depth camera; a step of 0 is none.
   * `patchy` is that at the corners of patches; blended between them, two thirds of it are left
   */
  disparity: { white: number; patchy: number; step: number }
  /** standard deviation of where a reading comes from, pixels */
  lateral: number
  /** at neighbours that differ by more than `jump` (m): how often the reading is lost, or flies between them, 0 to 1 */
  edge: { jump: number; lost: number; flying: number }
  /**
   * how often a mirror (shine 1) is lost, 0 to 1, when 0.5; it falls faster than the square of the shine, because what is
   * compared with that is blended: at 0.5, a shine of 0.8 loses 19 %, of 0.7 11 %, of 0.5 2 %
   */
  mirrorLost: number
  /** nothing is read outside, m */
  range: readonly [near: number, far: number]
}

export const DEPTH_NOISE_PRESETS: Readonly<Record<string, DepthNoise>> = {
  /** the true depth */
  none: {
    focalBaseline: 1,
    disparity: { white: 0, patchy: 0, step: 0 },
    lateral: 0,
    edge: { jump: Number.POSITIVE_INFINITY, lost: 0, flying: 0 },
    mirrorLost: 0,
    range: [0, Number.POSITIVE_INFINITY],
  },
  /**
   * A short-range stereo camera like a RealSense D405. Baseline 18 mm; 1280 columns over 87° make 640 / tan(43.5°) = 674
   * pixels of focal length: 12.1 pixel·m. Disparity comes in steps of 1/32 pixel. With errors of 0.012 and 0.009 pixels,
   * 0.0134 together, depth is off by 0.10 mm at 0.3 m, 0.18 mm at 0.4 m and 0.28 mm at 0.5 m (one standard deviation), and
   * its steps there are 0.23, 0.41 and 0.65 mm. That is a textured, well-lit surface: the best such a camera does.
   */
  d405: {
    focalBaseline: 12.1,
    disparity: { white: 0.012, patchy: 0.009, step: 1 / 32 },
    lateral: 0.4,
    edge: { jump: 5e-3, lost: 0.3, flying: 0.15 },
    mirrorLost: 0.5,
    range: [0.07, 1],
  },
}

/** Throws a RangeError that lists the valid names. */
export function findDepthNoise(name: string): DepthNoise {
  const noise = Object.hasOwn(DEPTH_NOISE_PRESETS, name) ? DEPTH_NOISE_PRESETS[name] : undefined
  if (!noise) {
    throw new RangeError(`unknown depth noise "${name}"; valid presets: ${Object.keys(DEPTH_NOISE_PRESETS).join(', ')}`)
  }
  return noise
}

/** Pixels between the points that patchy noise and holes are drawn at: a usual size of matching windows. */
const PATCH = 7

/** What each random number of a pixel is for. */
const CHANNEL = { lateralU: 1, lateralV: 2, white: 3, patchy: 4, edge: 5, flight: 6, mirror: 7 } as const

/**
 * The picture as the camera would report it; `picture` stays as it is. Draws one number from `random`, so that each call
 * is another frame. `shine` is per pixel, 0 (matt) to 255 (mirror); without it nothing is lost to reflections.
 */
export function addDepthNoise(picture: Rgbd & { shine?: Uint8Array }, noise: DepthNoise, random: Random): Rgbd {
  const { intrinsics, rgb, depth: truth, shine } = picture
  const { width, height } = intrinsics
  const { disparity, lateral, edge, mirrorLost, range } = noise
  const seed = random.uint32()
  const across = patchesAcross(width)
  const ripples = drawPatches(width, height, normal, seed, CHANNEL.patchy)
  const mirrors = drawPatches(width, height, uniform, seed, CHANNEL.mirror)
  const depth = new Float32Array(truth.length)
  for (let v = 0, pixel = 0; v < height; v++) {
    for (let u = 0; u < width; u++, pixel++) {
      const fromU = clamp(Math.floor(u + lateral * normal(seed, pixel, CHANNEL.lateralU) + 0.5), width - 1)
      const fromV = clamp(Math.floor(v + lateral * normal(seed, pixel, CHANNEL.lateralV) + 0.5), height - 1)
      const from = fromV * width + fromU
      let z = truth[from] as number
      if (z === 0) continue
      if (edge.lost + edge.flying > 0) {
        const other = acrossEdge(truth, width, height, fromU, fromV, edge.jump)
        if (other !== undefined) {
          const chance = uniform(seed, pixel, CHANNEL.edge)
          if (chance < edge.lost) continue
          // Nothing flies towards what is infinitely far.
          if (chance < edge.lost + edge.flying && other > 0) z += (other - z) * uniform(seed, pixel, CHANNEL.flight)
        }
      }
      if (shine && mirrorLost > 0) {
        const gloss = (shine[from] as number) / 255
        if (blend(mirrors, across, u, v) < mirrorLost * gloss * gloss) continue
      }
      if (!(z >= range[0] && z <= range[1])) continue
      if (disparity.white + disparity.patchy + disparity.step > 0) {
        let d = noise.focalBaseline / z
        d += disparity.white * normal(seed, pixel, CHANNEL.white)
        d += disparity.patchy * blend(ripples, across, u, v)
        if (disparity.step > 0) d = disparity.step * Math.floor(d / disparity.step + 0.5)
        if (d <= 0) continue
        z = noise.focalBaseline / d
      }
      depth[pixel] = z
    }
  }
  return { intrinsics, rgb, depth }
}

/** The depth of the neighbour that differs most, if by more than `jump`; 0 for one that is infinitely far. */
function acrossEdge(
  depth: Float32Array,
  width: number,
  height: number,
  u: number,
  v: number,
  jump: number,
): number | undefined {
  const here = depth[v * width + u] as number
  let largest = jump
  let other: number | undefined
  for (let row = Math.max(0, v - 1); row <= Math.min(height - 1, v + 1); row++) {
    for (let column = Math.max(0, u - 1); column <= Math.min(width - 1, u + 1); column++) {
      const there = depth[row * width + column] as number
      if (there === 0) {
        other ??= 0
        continue
      }
      const difference = Math.abs(there - here)
      if (difference > largest) {
        largest = difference
        other = there
      }
    }
  }
  return other
}

/** Random numbers at the corners of patches, row-major, enough for a picture of that size. */
function drawPatches(
  width: number,
  height: number,
  draw: (seed: number, counter: number, channel: number) => number,
  seed: number,
  channel: number,
): Float64Array {
  const count = patchesAcross(width) * patchesAcross(height)
  return Float64Array.from({ length: count }, (_, corner) => draw(seed, corner, channel))
}

const patchesAcross = (size: number): number => Math.floor(size / PATCH) + 2

/** The patches' numbers, blended linearly between the four corners round a pixel. */
function blend(patches: Float64Array, across: number, u: number, v: number): number {
  const column = Math.floor(u / PATCH)
  const row = Math.floor(v / PATCH)
  const s = u / PATCH - column
  const t = v / PATCH - row
  const at = row * across + column
  const upper = (patches[at] as number) * (1 - s) + (patches[at + 1] as number) * s
  const lower = (patches[at + across] as number) * (1 - s) + (patches[at + across + 1] as number) * s
  return upper * (1 - t) + lower * t
}

/**
 * 32 random bits from a counter: two rounds of multiply, shift and exclusive or (the finaliser of MurmurHash3). Good enough
 * for noise, and a tenth of the time that the Threefry of `Random` takes for the millions of numbers in a picture.
 */
function hash(seed: number, counter: number, channel: number): number {
  let h = (seed ^ Math.imul(counter + 1, 0x9e3779b1) ^ Math.imul(channel, 0x85ebca77)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Uniform in [0, 1). */
const uniform = (seed: number, counter: number, channel: number): number => hash(seed, counter, channel) / 2 ** 32

/**
 * Nearly normal: the sum of four 16-bit uniform numbers, whose variance is 4/12, scaled to 1. Its tails end at 3.5 standard
 * deviations; no logarithm or sine, which may differ between engines.
 */
function normal(seed: number, counter: number, channel: number): number {
  const a = hash(seed, counter, channel)
  const b = hash(seed ^ 0x5bd1e995, counter, channel)
  const sum = (a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16)
  return (sum / 65536 - 2 + 2 / 65536) * Math.sqrt(3)
}

const clamp = (value: number, last: number): number => Math.max(0, Math.min(last, value))
