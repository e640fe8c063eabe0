import { describe, expect, it } from 'vitest'
import type { Rgbd } from '../geometry/index.ts'
import { filterDepth } from './depth-filter.ts'
import { EXAMPLE_CAMERA as CAMERA, paint, planeDepth } from './example-picture.ts'

const depthAt = ({ intrinsics, depth }: Rgbd, u: number, v: number) => depth[v * intrinsics.width + u] as number
const slanted = planeDepth(CAMERA, [0.5, 0, 0.866], 0.5)
const whole = paint(CAMERA, (u, v) => ({ z: slanted(u, v) }))
const without = (picture: Rgbd, pixels: readonly (readonly [number, number])[], value = 0): Rgbd => {
  const depth = picture.depth.slice()
  for (const [u, v] of pixels) depth[v * CAMERA.width + u] = value
  return { ...picture, depth }
}

describe('filtering depth', () => {
  it('leaves a slanted plane as it is, its border and corners included', () => {
    expect(filterDepth(whole).depth).toEqual(whole.depth)
  })

  it('takes for no reading what is out of range or no number', () => {
    const broken = without(without(without(whole, [[5, 5]], Number.NaN), [[15, 5]], -1), [[25, 5]], 70)
    const filtered = filterDepth(broken, { holePixels: 0 })
    for (const u of [5, 15, 25]) expect(depthAt(filtered, u, 5)).toBe(0)
    expect(filtered.depth.filter((z) => z === 0).length).toBe(3)
  })

  it('removes pixels that fly between a part and the plate behind it, and nothing of the two', () => {
    // Part from 0.50 m, plate from 0.56 m; along the part's right side each third pixel flies between.
    const picture = paint(CAMERA, (u, v) => {
      if (u === 30 && v % 3 === 0) return { z: 0.53 }
      return { z: u < 30 ? 0.5 : 0.56 }
    })
    const filtered = filterDepth(picture, { holePixels: 0 })
    for (let v = 0; v < 48; v++) {
      for (let u = 0; u < 64; u++) {
        const flies = u === 30 && v % 3 === 0
        expect(depthAt(filtered, u, v)).toBe(flies ? 0 : depthAt(picture, u, v))
      }
    }
  })

  it('keeps a pin two pixels wide', () => {
    const picture = paint(CAMERA, (u, v) => ({ z: (u === 30 || u === 31) && v > 10 ? 0.5 : 0.56 }))
    expect(filterDepth(picture).depth).toEqual(picture.depth)
  })

  it('closes a small hole with the plane round it', () => {
    const hole = [
      [20, 20],
      [21, 20],
      [22, 20],
      [21, 21],
    ] as const
    const filtered = filterDepth(without(whole, hole))
    for (const [u, v] of hole) expect(depthAt(filtered, u, v)).toBeCloseTo(slanted(u, v), 6)
    expect(filtered.rgb).toBe(whole.rgb)
  })

  it('leaves a large hole, and a small one that reaches from one surface to another', () => {
    const large = [20, 21, 22, 23].flatMap((u) => [20, 21, 22, 23].map((v) => [u, v] as const))
    const filtered = filterDepth(without(whole, large))
    for (const [u, v] of large) expect(depthAt(filtered, u, v)).toBe(0)
    const step = paint(CAMERA, (u) => ({ z: u < 30 ? 0.5 : 0.56 }))
    expect(depthAt(filterDepth(without(step, [[30, 20]])), 30, 20)).toBe(0)
    expect(depthAt(filterDepth(without(step, [[31, 20]])), 31, 20)).toBeCloseTo(0.56, 6)
  })

  it('changes nothing in what it was given, and its options are strict', () => {
    const before = without(whole, [[20, 20]])
    const copy = before.depth.slice()
    filterDepth(before)
    expect(before.depth).toEqual(copy)
    expect(() => filterDepth(whole, { holes: 3 } as object)).toThrow(/holes/)
  })

  it('says so when nothing is left', () => {
    expect(() => filterDepth(paint(CAMERA, () => ({ z: 9 })))).toThrow(
      /depth with readings, got 64×48 pixels without one/,
    )
    // A chequerboard of readings and holes of many sizes, every one alone.
    const lonely = paint(CAMERA, (u, v) => ({ z: u % 2 === 0 && v % 2 === 0 ? 0.3 + ((u * 7 + v * 13) % 11) / 20 : 0 }))
    expect(() => filterDepth(lonely)).toThrow(/without one/)
  })
})
