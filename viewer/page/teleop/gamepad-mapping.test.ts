import { expect, test } from 'vitest'
import { padWish, rumbleOf } from './gamepad-mapping.ts'

const pad = (axes: number[], down: Record<number, number> = {}) =>
  padWish({
    axes,
    buttons: Array.from({ length: 17 }, (_, i) => ({ value: down[i] ?? 0, pressed: (down[i] ?? 0) > 0.5 })),
  })

test('a pad at rest, a little off its middle, wishes nothing', () => {
  expect(pad([0.06, -0.05, 0.08, 0], { 7: 0.03 }).wish).toEqual({ linear: [0, 0, 0], angular: [0, 0, 0] })
})

test('left stick moves level, triggers up and down', () => {
  expect(pad([1, 0, 0, 0]).wish.linear).toEqual([1, 0, 0])
  expect(pad([0, -1, 0, 0], { 7: 1 }).wish.linear).toEqual([0, 1, 1])
  expect(pad([0, 0, 0, 0], { 6: 1 }).wish.linear).toEqual([0, 0, -1])
})

test('right stick leans the way it is pushed, shoulders turn', () => {
  // Pushed away it reads −1: a lean away is a turn about −right, as with the keys.
  expect(pad([0, 0, 0, -1]).wish.angular).toEqual([-1, 0, 0])
  expect(pad([0, 0, 1, 0]).wish.angular).toEqual([0, 1, 0])
  expect(pad([0, 0, 0, 0], { 4: 1 }).wish.angular).toEqual([0, 0, 1])
  expect(pad([0, 0, 0, 0], { 4: 1, 5: 1 }).wish.angular).toEqual([0, 0, 0])
})

test('A holds the clutch out, B is fine', () => {
  expect(pad([0, 0, 0, 0], { 0: 1 })).toMatchObject({ clutchOut: true, fine: false })
  expect(pad([0, 0, 0, 0], { 1: 1 })).toMatchObject({ clutchOut: false, fine: true })
})

test('a pad with fewer axes and buttons than the standard wishes nothing it cannot', () => {
  expect(padWish({ axes: [1], buttons: [] })).toEqual({
    wish: { linear: [1, 0, 0], angular: [0, 0, 0] },
    clutchOut: false,
    fine: false,
  })
})

test('noise does not rumble; a first touch is felt; from 20 N on it is as hard as can be', () => {
  expect(rumbleOf(0.7)).toBe(0)
  expect(rumbleOf(Number.NaN)).toBe(0)
  // √((5.525 − 0.7) / 19.3) = √0.25
  expect(rumbleOf(5.525)).toBeCloseTo(0.5, 12)
  expect(rumbleOf(20)).toBe(1)
  expect(rumbleOf(400)).toBe(1)
})
