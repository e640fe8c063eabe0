import { describe, expect, it } from 'vitest'
import { Random } from '../tensor/random.ts'
import { augmentDepth, DepthAugmentation } from './augment-depth.ts'
import { EXAMPLE_CAMERA as CAMERA, paint } from './example-picture.ts'

const OFF = { noiseM: 0, offsetM: 0, holes: 0, holeRadius: 0, edgeLoss: 0 }
const flat = paint(CAMERA, () => ({ z: 0.5 }))
const step = paint(CAMERA, (u) => ({ z: u < 30 ? 0.5 : 0.56 }))
const holesOf = (depth: Float32Array) => [...depth.keys()].filter((n) => depth[n] === 0)

describe('depth augmentation', () => {
  it('changes nothing when all is off, and shares the colours', () => {
    const same = augmentDepth(step, OFF, new Random(1))
    expect(same.depth).toEqual(step.depth)
    expect(same.rgb).toBe(step.rgb)
  })

  it('shifts all readings alike, and makes none where there was none', () => {
    const holed = { ...flat, depth: flat.depth.map((z, i) => (i % 5 === 0 ? 0 : z)) }
    for (let seed = 0; seed < 50; seed++) {
      const { depth } = augmentDepth(holed, { ...OFF, offsetM: 0.01 }, new Random(seed))
      const values = new Set(depth.filter((z) => z > 0))
      expect(values.size).toBe(1)
      expect(Math.abs((depth[1] as number) - 0.5)).toBeLessThan(0.01 + 1e-6)
      expect(depth.every((z, i) => (z === 0) === (i % 5 === 0))).toBe(true)
    }
  })

  it('adds white noise, of no mean', () => {
    const { depth } = augmentDepth(flat, { ...OFF, noiseM: 0.01 }, new Random(2))
    const random = new Random(2)
    random.uint32()
    const sigma = random.uniform(0, 0.01)
    const mean = depth.reduce((sum, z) => sum + z, 0) / depth.length
    const square = depth.reduce((sum, z) => sum + (z - mean) ** 2, 0) / depth.length
    // 3072 samples: the mean to σ/55, the deviation to 1.3 %.
    expect(Math.abs(mean - 0.5)).toBeLessThan((3 * sigma) / 55)
    expect(Math.abs(Math.sqrt(square) / sigma - 1)).toBeLessThan(0.04)
  })

  it('loses readings at edges only, on both sides of them', () => {
    const lost = new Set<number>()
    for (let seed = 0; seed < 20; seed++) {
      for (const n of holesOf(augmentDepth(step, { ...OFF, edgeLoss: 1 }, new Random(seed)).depth)) lost.add(n % 64)
    }
    expect([...lost].sort()).toEqual([29, 30])
    expect(holesOf(augmentDepth(flat, { ...OFF, edgeLoss: 1 }, new Random(1)).depth)).toEqual([])
  })

  it('punches round holes, no more and no larger than asked', () => {
    let deepest = 0
    for (let seed = 0; seed < 100; seed++) {
      const holes = holesOf(augmentDepth(flat, { ...OFF, holes: 2, holeRadius: 0.1 }, new Random(seed)).depth)
      deepest = Math.max(deepest, holes.length)
    }
    // Two circles of 4.8 pixels: 2 π 4.8² = 145 pixels at most.
    expect(deepest).toBeGreaterThan(40)
    expect(deepest).toBeLessThan(150)
  })

  it('has strict options with defaults', () => {
    expect(DepthAugmentation.parse({}).holes).toBe(3)
    expect(() => DepthAugmentation.parse({ blur: 1 })).toThrow(/blur/)
  })
})
