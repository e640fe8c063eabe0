import { expect, test } from 'vitest'
import { backOff } from './back-off.ts'

test('the wait doubles with each failure from 0.1 s, and never exceeds 2 s', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((failures) => backOff(failures, 0))).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2])
})

test('chance takes away up to half of the wait', () => {
  expect(backOff(1, 1)).toBeCloseTo(0.1, 12)
  expect(backOff(1, 0.5)).toBeCloseTo(0.15, 12)
  expect(backOff(1e6, 1)).toBe(1)
})
