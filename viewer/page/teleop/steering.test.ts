import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import type { TeleopOptions } from '../ports.ts'
import { type Hands, makeSteering, type Surroundings } from './steering.ts'
import { noWish, type Wish } from './wish.ts'

const CAMERA = { right: [0, 1, 0] as Vec3, up: [0, 0, 1] as Vec3, into: [-1, 0, 0] as Vec3 }
const OPTIONS: TeleopOptions = { axes: 'camera', gain: 'coarse', clutch: true }
const around: Surroundings = { camera: CAMERA, targetInBase: undefined }
const hands = (wish: Partial<Wish>, rest: Partial<Hands> = {}): Hands => ({
  level: [{ ...noWish(), ...wish }],
  screen: noWish(),
  clutchOut: false,
  fine: false,
  ...rest,
})
/** Long enough for any ramp. */
const LONG = 1

test('full speed is 50 mm/s and 30°/s coarse, 5 mm/s and 3°/s fine', () => {
  const wish = { linear: [1, 0, 0] as Vec3, angular: [0, 0, 1] as Vec3 }
  const coarse = makeSteering().tick(hands(wish), OPTIONS, around, LONG)
  expect(coarse.linear[1]).toBeCloseTo(0.05, 12)
  expect(coarse.angular[2]).toBeCloseTo(Math.PI / 6, 12)
  const fine = makeSteering().tick(hands(wish), { ...OPTIONS, gain: 'fine' }, around, LONG)
  expect(fine.linear[1]).toBeCloseTo(0.005, 12)
  expect(fine.angular[2]).toBeCloseTo(Math.PI / 60, 12)
  expect(makeSteering().tick(hands(wish, { fine: true }), OPTIONS, around, LONG)).toEqual(fine)
})

test('nothing moves while the clutch is out, on the page or on a device', () => {
  const still = { frame: 'base', linear: [0, 0, 0], angular: [0, 0, 0] }
  const wish = { linear: [1, 0, 0] as Vec3 }
  const screen = { linear: [0, 0, 1] as Vec3, angular: [1, 0, 0] as Vec3 }
  const plain = (twist: object) => JSON.parse(JSON.stringify(twist).replaceAll('-0', '0'))
  expect(plain(makeSteering().tick(hands(wish, { screen }), { ...OPTIONS, clutch: false }, around, LONG))).toEqual(
    still,
  )
  expect(plain(makeSteering().tick(hands(wish, { screen, clutchOut: true }), OPTIONS, around, LONG))).toEqual(still)
})

test('a clutch that comes out stops within 0.05 s and not at once', () => {
  const steering = makeSteering()
  steering.tick(hands({ linear: [1, 0, 0] }), OPTIONS, around, LONG)
  const out = { ...OPTIONS, clutch: false }
  expect(steering.tick(hands({ linear: [1, 0, 0] }), out, around, 0.025).linear[1]).toBeCloseTo(0.025, 12)
  expect(steering.tick(hands({ linear: [1, 0, 0] }), out, around, 0.025).linear[1]).toBeCloseTo(0, 12)
})

test('axes do not turn under a hand that moves', () => {
  const steering = makeSteering()
  const right = hands({ linear: [1, 0, 0] })
  steering.tick(right, OPTIONS, around, LONG)
  const turned = { ...around, camera: { right: [1, 0, 0] as Vec3, up: [0, 0, 1] as Vec3, into: [0, 1, 0] as Vec3 } }
  expect(steering.tick(right, OPTIONS, turned, LONG).linear).toEqual([0, 0.05, 0])
  steering.tick(hands({}), OPTIONS, turned, LONG)
  expect(steering.tick(right, OPTIONS, turned, LONG).linear).toEqual([0.05, 0, 0])
})

test('relative to the target, twists are in its frame; without one, in the base’s', () => {
  const options: TeleopOptions = { ...OPTIONS, axes: 'target' }
  const targetInBase = makePose([0.5, 0, 0.1], axisAngleToQuat([1, 0, 0], 0.2))
  const twist = makeSteering().tick(hands({ linear: [0, 0, -1] }), options, { ...around, targetInBase }, LONG)
  expect(twist.frame).toBe('target')
  expect(twist.linear[2]).toBeCloseTo(-0.05, 12)
  expect(makeSteering().tick(hands({}), options, around, LONG).frame).toBe('base')
})

test('what is dragged on the screen moves there, whichever frame the twist is told in', () => {
  const targetInBase = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 0, 1], 0.7))
  const screen: Wish = { linear: [0.6, 0, 0.8], angular: [0, 0, 0] }
  const twist = makeSteering().tick(
    hands({}, { screen }),
    { ...OPTIONS, axes: 'target' },
    { ...around, targetInBase },
    LONG,
  )
  // 0.6 right (+y) and 0.8 up (+z) of 50 mm/s.
  const inBase = rotateVector(targetInBase.orientation, twist.linear)
  expect(inBase).toEqual([0, 0.03, 0.04].map((value) => expect.closeTo(value, 12)))
})

test('halt stands still at once', () => {
  const steering = makeSteering()
  steering.tick(hands({ linear: [1, 0, 0] }), OPTIONS, around, LONG)
  steering.halt()
  expect(Math.hypot(...steering.tick(hands({}), OPTIONS, around, 0).linear)).toBe(0)
})
