import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjoint, bracket, leftJacobianInverse } from './adjoint.ts'
import { expPose, logPose, type Twist } from './lie.ts'
import { compose, invert, poseDistance } from './pose.ts'

const component = (most: number) => fc.double({ min: -most, max: most, noNaN: true })
const twist = (metres: number, radians: number) =>
  fc.tuple(
    component(metres),
    component(metres),
    component(metres),
    component(radians),
    component(radians),
    component(radians),
  )

const scaled = (x: Readonly<Twist>, by: number) => x.map((value) => value * by) as Twist

describe('the adjoint', () => {
  test('moves a twist through a pose: exp(Ad x) = T exp(x) T⁻¹', () => {
    fc.assert(
      fc.property(twist(2, 1.5), twist(1, 0.5), (pose, x) => {
        const T = expPose(pose)
        const { translation, rotation } = poseDistance(
          expPose(adjoint(T, x)),
          compose(compose(T, expPose(x)), invert(T)),
        )
        expect(translation).toBeLessThan(1e-12)
        expect(rotation).toBeLessThan(1e-7)
      }),
    )
  })

  test('of a turn about z carried to x = 1 m moves the origin along −y', () => {
    // v = p × ω = (1, 0, 0) × (0, 0, 1) = (0, −1, 0)
    expect(adjoint({ position: [1, 0, 0], orientation: [0, 0, 0, 1] }, [0, 0, 0, 0, 0, 1])).toEqual([0, -1, 0, 0, 0, 1])
  })

  test('has the bracket as its derivative', () => {
    const [a, b]: [Twist, Twist] = [
      [0.3, -0.2, 0.5, 0.7, 0.1, -0.4],
      [-0.1, 0.6, 0.2, 0.3, -0.8, 0.5],
    ]
    const h = 1e-6
    const forward = adjoint(expPose(scaled(a, h)), b)
    const backward = adjoint(expPose(scaled(a, -h)), b)
    bracket(a, b).forEach((value, i) => {
      expect(value).toBeCloseTo(((forward[i] as number) - (backward[i] as number)) / (2 * h), 8)
    })
  })
})

test('the Jacobian of the logarithm agrees with finite differences, from the left and from the right', () => {
  fc.assert(
    fc.property(twist(0.5, 0.5), twist(1, 1), (e, x) => {
      const h = 1e-6
      const difference = (move: (by: number) => Twist) => {
        const [up, down] = [move(h), move(-h)]
        return up.map((value, i) => (value - (down[i] as number)) / (2 * h))
      }
      const left = difference((by) => logPose(compose(expPose(scaled(x, by)), expPose(e))))
      const right = difference((by) => logPose(compose(expPose(e), expPose(scaled(x, by)))))
      leftJacobianInverse(e, x).forEach((value, i) => {
        expect(value).toBeCloseTo(left[i] as number, 3)
      })
      leftJacobianInverse(scaled(e, -1), x).forEach((value, i) => {
        expect(value).toBeCloseTo(right[i] as number, 3)
      })
    }),
  )
})
