import { describe, expect, it } from 'vitest'
import type { Rgbd } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { addDepthNoise, DEPTH_NOISE_PRESETS, type DepthNoise, findDepthNoise } from './depth-noise.ts'

const SIZE = 100
const intrinsics = { width: SIZE, height: SIZE, fx: 1400, fy: 1400, cx: 50, cy: 50 }

function picture(depthAt: (u: number, v: number) => number): Rgbd {
  const depth = Float32Array.from({ length: SIZE * SIZE }, (_, i) => depthAt(i % SIZE, Math.floor(i / SIZE)))
  return { intrinsics, rgb: new Uint8Array(3 * SIZE * SIZE).fill(7), depth }
}

const none = findDepthNoise('none')
const d405 = findDepthNoise('d405')
const noisy = (truth: Rgbd & { shine?: Uint8Array }, noise: DepthNoise, seed = 1) =>
  addDepthNoise(truth, noise, new Random(seed))
const share = (depth: Float32Array, is: (z: number) => boolean) => depth.filter(is).length / depth.length

function deviation(values: Float32Array, truth: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - truth) ** 2, 0) / values.length)
}

describe('no noise', () => {
  it('leaves every reading as it is, and the picture that was given untouched', () => {
    const truth = picture((u, v) => (u < 50 ? 0 : 0.4 + v / 1000))
    const { depth, rgb } = noisy(truth, none)
    expect(depth).toEqual(truth.depth)
    expect(depth).not.toBe(truth.depth)
    expect(rgb).toBe(truth.rgb)
  })
})

describe('disparity', () => {
  it('is off by the same everywhere, so depth is off by z² / (f b) of it: 0.10 mm at 0.3 m, 0.28 mm at 0.5 m', () => {
    const smooth = { ...d405, disparity: { ...d405.disparity, step: 0 } }
    // Patches blend between their corners, which on average leaves (2/3)² of their variance:
    // √(0.012² + 0.44 · 0.009²) = 0.0134 pixels; 0.3² / 12.1 · 0.0134 = 0.10 mm, 0.5² / 12.1 · 0.0134 = 0.277 mm.
    for (const [z, expected] of [
      [0.3, 0.1e-3],
      [0.5, 0.277e-3],
    ] as const) {
      const found = deviation(
        noisy(
          picture(() => z),
          smooth,
        ).depth,
        z,
      )
      expect(found).toBeGreaterThan(0.85 * expected)
      expect(found).toBeLessThan(1.15 * expected)
    }
  })

  it('comes in steps of 1/32 pixel: 0.41 mm at 0.4 m', () => {
    const steps = new Set(
      noisy(
        picture(() => 0.4),
        d405,
      ).depth,
    )
    for (const z of steps) expect((12.1 / z) * 32).toBeCloseTo(Math.round((12.1 / z) * 32), 3)
    // 12.1 / 0.4 = 30.25 lies on a step. Five standard deviations of 0.015 pixels reach 2.4 steps to each side.
    expect(steps.size).toBeGreaterThanOrEqual(3)
    expect(steps.size).toBeLessThanOrEqual(7)
  })
})

describe('an edge', () => {
  const truth = picture((u) => (u < 50 ? 0.4 : 0.5))
  const edgeOnly: DepthNoise = { ...none, edge: { jump: 5e-3, lost: 0.3, flying: 0.2 } }

  it('has holes and flying pixels in the columns beside it, as often as asked, and nowhere else', () => {
    const { depth } = noisy(truth, edgeOnly)
    const beside = depth.filter((_, i) => i % SIZE === 49 || i % SIZE === 50)
    const elsewhere = depth.filter((_, i) => i % SIZE < 49 || i % SIZE > 50)
    // 200 pixels: 60 ± 6.5 lost, 40 ± 5.7 between the surfaces; four deviations are allowed.
    expect(Math.abs(share(beside, (z) => z === 0) - 0.3)).toBeLessThan(0.13)
    expect(Math.abs(share(beside, (z) => z > 0.4 + 1e-6 && z < 0.5 - 1e-6) - 0.2)).toBeLessThan(0.115)
    expect(beside.every((z) => z === 0 || (z >= Math.fround(0.4) && z <= 0.5))).toBe(true)
    expect(new Set(elsewhere)).toEqual(new Set([Math.fround(0.4), 0.5]))
  })

  it('is not a slope or a step below the threshold', () => {
    const gentle = picture((u, v) => 0.4 + 0.0015 * u + 0.0015 * v)
    expect(noisy(gentle, edgeOnly).depth).toEqual(gentle.depth)
  })

  it('against nothing loses pixels, but none flies off', () => {
    const island = picture((u) => (u < 50 ? 0.4 : 0))
    const { depth } = noisy(island, edgeOnly)
    expect(new Set(depth)).toEqual(new Set([0, Math.fround(0.4)]))
    expect(
      share(
        depth.filter((_, i) => i % SIZE === 49),
        (z) => z === 0,
      ),
    ).toBeGreaterThan(0.15)
  })

  it('is torn sideways by lateral jitter', () => {
    const { depth } = noisy(truth, { ...none, lateral: 0.6 })
    // P(|normal| · 0.6 > 0.5) one-sided is 20 %: a fifth of the pixels beside the edge come from the other side.
    const wrong = depth.filter((z, i) => i % SIZE === 49 && z === 0.5).length
    expect(wrong).toBeGreaterThan(8)
    expect(wrong).toBeLessThan(35)
    expect(depth.filter((z, i) => i % SIZE < 46 && z === 0.5)).toHaveLength(0)
  })
})

describe('shine', () => {
  it('opens holes, fewer the duller it is: none on matt surfaces', () => {
    const shine = (value: number) => new Uint8Array(SIZE * SIZE).fill(value)
    // A picture has but 16 · 16 patches: the mean of twenty frames.
    const lost = (value: number) => {
      const truth = { ...picture(() => 0.4), shine: shine(value) }
      const random = new Random(1)
      const frames = Array.from({ length: 20 }, () => addDepthNoise(truth, { ...none, mirrorLost: 0.5 }, random))
      return frames.reduce((sum, { depth }) => sum + share(depth, (z) => z === 0), 0) / frames.length
    }
    // Blended patches are nearer to 1/2 than uniform numbers: below 1/2 they lie half the time, below 1/8 in about 2 %.
    expect(Math.abs(lost(255) - 0.5)).toBeLessThan(0.05)
    expect(lost(128)).toBeLessThan(0.06)
    expect(lost(128)).toBeGreaterThan(0.003)
    expect(lost(0)).toBe(0)
  })
})

describe('the range', () => {
  it('ends the readings: nothing nearer than 70 mm or beyond 1 m, and nothing stays nothing', () => {
    for (const z of [0.05, 1.2, 0])
      expect(
        noisy(
          picture(() => z),
          d405,
        ).depth.every((read) => read === 0),
      ).toBe(true)
  })
})

describe('frames', () => {
  const truth = picture((u) => 0.4 + 0.001 * u)

  it('are the same from the same seed, and each call is another frame', () => {
    const random = new Random(5)
    const [first, second] = [addDepthNoise(truth, d405, random), addDepthNoise(truth, d405, random)]
    expect(first.depth).not.toEqual(second.depth)
    const again = new Random(5)
    expect(addDepthNoise(truth, d405, again).depth).toEqual(first.depth)
    expect(addDepthNoise(truth, d405, again).depth).toEqual(second.depth)
  })
})

describe('presets', () => {
  it('are found by name, and a wrong one lists the valid ones', () => {
    expect(findDepthNoise('d405')).toBe(DEPTH_NOISE_PRESETS.d405)
    expect(() => findDepthNoise('kinect')).toThrow('unknown depth noise "kinect"; valid presets: none, d405')
    expect(() => findDepthNoise('toString')).toThrow(RangeError)
  })
})
