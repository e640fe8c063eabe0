import { expect, test } from 'vitest'
import type { Wrench } from './robot.ts'
import { Tare } from './tare.ts'

const wrench = (x: number, torque = 0): Wrench => ({ force: [x, 0, 0], torque: [0, torque, 0] })

test('the mean of what is felt at the start is taken off what comes after', () => {
  const tare = new Tare(0.3)
  // 0.1 s of 1 N and 0.2 s of 4 N: 9/3 N in the mean, and torques of 0.1 and 0.4 N·m.
  expect(tare.contact(wrench(1, 0.1), 0.1)).toBeUndefined()
  expect(tare.contact(wrench(4, 0.4), 0.2)).toBeUndefined()
  const { force, torque } = tare.contact(wrench(10, 1), 0.1) as Wrench
  expect(force[0]).toBeCloseTo(7, 12)
  expect(torque[1]).toBeCloseTo(0.7, 12)
})

test('without a time to take it in there is no offset', () => {
  expect(new Tare(0).contact(wrench(2), 0.1)).toEqual({ force: [2, 0, 0], torque: [0, 0, 0] })
})
