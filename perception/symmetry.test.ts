import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, compose, makePose, type Pose, poseDistance, type Vec3 } from '../geometry/index.ts'
import { nearestSymmetric } from './symmetry.ts'

const DEGREE = Math.PI / 180
const yawed = (degrees: number) => makePose([1, 2, 3], axisAngleToQuat([0, 0, 1], degrees * DEGREE))
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const pose = fc
  .tuple(fc.tuple(number(-1, 1), number(-1, 1), number(-1, 1)), number(-3, 3))
  .filter(([axis]) => Math.hypot(...axis) > 0.1)
  .map(([axis, angle]) => makePose([0.1, 0.2, 0.3], axisAngleToQuat(axis as Vec3, angle)))
const turned = (a: Pose, angle: number) => compose(a, makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], angle)))

describe('the nearest of symmetric poses', () => {
  it('takes a square part back from a quarter turn, and no further', () => {
    // 100° is 10° from a quarter turn: back to 10°. 130° is 40° from it, and 50° from the next: 40°.
    expect(poseDistance(nearestSymmetric(yawed(100), 4, yawed(0)), yawed(10)).rotation).toBeLessThan(1e-12)
    expect(poseDistance(nearestSymmetric(yawed(130), 4, yawed(0)), yawed(40)).rotation).toBeLessThan(1e-12)
    expect(poseDistance(nearestSymmetric(yawed(-179), 2, yawed(0)), yawed(1)).rotation).toBeLessThan(1e-12)
    expect(poseDistance(nearestSymmetric(yawed(-179), 2, yawed(178)), yawed(181)).rotation).toBeLessThan(1e-12)
  })

  it('leaves a part without symmetry, and one that is near enough, as they are', () => {
    expect(nearestSymmetric(yawed(170), 1, yawed(0))).toEqual(yawed(170))
    const near = yawed(20)
    expect(nearestSymmetric(near, 6, yawed(0))).toBe(near)
  })

  it('takes the turn of a round part from the reference and keeps its axis', () => {
    // Tilted by 10° about x, turned by 70° about its own z.
    const tilted = makePose([1, 2, 3], axisAngleToQuat([1, 0, 0], 10 * DEGREE))
    const found = nearestSymmetric(turned(tilted, 70 * DEGREE), Number.POSITIVE_INFINITY, yawed(0))
    expect(poseDistance(found, tilted).rotation).toBeLessThan(1e-12)
  })

  it('is no farther from the reference than any other that looks the same', () => {
    fc.assert(
      fc.property(pose, pose, fc.integer({ min: 1, max: 8 }), (a, reference, order) => {
        const found = poseDistance(nearestSymmetric(a, order, reference), reference).rotation
        for (let k = 0; k < order; k++) {
          const other = poseDistance(turned(a, (2 * Math.PI * k) / order), reference).rotation
          expect(found).toBeLessThan(other + 1e-9)
        }
        const round = poseDistance(nearestSymmetric(a, Number.POSITIVE_INFINITY, reference), reference).rotation
        expect(round).toBeLessThan(found + 1e-9)
      }),
    )
  })

  it('gives one answer for all poses that look the same', () => {
    fc.assert(
      fc.property(pose, pose, fc.integer({ min: 2, max: 8 }), number(-3, 3), (a, reference, order, angle) => {
        const one = nearestSymmetric(a, Number.POSITIVE_INFINITY, reference)
        const other = nearestSymmetric(turned(a, angle), Number.POSITIVE_INFINITY, reference)
        // An axis that points the other way than the reference's leaves the turn open.
        fc.pre(poseDistance(one, reference).rotation < 3)
        expect(poseDistance(one, other).rotation).toBeLessThan(1e-9)
        expect(nearestSymmetric(a, order, reference).position).toEqual(a.position)
      }),
    )
  })

  it('refuses an order that is none', () => {
    for (const order of [0, -2, 1.5, Number.NaN]) {
      expect(() => nearestSymmetric(yawed(0), order, yawed(0))).toThrow(`1, 2, 3 … or Infinity, got ${order}`)
    }
  })
})
