import { expect, test } from 'vitest'
import { addWishes, noWish, ramped, type Wish } from './wish.ts'

const linear = (...v: [number, number, number]): Wish => ({ linear: v, angular: [0, 0, 0] })

test('wishes add up, and a diagonal is no faster than a side', () => {
  expect(addWishes([linear(0.2, 0, 0), linear(0.3, 0.1, 0)]).linear).toEqual([0.5, 0.1, 0])
  // (1, 1, 0) has length √2.
  const [x, y, z] = addWishes([linear(1, 0, 0), linear(0, 1, 0)]).linear
  expect([x, y, z]).toEqual([expect.closeTo(Math.SQRT1_2, 12), expect.closeTo(Math.SQRT1_2, 12), 0])
})

test('turning is limited by itself: moving as well leaves it as it is', () => {
  const both = addWishes([{ linear: [1, 0, 0], angular: [0, 0, 1] }])
  expect(both).toEqual({ linear: [1, 0, 0], angular: [0, 0, 1] })
})

test('a pressed key moves in the very first tick, and reaches full speed after 0.15 s', () => {
  // One tick of 1/60 s of the 9 that 0.15 s are.
  expect(ramped(noWish(), linear(1, 0, 0), 1 / 60).linear[0]).toBeCloseTo(1 / 9, 12)
  let wish = noWish()
  for (let i = 0; i < 9; i++) wish = ramped(wish, linear(1, 0, 0), 1 / 60)
  expect(wish.linear[0]).toBeCloseTo(1, 12)
})

test('a released key stands still after 0.05 s', () => {
  let wish = linear(-1, 0, 0)
  for (let i = 0; i < 2; i++) wish = ramped(wish, noWish(), 1 / 60)
  expect(wish.linear[0]).toBeCloseTo(-1 / 3, 12)
  expect(ramped(wish, noWish(), 1 / 60).linear[0]).toBeCloseTo(0, 12)
})

test('a ramp ends at what is wanted and does not swing about it', () => {
  expect(ramped(linear(0.5, 0, 0), linear(0.45, 0.01, 0), 1 / 60).linear).toEqual([0.45, 0.01, 0])
})
