import { expect, test } from 'vitest'
import { makePose } from '../../../geometry/index.ts'
import { apart, posesToCome, spread } from './ghost.ts'

const chunk = { stamp: 10, interval: 0.1, poses: Array.from({ length: 5 }, (_, i) => makePose([0, 0, 0.01 * i])) }
const heights = (time: number) => posesToCome(chunk, time).map(({ position }) => Math.round(100 * position[2]))

test('of a plan what is still to come is shown', () => {
  expect(heights(9)).toEqual([0, 1, 2, 3, 4])
  expect(heights(10)).toEqual([0, 1, 2, 3, 4])
  expect(heights(10.15)).toEqual([2, 3, 4])
  // The last was due at 10.4, and stays for 0.3 s more.
  expect(heights(10.6)).toEqual([4])
  expect(heights(10.71)).toEqual([])
})

test('copies are spread over the plan and end with its end', () => {
  expect(spread([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5)).toEqual([2, 4, 6, 8, 10])
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3])
  expect(spread([], 5)).toEqual([])
})

test('poses that hardly differ are one copy', () => {
  const poses = [0, 0.5, 1, 1.5, 2, 5].map((mm) => makePose([mm / 1e3, 0, 0]))
  // From the end: 5; 2 is 3 mm before it; 0.5 is the first 1.5 mm before 2.
  expect(apart(poses).map(({ position }) => position[0] * 1e3)).toEqual([0.5, 2, 5])
})
