import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  axisAngleToQuat,
  makePose,
  poseDistance,
  project,
  relative,
  rotateVector,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import {
  AugmentationConfig,
  augmentView,
  cutOut,
  cutView,
  DEFAULT_AUGMENTATION,
  jitterWindow,
  NO_AUGMENTATION,
  type View,
} from './augment.ts'
import { EXAMPLE_CAMERA as CAMERA, paint, planeDepth } from './example-picture.ts'
import { xyzMap } from './xyz-map.ts'

const TARGET = makePose([0.01, 0.02, 0.5], axisAngleToQuat([1, 0.2, 0], 2.6))
const SOURCE = makePose([0.01, 0, 0.45], axisAngleToQuat([1, 0, 0], 2.5))
/** The plane z = 0 of the target, seen by the camera: R z · (p − t) = 0. */
const NORMAL = rotateVector(TARGET.orientation, [0, 0, 1])
const OFFSET = NORMAL[0] * 0.01 + NORMAL[1] * 0.02 + NORMAL[2] * 0.5
const depth = planeDepth(CAMERA, NORMAL, OFFSET)
const VIEW: View = {
  rgbd: paint(CAMERA, (u, v) => ({ z: depth(u, v), rgb: [40 + 2 * u, 100, 40 + 3 * v] })),
  sourceInCamera: SOURCE,
  targetInCamera: TARGET,
}
/** Moved, grown and turned it still lies in the picture: 24 + 0.2 · 20 + 1.3 · 20 / √2 = 46.4. */
const WINDOW = { u: 32, v: 24, side: 20 }
const geometric = { ...NO_AUGMENTATION, window: { shift: 0.2, scale: 0.3 }, rollRad: 1 }

describe('augmentation of window and roll', () => {
  it('keeps the relative pose and each seen point where it is in the target', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const view = augmentView(VIEW, WINDOW, 40, geometric, new Random(seed))
        const before = relative(TARGET, SOURCE)
        const after = relative(view.targetInCamera, view.sourceInCamera)
        expect(poseDistance(before, after).translation).toBeLessThan(1e-12)
        expect(poseDistance(before, after).rotation).toBeLessThan(1e-12)
        // Everything in the picture lies in the plane z = 0 of the target, before and after.
        const map = xyzMap(view.rgbd, view.targetInCamera, 1)
        for (let i = 2; i < map.length; i += 3) expect(Math.abs(map[i] as number)).toBeLessThan(1e-5)
      }),
      { numRuns: 30 },
    )
  })

  it('shows a point of an object with the colour that it had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const view = augmentView(VIEW, WINDOW, 60, geometric, new Random(seed))
        // A point of the target's plane that all crops show: the middle of the window.
        const at: Vec3 = [
          ((32 - CAMERA.cx) / 80) * depth(32, 24),
          ((24 - CAMERA.cy) / 80) * depth(32, 24),
          depth(32, 24),
        ]
        const inTarget = transformPoint(relative(TARGET, makePose([0, 0, 0])), at)
        const [u, v] = project(view.rgbd.intrinsics, transformPoint(view.targetInCamera, inTarget)) as [number, number]
        const pixel = 3 * (Math.round(v) * 60 + Math.round(u))
        // Half a pixel of the crop is at most 0.22 of the picture, 0.31 across: 2 · 0.31 and 3 · 0.31 in colour, and rounding.
        expect(Math.abs((view.rgbd.rgb[pixel] as number) - (40 + 2 * 32))).toBeLessThan(1.2)
        expect(Math.abs((view.rgbd.rgb[pixel + 2] as number) - (40 + 3 * 24))).toBeLessThan(1.5)
      }),
    )
  })

  it('draws windows within the bounds, and on both sides of them', () => {
    const config = { shift: 0.1, scale: 0.25 }
    const drawn = Array.from({ length: 400 }, (_, seed) => jitterWindow(WINDOW, config, new Random(seed)))
    const us = drawn.map(({ u }) => u)
    const sides = drawn.map(({ side }) => side)
    // 32 ± 2, 20 / 1.25 = 16 … 20 · 1.25 = 25
    expect(Math.min(...us)).toBeGreaterThanOrEqual(30)
    expect(Math.min(...us)).toBeLessThan(30.1)
    expect(Math.max(...us)).toBeGreaterThan(33.9)
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(16)
    expect(Math.min(...sides)).toBeLessThan(16.2)
    expect(Math.max(...sides)).toBeGreaterThan(24.8)
    expect(Math.max(...sides)).toBeLessThanOrEqual(25)
    // 400 tosses know a half to 0.025.
    expect(Math.abs(sides.filter((side) => side > 20).length / 400 - 0.5)).toBeLessThan(0.075)
  })
})

describe('augmentation', () => {
  it('is the plain crop when all is off', () => {
    expect(augmentView(VIEW, WINDOW, 30, NO_AUGMENTATION, new Random(1))).toEqual(cutView(VIEW, WINDOW, 30))
  })

  it('is the same for the same seed, another for another, and leaves its input alone', () => {
    const [rgb, readings] = [VIEW.rgbd.rgb.slice(), VIEW.rgbd.depth.slice()]
    const drawn = (seed: number) => augmentView(VIEW, WINDOW, 30, DEFAULT_AUGMENTATION, new Random(seed))
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(drawn(2))
    expect(VIEW.rgbd.rgb).toEqual(rgb)
    expect(VIEW.rgbd.depth).toEqual(readings)
  })

  it('has stages that do not disturb each other', () => {
    const all = augmentView(VIEW, WINDOW, 30, DEFAULT_AUGMENTATION, new Random(4))
    const { colour } = NO_AUGMENTATION
    const uncoloured = augmentView(VIEW, WINDOW, 30, { ...DEFAULT_AUGMENTATION, colour }, new Random(4))
    expect(uncoloured.rgbd.depth).toEqual(all.rgbd.depth)
    expect(uncoloured.targetInCamera).toEqual(all.targetInCamera)
    expect(uncoloured.rgbd.rgb).not.toEqual(all.rgbd.rgb)
  })

  it('has strict options, each of which may be left out', () => {
    expect(AugmentationConfig.parse({ window: { shift: 0.02 } })).toEqual({
      ...DEFAULT_AUGMENTATION,
      window: { ...DEFAULT_AUGMENTATION.window, shift: 0.02 },
    })
    expect(AugmentationConfig.parse(NO_AUGMENTATION)).toEqual(NO_AUGMENTATION)
    expect(() => AugmentationConfig.parse({ blur: 1 })).toThrow(/blur/)
    expect(() => AugmentationConfig.parse({ colour: { contrast: 2 } })).toThrow(/contrast/)
  })
})

describe('the cut-out', () => {
  it('is a rectangle of one colour without readings, as often and as large as asked', () => {
    const config = { chance: 0.5, size: 0.4 }
    let happened = 0
    for (let seed = 0; seed < 400; seed++) {
      const { rgb, depth: readings } = cutOut(VIEW.rgbd, config, new Random(seed))
      const holes = [...readings.keys()].filter((n) => readings[n] === 0)
      if (holes.length === 0) continue
      happened++
      const us = holes.map((n) => n % 64)
      const vs = holes.map((n) => Math.floor(n / 64))
      const [w, h] = [Math.max(...us) - Math.min(...us) + 1, Math.max(...vs) - Math.min(...vs) + 1]
      expect(holes.length).toBe(w * h)
      // 0.4 · 64 = 25.6 and 0.4 · 48 = 19.2, rounded
      expect(w).toBeLessThanOrEqual(26)
      expect(h).toBeLessThanOrEqual(19)
      expect(new Set(holes.map((n) => rgb.subarray(3 * n, 3 * n + 3).join(' '))).size).toBe(1)
    }
    // 0.5, less the few whose width or height rounds to 0 (1/51 + 1/38); a standard error is 0.025.
    expect(happened / 400).toBeGreaterThan(0.38)
    expect(happened / 400).toBeLessThan(0.58)
  })
})
