import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nanosecondsToStamp, nanosecondsToTimestamp, stampToNanoseconds, timestampToNanoseconds } from './stamp.ts'

test('seconds become the nearest whole nanosecond', () => {
  expect(stampToNanoseconds(0)).toBe(0n)
  expect(stampToNanoseconds(0.1)).toBe(100_000_000n)
  expect(stampToNanoseconds(0.1 + 0.2)).toBe(300_000_000n) // 0.30000000000000004
  expect(stampToNanoseconds(1.9999999999)).toBe(2_000_000_000n) // the fraction carries over
  // This double is 1760000000.006999969…; times 1e9 in doubles it would become …7000064.
  expect(stampToNanoseconds(1760000000.007)).toBe(1_760_000_000_006_999_969n)
})

test('a stamp on a whole nanosecond comes back as the same double', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 53n), (nanoseconds) => {
      const stamp = Number(nanoseconds) / 1e9
      expect(nanosecondsToStamp(stampToNanoseconds(stamp))).toBe(stamp)
    }),
  )
})

test('a stamp since 1970 comes back as the same double', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e9, max: 4e9, noNaN: true }), (stamp) => {
      expect(nanosecondsToStamp(stampToNanoseconds(stamp))).toBe(stamp)
    }),
  )
})

test('a timestamp splits nanoseconds into seconds and the rest', () => {
  expect(nanosecondsToTimestamp(12_000_000_034n)).toEqual({ sec: 12, nsec: 34 })
  expect(timestampToNanoseconds({ sec: 12, nsec: 34 })).toBe(12_000_000_034n)
})
