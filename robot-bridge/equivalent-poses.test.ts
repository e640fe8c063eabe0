import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { axisAngleToQuat, compose, makePose, type Pose, poseDistance, relative } from '../geometry/index.ts'
import { EquivalentPoses } from './equivalent-poses.ts'

const DEGREE = Math.PI / 180
const turned = (degrees: number) => makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], degrees * DEGREE))
const tilted = (degrees: number) => makePose([0, 0, 0], axisAngleToQuat([1, 0, 0], degrees * DEGREE))
const target = makePose([0.1, 0.2, 0.7], [1, 0, 0, 0])
const inTarget = (pose: Pose) => compose(target, compose(makePose([0, 0, 0.05]), pose))

function parts(orders: Partial<{ source: number; target: number }>) {
  const poses = new EquivalentPoses({ source: 1, target: 1, ...orders })
  poses.target(target)
  /** the turn that is told of a source at this one, degrees */
  const told = (degrees: number) => {
    const [, , z, w] = relative(target, poses.source(inTarget(turned(degrees)))).orientation
    return (2 * Math.atan2(z, w)) / DEGREE
  }
  return { poses, told }
}

test('whichever of its poses a tracker begins with, the source is told as it is least turned in the target', () => {
  for (const flip of [0, 90, 180, -90]) expect(parts({ source: 4 }).told(flip + 7)).toBeCloseTo(7, 9)
})

test('a tracker that changes its mind is not noticed', () => {
  const { told } = parts({ source: 2 })
  expect([10, 190, 11, -169, 12].map((each) => Math.round(told(each)))).toEqual([10, 10, 11, 11, 12])
})

test('between two poses it stays what it was, and no longer', () => {
  const { told } = parts({ source: 4 })
  expect([40, 50, 44, 46, 60, 44].map((each) => Math.round(told(each)))).toEqual([40, 50, 44, 46, -30, -46])
})

test('a round part is never turned, however it and the hand are', () => {
  const { told } = parts({ source: Number.POSITIVE_INFINITY })
  for (const turn of [0, 30, 100, 179, -120]) expect(told(turn)).toBeCloseTo(0, 6)
})

test('a target that flips takes its source along: where the one is in the other stays', () => {
  const { poses } = parts({ source: 2, target: 2 })
  const before = relative(target, poses.source(inTarget(turned(5))))
  const flipped = poses.target(compose(target, turned(180)))
  const after = relative(flipped, poses.source(inTarget(turned(185))))
  expect(poseDistance(before, after).rotation).toBeLessThan(1e-6)
})

test('nothing else of a pose changes, and one without symmetry not at all', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: -80, max: 80, noNaN: true }),
      (a, b) => {
        const pose = inTarget(compose(tilted(b), turned(a)))
        expect(parts({}).poses.source(pose)).toBe(pose)
        const told = parts({ source: 3 }).poses.source(pose)
        const left = relative(pose, told)
        expect(poseDistance(makePose([0, 0, 0]), { ...left, orientation: [0, 0, 0, 1] }).translation).toBeLessThan(
          1e-12,
        )
        const [x, y, z, w] = left.orientation
        expect(Math.hypot(x, y)).toBeLessThan(1e-9)
        const thirds = (2 * Math.atan2(z, w)) / (120 * DEGREE)
        expect(Math.abs(thirds - Math.round(thirds))).toBeLessThan(1e-6)
      },
    ),
  )
})

describe('frames of the models that do not fit', () => {
  test('are told', () => {
    const { poses } = parts({ source: 4 })
    expect(() => poses.source(inTarget(tilted(170)))).toThrow(
      "expected a symmetric source whose z axis points as the target's does, got one tilted by 170°",
    )
  })

  test('are nobody’s business without symmetry, nor before the target is seen', () => {
    const pose = inTarget(tilted(170))
    expect(parts({}).poses.source(pose)).toBe(pose)
    expect(new EquivalentPoses({ source: 4, target: 1 }).source(pose)).toBe(pose)
  })
})
