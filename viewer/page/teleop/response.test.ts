import { expect, test } from 'vitest'
import { response, stickResponse } from './response.ts'

test('within the dead zone nothing moves, beyond it the speed begins at 0 and ends at 1', () => {
  expect(response(0.1, 0.1, 2)).toBe(0)
  expect(response(-0.05, 0.1, 2)).toBe(0)
  // (0.55 − 0.1) / 0.9 = 1/2, squared
  expect(response(0.55, 0.1, 2)).toBeCloseTo(0.25, 12)
  expect(response(-0.55, 0.1, 2)).toBeCloseTo(-0.25, 12)
  expect(response(1, 0.1, 2)).toBe(1)
  expect(response(-1.4, 0.1, 2)).toBe(-1)
})

test('what is no number moves nothing', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) expect(response(bad, 0.1, 2)).toBe(0)
  expect(stickResponse(Number.NaN, 1, 0.1, 2)).toEqual([0, 0])
})

test('a stick’s direction is kept', () => {
  // 3-4-5: size 0.5, (0.5 − 0.1) / 0.9 = 4/9, along (0.6, −0.8)
  const [x, y] = stickResponse(0.3, -0.4, 0.1, 1)
  expect(x).toBeCloseTo((4 / 9) * 0.6, 12)
  expect(y).toBeCloseTo((4 / 9) * -0.8, 12)
})
