import { expect, test } from 'vitest'
import { Lateness } from './lateness.ts'

test('a message is as late as it took longer than the promptest, whatever the clocks say', () => {
  const lateness = new Lateness()
  expect(lateness.of(1000, 3.02)).toBe(0)
  expect(lateness.of(1000.1, 3.15)).toBeCloseTo(0.03, 3)
  // 10 ms more prompt than the first
  expect(lateness.of(1000.2, 3.21)).toBe(0)
  expect(lateness.of(1000.3, 3.32)).toBeCloseTo(0.01, 3)
})

test('what waited for two seconds is late by what is left of them, until one comes that did not wait', () => {
  const lateness = new Lateness()
  lateness.of(0, 50)
  for (const sent of [0.1, 1, 2]) expect(lateness.of(sent, 52.1)).toBeCloseTo(2.1 - sent, 2)
  expect(lateness.of(2.1, 52.1)).toBeLessThan(1e-2)
})

test('a clock that runs slow by a hundred parts in a million does not make messages late', () => {
  const lateness = new Lateness()
  let most = 0
  for (let now = 0; now < 3600; now += 0.1) most = Math.max(most, lateness.of(now * (1 - 1e-4), now))
  expect(most).toBeLessThan(1e-3)
})

test('a clock that was set back is believed anew', () => {
  const lateness = new Lateness()
  lateness.of(500, 10)
  expect(lateness.of(0, 10.1)).toBe(0)
  expect(lateness.of(0.1, 10.3)).toBeCloseTo(0.1, 3)
})
