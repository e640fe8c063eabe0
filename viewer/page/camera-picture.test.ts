import { expect, test } from 'vitest'
import { greyOf } from './camera-picture.ts'

test('near is white, far is black, and so is what is not known', () => {
  // halfway between 0.2 m and 1.2 m is 0.7 m: 127.5, rounded
  expect([0, 1000, 2000, 7000, 12_000, 40_000].map(greyOf)).toEqual([0, 255, 255, 128, 0, 0])
})
