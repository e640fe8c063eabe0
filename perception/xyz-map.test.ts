import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, compose, invert, makePose, transformPoint, unproject, type Vec3 } from '../geometry/index.ts'
import { EXAMPLE_CAMERA as CAMERA, paint } from './example-picture.ts'
import { networkImage, trackedSource, xyzMap } from './xyz-map.ts'

const TINY = { width: 2, height: 1, fx: 100, fy: 100, cx: 0, cy: 0 }

describe('the XYZ map', () => {
  it('has the points in the frame of the target, in units of the scale', () => {
    // Target 0.5 m ahead, turned a quarter about the optical axis: its x is the camera's y, its y is minus the camera's x.
    const target = makePose([0.001, 0, 0.5], axisAngleToQuat([0, 0, 1], Math.PI / 2))
    const picture = paint(TINY, (u) => ({ z: u === 0 ? 0.4 : 0.52 }))
    // Pixel 0: camera (0, 0, 0.4), from the target (−0.001, 0, −0.1), in its axes (0, 0.001, −0.1).
    // Pixel 1: camera (0.0052, 0, 0.52), from the target (0.0042, 0, 0.02), in its axes (0, −0.0042, 0.02).
    const map = xyzMap(picture, target, 0.2)
    const expected = [0, 0.005, -0.5, 0, -0.021, 0.1]
    for (const [i, value] of expected.entries()) expect(map[i]).toBeCloseTo(value, 6)
  })

  it('holds far points within ±1 and has 0 where there is no reading', () => {
    const picture = paint(TINY, (u) => ({ z: u === 0 ? 2 : 0 }))
    expect([...xyzMap(picture, makePose([0, 0, 0.5]), 0.1)]).toEqual([0, 0, 1, 0, 0, 0])
    expect([...xyzMap(picture, makePose([0, 0, 5]), 0.1)]).toEqual([0, 0, -1, 0, 0, 0])
  })

  it('agrees with unproject and the pose for every pixel', () => {
    const target = makePose([0.05, -0.02, 0.6], axisAngleToQuat([3, 1, -2], 1.3))
    const picture = paint(CAMERA, (u, v) => ({ z: 0.4 + u / 200 + v / 300 }))
    const map = xyzMap(picture, target, 1)
    for (let n = 0; n < 64 * 48; n++) {
      const [u, v] = [n % 64, Math.floor(n / 64)]
      const point = transformPoint(invert(target), unproject(CAMERA, u, v, picture.depth[n] as number))
      for (const axis of [0, 1, 2] as const) expect(map[3 * n + axis]).toBeCloseTo(point[axis], 6)
    }
  })

  it('does not depend on where the camera stands: a point seen from two places has one value', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(number(-0.02, 0.02), number(-0.02, 0.02), number(-3, 3), number(-3, 3), (x, y, a, b) => {
        const point: Vec3 = [x, y, 0.01]
        const seenFrom = (angle: number) => {
          const targetInCamera = makePose([0.01, 0.02, 0.5], axisAngleToQuat([1, 0.3, 0.2], angle))
          const [px, py, pz] = transformPoint(targetInCamera, point)
          // A picture of a single pixel that looks at the point.
          const one = { width: 1, height: 1, fx: 100, fy: 100, cx: (-100 * px) / pz, cy: (-100 * py) / pz }
          return xyzMap(
            paint(one, () => ({ z: pz })),
            targetInCamera,
            0.1,
          )
        }
        const [first, second] = [seenFrom(a), seenFrom(b)]
        for (const axis of [0, 1, 2] as const) {
          expect(first[axis]).toBeCloseTo(point[axis] / 0.1, 5)
          expect(second[axis]).toBeCloseTo(point[axis] / 0.1, 5)
        }
      }),
    )
  })

  it('moves with the target alone: a scene moved as a whole keeps its map', () => {
    const motion = makePose([0, 0, 0.1])
    const target = makePose([0, 0, 0.5], axisAngleToQuat([0, 0, 1], 0.4))
    const ahead = { width: 1, height: 1, fx: 100, fy: 100, cx: 0, cy: 0 }
    const before = xyzMap(
      paint(ahead, () => ({ z: 0.47 })),
      target,
      0.1,
    )
    const after = xyzMap(
      paint(ahead, () => ({ z: 0.57 })),
      compose(motion, target),
      0.1,
    )
    for (const axis of [0, 1, 2]) expect(after[axis]).toBeCloseTo(before[axis] as number, 6)
  })

  it('refuses a scale that is none, and an array without room', () => {
    const picture = paint(TINY, () => ({ z: 1 }))
    expect(() => xyzMap(picture, makePose([0, 0, 1]), 0)).toThrow(/positive scale of the XYZ map in metres, got 0/)
    expect(() => xyzMap(picture, makePose([0, 0, 1]), 1, new Float32Array(5))).toThrow(
      /room for 6 numbers from 0 on, got/,
    )
    expect(() => networkImage(picture, makePose([0, 0, 1]), { scale: 1 }, new Float32Array(20), 9)).toThrow(/from 9 on/)
  })
})

describe('the network’s image', () => {
  it('has red, green, blue from −1 to 1 and then x, y, z, pixel by pixel', () => {
    const picture = paint(TINY, (u) => (u === 0 ? { z: 0.5, rgb: [0, 255, 51] } : { z: 0, rgb: [255, 0, 0] }))
    const image = networkImage(picture, makePose([-0.01, 0.02, 0.45]), { scale: 0.1 })
    // 51 / 127.5 − 1 = −0.6; the point (0, 0, 0.5) from the target is (0.01, −0.02, 0.05).
    const expected = [-1, 1, -0.6, 0.1, -0.2, 0.5, 1, -1, -1, 0, 0, 0]
    for (const [i, value] of expected.entries()) expect(image[i]).toBeCloseTo(value, 6)
  })

  it('says of a tracked source where the points lie in its frame, too', () => {
    const picture = paint(TINY, (u) => (u === 0 ? { z: 0.5, rgb: [0, 255, 51] } : { z: 0, rgb: [255, 0, 0] }))
    const target = makePose([-0.01, 0.02, 0.45])
    const source = { middleInCamera: makePose([0.01, 0.03, 0.49]), units: [0.05, 0.1, 0.02] as const }
    const image = networkImage(picture, target, { scale: 0.1, source })
    // The point (0, 0, 0.5) from the source is (−0.01, −0.03, 0.01).
    const expected = [-1, 1, -0.6, 0.1, -0.2, 0.5, -0.2, -0.3, 0.5, 1, -1, -1, 0, 0, 0, 0, 0, 0]
    expect(image).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) expect(image[i]).toBeCloseTo(value, 6)
  })

  it('tells all of a tracked source apart, and what is near it', () => {
    // Half a turn about x: the source's z points back at the camera, its tip is 0.5 m away.
    const sourceInCamera = makePose([0, 0, 0.5], axisAngleToQuat([1, 0, 0], Math.PI))
    const source = trackedSource(sourceInCamera, { low: [-0.004, -0.002, 0], high: [0.006, 0.002, 0.05] }, 0.01)
    // across, half of 10 mm and the reach on both axes
    expect(source.units.map((unit) => unit.toFixed(6))).toEqual(['0.015000', '0.015000', '0.035000'])
    const heightSeen = (z: number) => {
      const picture = paint({ ...TINY, width: 1 }, () => ({ z }))
      return [...networkImage(picture, makePose([0, 0, 1]), { scale: 0.1, source }).subarray(6)]
    }
    // The middle is at x = 1 mm and 25 mm above the tip: each end is 25 of 35 mm from there, and 10 mm beyond it, it ends.
    for (const [z, expected] of [
      [0.5, -25 / 35],
      [0.475, 0],
      [0.45, 25 / 35],
      [0.445, 30 / 35],
      [0.43, 1],
    ] as const) {
      const [x, y, height] = heightSeen(z) as [number, number, number]
      expect(x).toBeCloseTo(-1 / 15, 5)
      expect(y).toBeCloseTo(0, 5)
      expect(height).toBeCloseTo(expected, 4)
    }
  })

  it('is written into a batch at its place, over whatever was there', () => {
    const picture = paint(CAMERA, (u) => ({ z: u % 2 === 0 ? 0.5 : 0, rgb: [u, 2, 3] }))
    const target = makePose([0, 0, 0.5])
    const alone = networkImage(picture, target, { scale: 0.1 })
    const batch = new Float32Array(2 * alone.length).fill(9)
    expect(networkImage(picture, target, { scale: 0.1 }, batch, alone.length)).toBe(batch)
    expect(batch.subarray(alone.length)).toEqual(alone)
    expect(new Set(batch.subarray(0, alone.length))).toEqual(new Set([9]))
  })
})
