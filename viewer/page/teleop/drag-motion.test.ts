import { expect, test } from 'vitest'
import { makeDragMotion } from './drag-motion.ts'

test('a slow drag is followed pixel by pixel', () => {
  const motion = makeDragMotion()
  motion.add([3, 0, 4])
  // 5 pixels of the 10 that full speed is in 1/60 s.
  expect(motion.take(1 / 60)).toEqual([0.3, 0, 0.4].map((value) => expect.closeTo(value, 12)))
  expect(motion.take(1 / 60)).toEqual([0, 0, 0])
})

test('a fast drag is followed at full speed, for a tenth of a second at most', () => {
  const motion = makeDragMotion()
  motion.add([1000, 0, 0])
  // 60 pixels are kept: six ticks of 10.
  let ticks = 0
  while (motion.take(1 / 60)[0] > 0.999) ticks++
  expect(ticks).toBe(6)
})

test('what was not followed when the button is let go is dropped', () => {
  const motion = makeDragMotion()
  motion.add([60, 0, 0])
  motion.drop()
  expect(motion.take(1 / 60)).toEqual([0, 0, 0])
})
