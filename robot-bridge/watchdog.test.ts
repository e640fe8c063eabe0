import { expect, test } from 'vitest'
import { Watchdog } from './watchdog.ts'

test('a watchdog that was never fed is silent', () => {
  expect(new Watchdog(0.1).isSilent(0)).toBe(true)
  expect(new Watchdog(0.1).silence(0)).toBe(Number.POSITIVE_INFINITY)
})

test('a fed watchdog turns silent when its limit has passed, and says so in time for the next look', () => {
  const watchdog = new Watchdog(0.1)
  watchdog.feed(5)
  expect(watchdog.isSilent(5.1)).toBe(false)
  expect(watchdog.isSilent(5.101)).toBe(true)
  expect(watchdog.isSilent(5.095, 0.01)).toBe(true)
  expect(watchdog.isSilent(5.085, 0.01)).toBe(false)
  expect(watchdog.silence(5.25)).toBeCloseTo(0.25, 12)
})

test('grace lets the next sign of life come later, once', () => {
  const watchdog = new Watchdog(0.1)
  watchdog.feed(0, 1)
  expect(watchdog.isSilent(0.9)).toBe(false)
  watchdog.feed(0.9)
  expect(watchdog.isSilent(1.05)).toBe(true)
})
