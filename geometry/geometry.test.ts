import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from './golden/scipy.json' with { type: 'json' }
import {
  axisAngleToQuat,
  compose,
  composeAll,
  expPose,
  identityPose,
  interpolateLinear,
  interpolateScrew,
  invert,
  logPose,
  type Mat3,
  makePose,
  matrixToPose,
  matrixToQuat,
  normalizeQuat,
  type Pose,
  poseDistance,
  poseToMatrix,
  type Quat,
  quatToMatrix,
  quatToRotation6D,
  quatToRotationVector,
  type Rotation6D,
  relative,
  rotation6DToQuat,
  rotationDistance,
  rotationVectorToQuat,
  slerp,
  type Twist,
  transformPoint,
  type Vec3,
} from './index.ts'

const coordinate = fc.double({ min: -2, max: 2, noNaN: true })
const vector = fc.tuple(coordinate, coordinate, coordinate)
const quat = fc
  .tuple(coordinate, coordinate, coordinate, coordinate)
  .filter((q) => Math.hypot(...q) > 1e-3)
  .map((q) => normalizeQuat(q as Quat))
const pose: fc.Arbitrary<Pose> = fc
  .tuple(vector, quat)
  .map(([position, orientation]) => makePose(position as Vec3, orientation))

/** Two poses closer than `tolerance` in metres and in rad. */
function expectSame(a: Pose, b: Pose, tolerance = 1e-12): void {
  const { translation, rotation } = poseDistance(a, b)
  expect(translation).toBeLessThan(tolerance)
  expect(rotation).toBeLessThan(tolerance)
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length)
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))))
  expect(worst).toBeLessThan(tolerance)
}

describe('poses form a group', () => {
  it('is associative, has an identity and inverses, on both sides', () => {
    fc.assert(
      fc.property(pose, pose, pose, (a, b, c) => {
        expectSame(compose(compose(a, b), c), compose(a, compose(b, c)))
        expectSame(compose(a, identityPose()), a)
        expectSame(compose(identityPose(), a), a)
        expectSame(compose(a, invert(a)), identityPose())
        expectSame(compose(invert(a), a), identityPose())
      }),
    )
  })

  it('acts on points as its composition does', () => {
    fc.assert(
      fc.property(pose, pose, vector, (a, b, p) => {
        expectClose(transformPoint(compose(a, b), p as Vec3), transformPoint(a, transformPoint(b, p as Vec3)))
      }),
    )
  })

  it('has relative poses that do not depend on the frame they are measured in', () => {
    fc.assert(
      fc.property(pose, pose, pose, (camera, a, b) => {
        expectSame(relative(compose(camera, a), compose(camera, b)), relative(a, b))
      }),
    )
  })

  it('composes a chain from the left', () => {
    const turn = makePose([1, 0, 0], axisAngleToQuat([0, 0, 1], Math.PI / 2))
    // x: 1, then along the turned x (= y): 1, then along -x: 1
    expectSame(composeAll(turn, turn, turn), makePose([0, 1, 0], axisAngleToQuat([0, 0, 1], 1.5 * Math.PI)))
  })
})

describe('representations convert back and forth', () => {
  it('keeps the rotation through matrix, 6D and rotation vector to 1e-12', () => {
    fc.assert(
      fc.property(quat, (q) => {
        expect(rotationDistance(matrixToQuat(quatToMatrix(q)), q)).toBeLessThan(1e-12)
        expect(rotationDistance(rotation6DToQuat(quatToRotation6D(q)), q)).toBeLessThan(1e-12)
        expect(rotationDistance(rotationVectorToQuat(quatToRotationVector(q)), q)).toBeLessThan(1e-12)
      }),
    )
  })

  it('keeps the pose through a homogeneous matrix and through log and exp, also for tiny and half turns', () => {
    const angle = fc.oneof(
      fc.constantFrom(0, 1e-14, 1e-9, 1e-5, 9.99e-3, 1.001e-2, Math.PI - 1e-9),
      fc.double({ min: 0, max: Math.PI, noNaN: true }),
    )
    const axis = vector.filter((v) => Math.hypot(...v) > 1e-3)
    fc.assert(
      fc.property(vector, axis, angle, (position, direction, radians) => {
        const a = makePose(position as Vec3, axisAngleToQuat(direction as Vec3, radians))
        expectSame(matrixToPose(poseToMatrix(a)), a)
        expectSame(expPose(logPose(a)), a)
      }),
    )
  })

  it('decodes a scaled and skewed 6D output by Gram–Schmidt', () => {
    // x' = 3x, y' = 2y + 5x: the skew along x and both lengths drop out.
    expectClose(rotation6DToQuat([3, 0, 0, 5, 2, 0]), [0, 0, 0, 1])
  })

  it('refuses what is no rotation', () => {
    expect(() => rotation6DToQuat([1, 0, 0, 2, 0, 0])).toThrow(/independent columns/)
    expect(() => rotation6DToQuat([0, 0, 0, 0, 0, 0])).toThrow(/independent columns/)
    expect(() => matrixToQuat([1, 0, 0, 0, 1, 0, 0, 0, -1])).toThrow(/right-handed/)
    expect(() => matrixToQuat([2, 0, 0, 0, 1, 0, 0, 0, 1])).toThrow(/right-handed/)
    expect(() => normalizeQuat([0, 0, 0, 0])).toThrow(/normalised/)
    expect(() => normalizeQuat([Number.NaN, 0, 0, 1])).toThrow(/normalised/)
    expect(() => makePose([0, Number.POSITIVE_INFINITY, 0])).toThrow(/finite position/)
    const sheared = [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as const
    expect(() => matrixToPose(sheared)).toThrow(/last row/)
  })
})

describe('interpolation', () => {
  it('starts at a, ends at b and is the same backwards', () => {
    fc.assert(
      fc.property(pose, pose, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, t) => {
        // At exactly half a turn the shorter arc is not unique.
        fc.pre(rotationDistance(a.orientation, b.orientation) < Math.PI - 1e-3)
        for (const interpolate of [interpolateLinear, interpolateScrew]) {
          expectSame(interpolate(a, b, 0), a, 1e-11)
          expectSame(interpolate(a, b, 1), b, 1e-11)
          expectSame(interpolate(a, b, t), interpolate(b, a, 1 - t), 1e-9)
        }
      }),
    )
  })

  it('moves the origin on a line or on a helix', () => {
    // A half turn about the vertical axis through (1, 0): the origin moves from (0, 0, 0) to (2, 0, 0.4).
    const end = makePose([2, 0, 0.4], axisAngleToQuat([0, 0, 1], Math.PI * (1 - 1e-12)))
    expectClose(interpolateLinear(identityPose(), end, 0.5).position, [1, 0, 0.2])
    // Half-way round a circle of radius 1 about (1, 0), turning counter-clockwise from (0, 0): (1, -1), at 0.2 up.
    expectClose(interpolateScrew(identityPose(), end, 0.5).position, [1, -1, 0.2], 1e-9)
  })
})

describe('golden values of SciPy', () => {
  it('matches the matrix exponential and logarithm of a twist', () => {
    for (const { twist, position, quat: q, matrix } of golden.exp) {
      const a = expPose(twist as Twist)
      expectClose(a.position, position)
      expectClose(quatToMatrix(a.orientation), matrix)
      expect(rotationDistance(matrixToQuat(matrix as Mat3), q as Quat)).toBeLessThan(1e-12)
      expectClose(quatToRotation6D(q as Quat), matrix.slice(0, 6) as Rotation6D)
      expectClose(logPose(a), twist, 1e-11)
    }
  })

  it('matches slerp and the angle between rotations', () => {
    const { a, b, t, q } = golden.slerp
    expectClose(slerp(a as Quat, b as Quat, t), q)
    expect(rotationDistance(a as Quat, b as Quat)).toBeCloseTo(golden.distance, 12)
  })
})
