import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Vec3 } from '../../../geometry/index.ts'
import { along, levelAxes, screenAxes, targetAxes } from './operator-axes.ts'

const close = (v: Readonly<Vec3>) => v.map((value) => expect.closeTo(value, 12))

/** In front of the table, looking to −x and 30° down. */
const FRONT = {
  right: [0, 1, 0] as Vec3,
  // cos 30° of the vertical, and 1/2 away.
  up: [-0.5, 0, Math.sqrt(3) / 2] as Vec3,
  into: [-Math.sqrt(3) / 2, 0, -0.5] as Vec3,
}

test('level axes keep the heading and the vertical, however far the camera looks down', () => {
  expect(levelAxes(FRONT)).toEqual({ right: [0, 1, 0], away: [-1, 0, 0], up: [0, 0, 1] })
})

test('from straight above, away is up on the screen', () => {
  const top = { right: [0, 1, 0] as Vec3, up: [-1, 0, 0] as Vec3, into: [0, 0, -1] as Vec3 }
  expect(levelAxes(top).away).toEqual(top.up.map((value) => value + 0))
})

test('axes are right-handed: right × away = up', () => {
  const right: Vec3 = [0.6, -0.8, 0]
  const level = levelAxes({ right })
  expect(level.away).toEqual(close([0.8, 0.6, 0]))
  // 0.6 · 0.6 − (−0.8) · 0.8 = 1
  expect(level.right[0] * level.away[1] - level.right[1] * level.away[0]).toBeCloseTo(1, 12)
})

test('pushing right and away moves along the camera’s right and into the scene', () => {
  expect(along(levelAxes(FRONT), [2, 3, 5])).toEqual([-3, 2, 5])
})

test('what is dragged moves in the plane of the screen', () => {
  // Up on the screen is half away (−x) and √3/2 up.
  expect(along(screenAxes(FRONT), [0, 0, 2])).toEqual(close([-1, 0, Math.sqrt(3)]))
})

test('the target’s own sides are named as the operator sees them', () => {
  const level = levelAxes(FRONT)
  // Turned by 20°, its −x still points away from the camera; right is then its +y.
  const turned = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 0, 1], (20 * Math.PI) / 180))
  expect(targetAxes(level, turned)).toEqual({ right: [0, 1, 0], away: [-1, 0, 0], up: [0, 0, 1] })
  // Turned by 90°, base −x is the target's +y: R⁻¹(−x) = (0, 1, 0); right = away × up = y × z = x.
  const quarter = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 0, 1], Math.PI / 2))
  expect(targetAxes(level, quarter)).toEqual({ right: [1, -0, 0], away: [0, 1, 0], up: [0, 0, 1] })
})
