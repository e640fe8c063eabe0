import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  axisAngleToQuat,
  invert,
  makePose,
  project,
  type Rgbd,
  transformPoint,
  unproject,
  type Vec3,
} from '../geometry/index.ts'
import { EXAMPLE_CAMERA as CAMERA, paint, planeDepth } from './example-picture.ts'
import { type Box, cutWindow, type PictureWindow, rollInCamera, unionWindow, windowIntrinsics } from './window.ts'

const CUBE: Box = { low: [-0.1, -0.1, -0.1], high: [0.1, 0.1, 0.1] }

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const window = fc.record({ u: number(0, 63), v: number(0, 47), side: number(2, 100) })
const size = fc.integer({ min: 1, max: 80 })
const roll = number(-Math.PI, Math.PI)

const depthAt = ({ intrinsics, depth }: Rgbd, u: number, v: number) => depth[v * intrinsics.width + u] as number
const redAt = ({ intrinsics, rgb }: Rgbd, u: number, v: number) => rgb[3 * (v * intrinsics.width + u)] as number

describe('the union window', () => {
  it('holds the nearest faces of a box in the middle, with its border on each side', () => {
    // The near face is at z = 0.9: half its width is 80 · 0.1 / 0.9 = 8.889 pixels, the square 17.778, and with a tenth
    // of it on each side 1.2 · 17.778 = 21.333.
    const { u, v, side } = unionWindow(CAMERA, [{ box: CUBE, poseInCamera: makePose([0, 0, 1]) }], { margin: 0.1 })
    expect(u).toBeCloseTo(31.5, 12)
    expect(v).toBeCloseTo(23.5, 12)
    expect(side).toBeCloseTo(1.2 * 2 * (8 / 0.9), 12)
  })

  it('takes the longer extent of two boxes and stands in the middle of the shorter one', () => {
    const flat: Box = { low: [-0.1, -0.05, 0], high: [0.1, 0.05, 0] }
    const boxes = [
      { box: flat, poseInCamera: makePose([-0.2, 0, 1]) },
      { box: flat, poseInCamera: makePose([0.1, 0.1, 1]) },
    ]
    // u: 31.5 + 80 · (−0.3 … 0.2) = 7.5 … 47.5; v: 23.5 + 80 · (−0.05 … 0.15) = 19.5 … 35.5.
    const { u, v, side } = unionWindow(CAMERA, boxes, { margin: 0 })
    expect([u, v, side]).toEqual([27.5, 27.5, 40].map((value) => expect.closeTo(value, 12)))
  })

  it('lets no corner out, and none of the border that was asked for', () => {
    fc.assert(
      fc.property(number(-0.1, 0.1), number(-0.1, 0.1), number(0.5, 2), number(-3, 3), (x, y, z, angle) => {
        const poseInCamera = makePose([x, y, z], axisAngleToQuat([1, 2, 3], angle))
        const found = unionWindow(CAMERA, [{ box: CUBE, poseInCamera }], { margin: 0.2 })
        // A margin of 0.2 of the inner square: 1/1.4 of the side.
        const half = found.side / 2 / 1.4
        for (const sx of [-0.1, 0.1]) {
          for (const sy of [-0.1, 0.1]) {
            for (const sz of [-0.1, 0.1]) {
              const [u, v] = project(CAMERA, transformPoint(poseInCamera, [sx, sy, sz])) as [number, number]
              expect(Math.max(Math.abs(u - found.u), Math.abs(v - found.v))).toBeLessThan(half + 1e-9)
            }
          }
        }
      }),
    )
  })

  it('refuses boxes behind the camera, outside the picture, inside out, and smaller than a pixel', () => {
    const at = (position: Vec3, box = CUBE) => [{ box, poseInCamera: makePose(position) }]
    expect(() => unionWindow(CAMERA, at([0, 0, -1]))).toThrow(/in front of the camera, got a corner at z = -1\.1 m/)
    expect(() => unionWindow(CAMERA, at([0, 0, 0.05]))).toThrow(/in front of the camera/)
    // u = 31.5 + 80 · 0.9 / 1.1 = 97 and beyond.
    expect(() => unionWindow(CAMERA, at([1, 0, 1]))).toThrow(/within the picture of 64×48 pixels, got one at u 97 to/)
    expect(() => unionWindow(CAMERA, at([0, 0, 1], { low: [0, 0, 0], high: [0, -1, 0] }))).toThrow(/low corner/)
    expect(() => unionWindow(CAMERA, at([0, 0, 1], { low: [0, 0, 0], high: [0, Number.NaN, 0] }))).toThrow(/low corner/)
    expect(() => unionWindow(CAMERA, at([0, 0, 1], { low: [0, 0, 0], high: [0, 0, 0] }))).toThrow(/at least a pixel/)
    expect(() => unionWindow(CAMERA, [])).toThrow(/no box/)
    expect(() => unionWindow(CAMERA, at([0, 0, 1]), { margin: -1 })).toThrow(/margin/)
    expect(() => unionWindow({ ...CAMERA, fx: 0 }, at([0, 0, 1]))).toThrow(/intrinsics/)
  })
})

/** All of a square picture. */
const wholeWindow = ({ width }: { width: number }): PictureWindow => ({
  u: (width - 1) / 2,
  v: (width - 1) / 2,
  side: width,
})

describe('the camera of a window', () => {
  it('is the camera itself for the whole of a square picture', () => {
    const square = { ...CAMERA, width: 64, height: 64, cx: 30, cy: 33 }
    expect(windowIntrinsics(square, wholeWindow(square), 64)).toEqual(square)
  })

  it('has half the focal length at half the size, and pixel centres between those of the picture', () => {
    // Pixels 0 and 1 become pixel 0 with its centre at 0.5; so 31.5 is (31.5 − 0.5) / 2 = 15.5.
    const square = { width: 64, height: 64, fx: 80, fy: 80, cx: 31.5, cy: 31.5 }
    const half = { width: 32, height: 32, fx: 40, fy: 40, cx: 15.5, cy: 15.5 }
    expect(windowIntrinsics(square, wholeWindow(square), 32)).toEqual(half)
  })

  it('sees a point along the same ray, turned with the camera', () => {
    fc.assert(
      fc.property(window, size, roll, number(0, 63), number(0, 47), (cut, pixels, angle, u, v) => {
        const crop = windowIntrinsics(CAMERA, cut, pixels, angle)
        const point = unproject(CAMERA, u, v, 0.7)
        const turned = transformPoint(invert(rollInCamera(angle)), point)
        const [i, j] = project(crop, turned) as [number, number]
        // Where the crop has it, relative to the window's middle: turned back and scaled.
        const [du, dv] = [u - cut.u, v - cut.v]
        const scale = pixels / cut.side
        expect(i).toBeCloseTo((pixels - 1) / 2 + scale * (Math.cos(angle) * du + Math.sin(angle) * dv), 6)
        expect(j).toBeCloseTo((pixels - 1) / 2 + scale * (Math.cos(angle) * dv - Math.sin(angle) * du), 6)
        const back = transformPoint(rollInCamera(angle), unproject(crop, i, j, 0.7))
        for (const axis of [0, 1, 2] as const) expect(back[axis]).toBeCloseTo(point[axis], 9)
      }),
    )
  })

  it('refuses a window of no size, and a picture of no size', () => {
    expect(() => windowIntrinsics(CAMERA, { u: 0, v: 0, side: 0 }, 10)).toThrow(/positive side, got u 0, v 0, side 0/)
    expect(() => windowIntrinsics(CAMERA, { u: 0, v: 0, side: 10 }, 1.5)).toThrow(/whole pixels, got 1\.5/)
  })
})

describe('cutting a window', () => {
  it('copies pixels where the grids agree, and leaves black without reading beyond the picture', () => {
    const picture = paint(CAMERA, (u, v) => ({ z: 1 + u / 1000 + v / 10000, rgb: [u, v, 7] }))
    // 8×8 pixels from (−4, −2) on.
    const crop = cutWindow(picture, { u: -0.5, v: 1.5, side: 8 }, 8)
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        const [x, y] = [u - 4, v - 2]
        const inside = x >= 0 && y >= 0
        expect(depthAt(crop, u, v)).toBe(inside ? depthAt(picture, x, y) : 0)
        expect([...crop.rgb.subarray(3 * (8 * v + u), 3 * (8 * v + u) + 3)]).toEqual(inside ? [x, y, 7] : [0, 0, 0])
      }
    }
  })

  it('interpolates colour when growing', () => {
    const picture = paint({ ...CAMERA, width: 2, height: 2 }, (u) => ({ z: 1, rgb: [100 * u, 0, 0] }))
    const crop = cutWindow(picture, { u: 0.5, v: 0.5, side: 2 }, 4)
    // Centres at u = −0.25, 0.25, 0.75, 1.25: the outer ones lie beyond the first and last pixel's centre.
    expect([0, 1, 2, 3].map((u) => redAt(crop, u, 1))).toEqual([0, 25, 75, 100])
  })

  it('averages colour when shrinking: a fine chequerboard becomes grey', () => {
    const picture = paint({ ...CAMERA, width: 32, height: 32 }, (u, v) => {
      const value = (u + v) % 2 === 0 ? 0 : 200
      return { z: 1, rgb: [value, value, value] }
    })
    const crop = cutWindow(picture, wholeWindow(picture.intrinsics), 8)
    expect(Math.max(...crop.rgb.map((value) => Math.abs(value - 100)))).toBeLessThanOrEqual(1)
  })

  it('keeps a plane a plane, whatever the crop', () => {
    const depth = planeDepth(CAMERA, [0.3, -0.6, 0.74], 0.6)
    const picture = paint(CAMERA, (u, v) => ({ z: depth(u, v) }))
    fc.assert(
      fc.property(fc.record({ u: number(25, 38), v: number(20, 27), side: number(8, 16) }), roll, (cut, angle) => {
        // 16 pixels and more from a side of 16 and less: growing.
        const crop = cutWindow(picture, cut, 16, angle)
        const { orientation } = invert(rollInCamera(angle))
        const n = transformPoint(makePose([0, 0, 0], orientation), [0.3, -0.6, 0.74])
        const expected = planeDepth(crop.intrinsics, n, 0.6)
        for (let v = 0; v < 16; v++) {
          for (let u = 0; u < 16; u++) expect(Math.abs(depthAt(crop, u, v) - expected(u, v))).toBeLessThan(2e-6)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('never makes a depth between a part and the plate behind it, and leaves holes holes', () => {
    // A part at 0.50 m before a plate at 0.55 m, with a hole beside it.
    const picture = paint(CAMERA, (u, v) => ({ z: v < 5 ? 0 : u < 30 ? 0.5 : 0.55 }))
    fc.assert(
      fc.property(window, size, roll, (cut, pixels, angle) => {
        const levels = [0, Math.fround(0.5), Math.fround(0.55)]
        for (const z of cutWindow(picture, cut, pixels, angle).depth) {
          expect(Math.min(...levels.map((level) => Math.abs(level - z)))).toBeLessThan(1e-6)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('puts a depth edge where the colour edge is', () => {
    const picture = paint(CAMERA, (u) => (u < 30 ? { z: 0.5, rgb: [0, 0, 0] } : { z: 0.55, rgb: [200, 0, 0] }))
    // Three pixels of the crop for one of the picture, the edge at u = 29.5 in the middle of the crop.
    const crop = cutWindow(picture, { u: 29.5, v: 24, side: 10 }, 30)
    for (let u = 0; u < 30; u++) {
      expect(depthAt(crop, u, 15)).toBeCloseTo(u < 15 ? 0.5 : 0.55, 6)
      expect(redAt(crop, u, 15) < 100).toBe(u < 15)
    }
  })
})
