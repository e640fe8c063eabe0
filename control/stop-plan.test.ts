import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Vec3 } from '../geometry/index.ts'
import { after, atRest, gentleStop, hullOf, type Stop, speedToStopWithin, topSpeed } from './stop-plan.ts'
import { dot, lengthOf, minus, plus, times } from './vector.ts'

const coordinate = fc.double({ min: -1, max: 1, noNaN: true })
const vector: fc.Arbitrary<Vec3> = fc.tuple(coordinate, coordinate, coordinate)
const anyStop: fc.Arbitrary<Stop> = fc.record({
  offset: vector,
  velocity: vector,
  acceleration: vector,
  duration: fc.double({ min: 0.05, max: 3, noNaN: true }),
})
const share = fc.double({ min: 0.02, max: 0.98, noNaN: true })

const expectVector = (got: Vec3, expected: Vec3, digits: number) => {
  for (const axis of [0, 1, 2] as const) expect(got[axis]).toBeCloseTo(expected[axis], digits)
}

test('a stop from 1 m/s in 2 s goes 1 m, 13/16 of it in the first half', () => {
  const stop = { ...atRest(), velocity: [1, 0, 0] as Vec3, duration: 2 }
  expect(hullOf(stop)[2]).toEqual([1, 0, 0])
  // With s = 1/2: 4 s r³ · 1/2 + (1 − r⁴ − 4 s r³) · 1 = 1/8 + 11/16.
  expect(after(stop, 1).offset[0]).toBeCloseTo(13 / 16, 12)
  // (1 + 2 s)(1 − s)² = 1/2
  expect(after(stop, 1).velocity[0]).toBeCloseTo(0.5, 12)
  expect(after(stop, 2)).toEqual(atRest([1, 0, 0]))
})

test('velocity and acceleration are the derivatives of the offset', () => {
  fc.assert(
    fc.property(anyStop, share, (stop, s) => {
      const [time, step] = [s * stop.duration, 1e-4 * stop.duration]
      const [before, now, next] = [time - step, time, time + step].map((t) => after(stop, t)) as [Stop, Stop, Stop]
      expectVector(times(minus(next.offset, before.offset), 0.5 / step), now.velocity, 5)
      expectVector(times(minus(next.velocity, before.velocity), 0.5 / step), now.acceleration, 4)
    }),
  )
})

test('what remains of a stop is a stop, on the same course', () => {
  fc.assert(
    fc.property(anyStop, share, share, (stop, first, second) => {
      const [a, b] = [first * stop.duration, second * (1 - first) * stop.duration]
      expectVector(after(after(stop, a), b).offset, after(stop, a + b).offset, 9)
      expectVector(after(after(stop, a), b).velocity, after(stop, a + b).velocity, 9)
    }),
  )
})

test('it stays in the hull of three points, and no faster than it says', () => {
  fc.assert(
    fc.property(anyStop, share, vector, (stop, s, direction) => {
      const there = after(stop, s * stop.duration)
      const furthest = Math.max(...hullOf(stop).map((point) => dot(point, direction)))
      expect(dot(there.offset, direction)).toBeLessThanOrEqual(furthest + 1e-12)
      expect(lengthOf(there.velocity)).toBeLessThanOrEqual(topSpeed(stop) + 1e-12)
    }),
  )
})

test('a harder stop stays in the hull of the gentler one', () => {
  fc.assert(
    fc.property(anyStop, share, vector, (stop, s, direction) => {
      const hard = { ...stop, duration: s * stop.duration }
      const furthest = (points: Vec3[]) => Math.max(...points.map((point) => dot(point, direction)))
      expect(furthest(hullOf(hard))).toBeLessThanOrEqual(furthest(hullOf(stop)) + 1e-12)
    }),
  )
})

test('a gentle stop keeps acceleration and jerk all the way, whatever the motion it starts from', () => {
  const limits = { acceleration: 2, jerk: 20 }
  fc.assert(
    fc.property(vector, vector, (velocity, some) => {
      const acceleration = times(some, limits.acceleration / Math.max(1, lengthOf(some)))
      const stop = gentleStop(velocity, acceleration, limits)
      const step = stop.duration / 100
      let [strongest, sharpest] = [0, 0]
      for (let i = 0; i < 100 && stop.duration > 1e-9; i++) {
        const [now, next] = [after(stop, i * step), after(stop, (i + 0.999) * step)]
        strongest = Math.max(strongest, lengthOf(now.acceleration))
        sharpest = Math.max(sharpest, lengthOf(minus(next.acceleration, now.acceleration)) / (0.999 * step))
      }
      expect(strongest).toBeLessThanOrEqual(limits.acceleration * 1.002)
      expect(sharpest).toBeLessThanOrEqual(limits.jerk * (1 + 1e-6))
    }),
  )
})

test('the shortest one: from 0.1 m/s at 0.5 m/s² and 5 m/s³', () => {
  const { duration } = gentleStop([0.1, 0, 0], [0, 0, 0], { acceleration: 0.5, jerk: 5 })
  // √(6 · 0.1 / 5) = 0.346 s, more than 1.5 · 0.1 / 0.5 = 0.3 s.
  expect(duration).toBeGreaterThan(0.3464)
  expect(duration).toBeLessThan(0.348)
})

test('the speed for a way is the one whose stop has that length', () => {
  const limits = { acceleration: 0.5, jerk: 5 }
  for (const speed of [0.01, 0.1, 0.5]) {
    const end = hullOf(gentleStop([speed, 0, 0], [0, 0, 0], limits))[2]
    // Bisection and the reserve of 2 % make the stop a little longer.
    expect(speedToStopWithin(end[0], limits) / speed).toBeGreaterThan(0.999)
    expect(speedToStopWithin(end[0], limits) / speed).toBeLessThan(1.02)
  }
})

test('rest stays rest', () => {
  expect(gentleStop([0, 0, 0], [0, 0, 0], { acceleration: 1, jerk: 1 })).toEqual(atRest())
  expect(after(atRest([1, 2, 3]), 5)).toEqual(atRest([1, 2, 3]))
  expect(plus([1, 2, 3], [1, 1, 1], -1)).toEqual([0, 1, 2])
})
