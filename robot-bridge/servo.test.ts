import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, multiplyQuat } from '../geometry/index.ts'
import { velocityTowards } from './servo.ts'

const gain = { linear: 2, angular: 4 }
const limits = { speed: 0.1, angularSpeed: 0.5 }

test('the velocity is the gain times the way: 2/s of 10 mm is 20 mm/s', () => {
  const { linear, angular } = velocityTowards(makePose([0.31, 0, 0.2]), makePose([0.3, 0, 0.2]), gain, limits)
  expect(linear[0]).toBeCloseTo(0.02, 12)
  expect([linear[1], linear[2], ...angular]).toEqual([0, 0, 0, 0, 0])
})

test('the turn is told about axes of the base, wherever the end effector points', () => {
  const measured = makePose([0, 0, 0], axisAngleToQuat([1, 0, 0], Math.PI / 2))
  const wanted = makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], 0.1))
  const turned = velocityTowards(
    { ...measured, orientation: multiplyQuat(wanted.orientation, measured.orientation) },
    measured,
    gain,
    limits,
  )
  expect(turned.angular[0]).toBeCloseTo(0, 12)
  expect(turned.angular[1]).toBeCloseTo(0, 12)
  expect(turned.angular[2]).toBeCloseTo(0.4, 12)
})

test('a long way is gone at the limits, in its own direction', () => {
  const wanted = makePose([3, 4, 0], axisAngleToQuat([0, 1, 0], 2))
  const { linear, angular } = velocityTowards(wanted, makePose([0, 0, 0]), gain, limits)
  expect(linear[0]).toBeCloseTo(0.06, 12)
  expect(linear[1]).toBeCloseTo(0.08, 12)
  expect(angular[1]).toBeCloseTo(0.5, 12)
})

test('of two ways to turn the shorter is taken, whatever the sign of the quaternion', () => {
  const [x, y, z, w] = axisAngleToQuat([0, 0, 1], 0.05)
  const wanted = { position: [0, 0, 0], orientation: [-x, -y, -z, -w] } as const
  expect(velocityTowards(wanted, makePose([0, 0, 0]), gain, limits).angular[2]).toBeCloseTo(0.2, 12)
})
