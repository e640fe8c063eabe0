import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClockOffset, type ClockSample } from './clock-offset.ts'

/** A beat sent at `sent` to a bridge whose clock is `offset` ahead, that long on the way there and back, s. */
const beat = (sent: number, offset: number, there: number, back: number): ClockSample => ({
  sent,
  received: sent + there + back,
  stamp: sent + there + offset,
})

test('with ways of equal length the offset is exact: sent at 10, stamped 1010.001, back at 10.002 is 1000 s ahead', () => {
  const clock = new ClockOffset()
  clock.add({ sent: 10, received: 10.002, stamp: 1010.001 })
  expect(clock.offset).toBeCloseTo(1000, 9)
  expect(clock.error).toBeCloseTo(0.001, 9)
})

test('of many round trips the quickest is believed, whatever the queues on the way add', () => {
  const clock = new ClockOffset()
  clock.add(beat(0, 7, 0.03, 0.001))
  clock.add(beat(0.02, 7, 0.001, 0.001))
  clock.add(beat(0.04, 7, 0.001, 0.05))
  expect(clock.offset).toBeCloseTo(7, 9)
})

test('the error is never larger than half the round trip that was believed', () => {
  const delay = fc.double({ min: 0, max: 0.2, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 150 }), (delays) => {
      const clock = new ClockOffset()
      delays.forEach(([there, back], i) => {
        expect(clock.add(beat(0.02 * i, -3, there, back))).toBeUndefined()
      })
      expect(Math.abs((clock.offset ?? Number.NaN) + 3)).toBeLessThanOrEqual((clock.error ?? Number.NaN) + 1e-9)
    }),
  )
})

test('a slow drift is followed: 100 µs a second over a minute end less than half a millisecond off', () => {
  const clock = new ClockOffset()
  let offset = 0
  for (let i = 0; i < 3000; i++) {
    offset = 1e-4 * 0.02 * i
    clock.add(beat(0.02 * i, offset, 0.001, 0.001 + 0.001 * (i % 3)))
  }
  expect(Math.abs((clock.offset ?? Number.NaN) - offset)).toBeLessThan(5e-4)
})

test('a clock that was set is noticed at the third beat that no delay explains', () => {
  const clock = new ClockOffset()
  for (let i = 0; i < 20; i++) clock.add(beat(0.02 * i, 5, 0.001, 0.001))
  expect(clock.add(beat(0.4, 2, 0.001, 0.001))).toBeUndefined()
  expect(clock.add(beat(0.42, 2, 0.001, 0.001))).toBeUndefined()
  expect(clock.offset).toBeCloseTo(5, 9)
  expect(clock.add(beat(0.44, 2, 0.001, 0.001))).toBeCloseTo(-3, 9)
  expect(clock.offset).toBeCloseTo(2, 9)
})

test('one beat of nonsense changes nothing', () => {
  const clock = new ClockOffset()
  for (let i = 0; i < 20; i++) clock.add(beat(0.02 * i, 5, 0.001, 0.001))
  clock.add(beat(0.4, 500, 0.001, 0.001))
  for (let i = 21; i < 30; i++) expect(clock.add(beat(0.02 * i, 5, 0.001, 0.001))).toBeUndefined()
  expect(clock.offset).toBeCloseTo(5, 9)
})
