import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RobotClock } from './robot-clock.ts'

test('before an estimate it says so', () => {
  expect(() => new RobotClock().at(0)).toThrow('wait until it is ready')
})

test('a better estimate is taken on slowly: 0.5 ms at 10 ms/s takes 50 ms', () => {
  const clock = new RobotClock()
  clock.adjust(100, 0)
  clock.adjust(100.0005, 1)
  expect(clock.at(1)).toBeCloseTo(101, 9)
  expect(clock.at(1.025)).toBeCloseTo(101.02525, 9)
  expect(clock.at(1.05)).toBeCloseTo(101.0505, 9)
  expect(clock.at(2)).toBeCloseTo(102.0005, 9)
})

test('a clock that was set is followed at once', () => {
  const clock = new RobotClock()
  clock.adjust(100, 0)
  clock.adjust(50, 1)
  expect(clock.at(1)).toBeCloseTo(51, 9)
})

test('time does not run backwards, whatever estimates come, as long as the clock is not set', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.02, max: 0.02, noNaN: true })), (errors) => {
      const clock = new RobotClock()
      clock.adjust(5, 0)
      let last = clock.at(0)
      errors.forEach((error, i) => {
        const local = 0.001 * (i + 1)
        expect(clock.at(local)).toBeGreaterThan(last)
        clock.adjust(5 + error, local)
        expect(clock.at(local)).toBeGreaterThan(last)
        last = clock.at(local)
      })
    }),
  )
})
