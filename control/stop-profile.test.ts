import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StopProfile } from './stop-profile.ts'

const limits = { acceleration: 2, jerk: 10 }

test('from a speed alone: 0.1 s up to the braking acceleration and 0.1 s back', () => {
  // Peak acceleration √(J v) = √(10 · 0.1) = 1, reached in 0.1 s. Symmetric in time: half the speed on average.
  const profile = new StopProfile({ speed: 0.1, acceleration: 0 }, limits)
  expect(profile.duration).toBeCloseTo(0.2, 12)
  expect(profile.positionAt(1)).toBeCloseTo(0.1 * 0.2 * 0.5, 12)
  expect(profile.peakSpeed).toBeCloseTo(0.1, 12)
})

test('with much to brake, the acceleration stays at its limit in between', () => {
  // 0.2 s there and back take 0.4 m/s; the other 1.6 m/s take 0.8 s at 2 m/s².
  const profile = new StopProfile({ speed: 2, acceleration: 0 }, limits)
  expect(profile.duration).toBeCloseTo(0.2 + 0.8 + 0.2 - 0, 12)
  expect(profile.positionAt(profile.duration)).toBeCloseTo((2 * 1.2) / 2, 12)
})

test('an acceleration that goes on raises the speed first', () => {
  // 1 m/s² fades in 0.1 s and adds a²/2J = 0.05 m/s until then.
  const profile = new StopProfile({ speed: 0.1, acceleration: 1 }, limits)
  expect(profile.peakSpeed).toBeCloseTo(0.15, 12)
})

test('a motion that turns round is measured at its turn', () => {
  const profile = new StopProfile({ speed: -0.01, acceleration: 1 }, limits)
  const [low, high] = profile.rangeFrom(0)
  expect(low).toBeLessThan(-5e-5)
  expect(high).toBeCloseTo(profile.positionAt(Number.POSITIVE_INFINITY), 12)
  expect(profile.pathFrom(0)).toBeCloseTo(high - 2 * low, 12)
})

test('at rest there is nothing to do', () => {
  const profile = new StopProfile({ speed: 0, acceleration: 0 }, limits)
  expect([profile.duration, profile.positionAt(1), profile.peakSpeed, ...profile.rangeFrom(0)]).toEqual([0, 0, 0, 0, 0])
})

test('from any motion it comes to rest within its limits and its range', () => {
  const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true })
  fc.assert(
    fc.property(number(3), number(2), (speed, acceleration) => {
      const profile = new StopProfile({ speed, acceleration }, limits)
      const [low, high] = profile.rangeFrom(0)
      const n = 400
      const dt = profile.duration / n
      const at = (k: number) => profile.positionAt(k * dt)
      for (let k = 0; k <= n; k++) {
        expect(at(k)).toBeGreaterThanOrEqual(low - 1e-9)
        expect(at(k)).toBeLessThanOrEqual(high + 1e-9)
      }
      if (dt < 1e-3) return
      for (let k = 1; k < n; k++) {
        expect(Math.abs(at(k + 1) - 2 * at(k) + at(k - 1)) / dt ** 2).toBeLessThan(2 + 1e-3)
        expect(Math.abs(at(k + 1) - at(k)) / dt).toBeLessThanOrEqual(profile.peakSpeed + 1e-9)
      }
      // At rest at the end: the last steps become nothing.
      expect(Math.abs(at(n) - at(n - 1)) / dt).toBeLessThan(10 * dt * dt + 1e-6)
    }),
  )
})
