import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { axisAngleToQuat, type Quat, rotationDistance, type Vec3 } from '../geometry/index.ts'
import { type Bound, Follower, PLACES, type Rates, ROTATIONS, type Space } from './motion-limits.ts'
import { lengthOf, minus, times } from './vector.ts'

/** Like a careful arm; and the call interval, s. */
const ARM: Rates = { speed: 0.1, acceleration: 0.5, jerk: 5 }
const INTERVAL = 1 / 30

/** Follows wishes along x; gives where it was after each call. */
function followAll(wish: (time: number) => number, seconds: number, bounds: Bound<Readonly<Vec3>>[] = []) {
  const follower = new Follower<Readonly<Vec3>>(PLACES, [0, 0, 0], 0)
  const places: number[] = []
  const refusals: (string | undefined)[] = []
  for (let tick = 1; tick * INTERVAL < seconds; tick++) {
    const time = tick * INTERVAL
    refusals.push(follower.follow([wish(time), 0, 0], time, ARM, bounds)?.by)
    places.push(follower.value[0])
  }
  return { places, refusals, last: places.at(-1) as number }
}

describe('a wish along a line', () => {
  test('that keeps all limits is granted to the last bit', () => {
    // Acceleration at most 0.003 · 5² = 0.075 m/s², jerk 0.375 m/s³.
    const wish = (time: number) => 0.003 * (1 - Math.cos(5 * time))
    const { places, refusals } = followAll(wish, 3)
    expect(refusals.every((refusal) => refusal === undefined)).toBe(true)
    for (const [i, place] of places.entries()) expect(place).toBe(wish((i + 1) * INTERVAL))
  })

  test('that leaps is approached at full speed, reached without overshooting, and stayed at', () => {
    const { places, last } = followAll(() => 0.06, 2)
    expect(last).toBe(0.06)
    expect(Math.max(...places)).toBeLessThanOrEqual(0.06 + 1e-12)
    const steps = places.map((place, i) => place - (places[i - 1] ?? 0))
    expect(Math.max(...steps) / INTERVAL).toBeGreaterThan(0.09)
    // 60 mm at 0.1 m/s, and 0.35 s to brake, of which half counts, and as much to start.
    expect(places.indexOf(0.06) * INTERVAL).toBeLessThan(1.4)
  })

  test('that moves on is caught up with', () => {
    const wish = (time: number) => 0.04 * time
    const { places, refusals } = followAll(wish, 2)
    expect(refusals[0]).toBeDefined()
    expect(refusals.slice(30).every((refusal) => refusal === undefined)).toBe(true)
    expect(places.at(-1)).toBe(wish(places.length * INTERVAL))
  })

  test('that stops dead is overshot by a braking distance, once, and come back to', () => {
    const { places, last } = followAll((time) => 0.04 * Math.min(time, 1), 2)
    // 0.04 m/s · √(6 · 0.04 / 5) s / 2 = 4.4 mm at most.
    expect(Math.max(...places)).toBeLessThan(0.04 + 0.0044)
    expect(Math.min(...places.slice(35))).toBeGreaterThan(0.04 - 1e-9)
    expect(last).toBe(0.04)
  })

  test('that lies beyond a bound is followed up to it, and no further', () => {
    const wall: Bound<Readonly<Vec3>> = {
      name: 'workspace',
      excess: (places) => Math.max(...places.map(([x]) => x)) - 0.03,
      into: (place) => place,
    }
    const { places, last } = followAll(() => 0.06, 2, [wall])
    expect(Math.max(...places)).toBeLessThanOrEqual(0.03)
    expect(last).toBeGreaterThan(0.0299)
  })
})

test('before a slow zone it brakes, so that it enters it slowly', () => {
  const follower = new Follower<Readonly<Vec3>>(PLACES, [0, 0, 0], 0)
  let [inside, fastest] = [0, 0]
  for (let tick = 1; tick < 90; tick++) {
    const before = follower.value[0]
    const slow = { distance: Math.max(0, 0.05 - before), speed: 0.01 }
    follower.follow([0.08, 0, 0], tick * INTERVAL, ARM, [], slow)
    const speed = (follower.value[0] - before) / INTERVAL
    fastest = Math.max(fastest, speed)
    if (follower.value[0] > 0.05) inside = Math.max(inside, speed)
  }
  expect(fastest).toBeGreaterThan(0.08)
  expect(inside).toBeGreaterThan(0.009)
  expect(inside).toBeLessThanOrEqual(0.01 * (1 + 1e-9))
})

test('a hard stop is over after its time, goes no further than a gentle one, and starts afresh', () => {
  const [gentle, hard] = [1, 2].map(() => {
    const follower = new Follower<Readonly<Vec3>>(PLACES, [0, 0, 0], 0)
    for (let tick = 1; tick <= 30; tick++) follower.follow([1, 0, 0], tick * INTERVAL, ARM, [])
    return follower
  }) as [Follower<Readonly<Vec3>>, Follower<Readonly<Vec3>>]
  const from = hard.value[0]
  // 0.6 s per m/s: from 0.1 m/s 60 ms.
  hard.halt(1 + 0.03, 0.6)
  expect(hard.isHalting).toBe(true)
  hard.follow([1, 0, 0], 1 + 0.04, ARM, [])
  expect(hard.isHalting).toBe(true)
  hard.halt(1 + 0.061, 0.6)
  expect([hard.isHalting, hard.isAtRest]).toEqual([false, true])
  // 0.1 m/s · 60 ms / 2
  expect(hard.value[0] - from).toBeCloseTo(0.003, 4)
  for (let tick = 31; tick <= 60; tick++) gentle.brake(tick * INTERVAL)
  expect(gentle.isAtRest).toBe(true)
  expect(hard.value[0]).toBeLessThan(gentle.value[0])
})

test('a hard stop of what rests anyway forgets nothing: what comes after it is measured from when it rested', () => {
  const follower = new Follower<Readonly<Vec3>>(PLACES, [0, 0, 0], 0)
  const samples = [{ value: follower.value, time: 0 }]
  follower.halt(1e-4, 0.6)
  samples.push({ value: follower.value, time: 1e-4 })
  for (const time of [2e-4, 0.1002]) {
    follower.follow([1, 0, 0], time, ARM, [])
    samples.push({ value: follower.value, time })
  }
  expect(follower.value[0]).toBeGreaterThan(0)
  expect(differences(PLACES, samples).jerk).toBeLessThanOrEqual(ARM.jerk * (1 + 1e-6))
})

/** The largest divided differences of samples of three or more times, as derivatives go. */
function differences<X>({ way }: Space<X>, samples: readonly { value: X; time: number }[]): Rates {
  const largest = { speed: 0, acceleration: 0, jerk: 0 }
  let before: { time: number; start: number; speed: Vec3; acceleration?: Vec3 } | undefined
  for (const [i, { value, time }] of samples.entries()) {
    const last = samples[i - 1]
    if (!last) continue
    const speed = times(way(last.value, value), 1 / (time - last.time))
    largest.speed = Math.max(largest.speed, lengthOf(speed))
    const twoAgo = samples[i - 2]
    let acceleration: Vec3 | undefined
    if (before && twoAgo) {
      acceleration = times(minus(speed, before.speed), 2 / (time - twoAgo.time))
      largest.acceleration = Math.max(largest.acceleration, lengthOf(acceleration))
      const threeAgo = samples[i - 3]
      if (before.acceleration && threeAgo) {
        const jerk = times(minus(acceleration, before.acceleration), 3 / (time - threeAgo.time))
        largest.jerk = Math.max(largest.jerk, lengthOf(jerk))
      }
    }
    before = { time, start: last.time, speed, ...(acceleration ? { acceleration } : {}) }
  }
  return largest
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** Calls at any intervals; wishes that stay for a while, creep, or leap; now and then nobody asks, and it brakes. */
const calls = fc.array(
  fc.record({
    interval: fc.oneof(number(1e-4, 0.1), fc.constantFrom(1 / 30, 1 / 60, 1e-3, 0.1)),
    wish: fc.tuple(number(-0.1, 0.1), number(-0.1, 0.1), number(-0.1, 0.1)),
    how: fc.constantFrom('leap' as const, 'creep' as const, 'creep' as const, 'stay' as const, 'stay' as const),
    brake: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { minLength: 5, maxLength: 80 },
)

test('at any call times, for any wishes, the differences of places keep every limit, and so does the room', () => {
  const room = 0.06
  const sides: Bound<Readonly<Vec3>>[] = [0, 1, 2].map((axis) => ({
    name: 'workspace',
    excess: (places) => Math.max(...places.map((place) => Math.abs(place[axis as 0]))) - room,
    into: (place) => place,
  }))
  fc.assert(
    fc.property(calls, (list) => {
      const follower = new Follower<Readonly<Vec3>>(PLACES, [0.01, 0, 0], 0)
      const samples = [{ value: follower.value, time: 0 }]
      let [time, wish] = [0, [0, 0, 0] as Vec3]
      for (const { interval, wish: some, how, brake } of list) {
        time += interval
        if (how === 'leap') wish = some
        if (how === 'creep') wish = [wish[0] + some[0] * interval, wish[1] + some[1] * interval, wish[2]]
        if (brake) follower.brake(time)
        else follower.follow(wish, time, ARM, sides)
        samples.push({ value: follower.value, time })
        expect(Math.max(...follower.value.map(Math.abs))).toBeLessThanOrEqual(room + 1e-11)
      }
      const largest = differences(PLACES, samples)
      expect(largest.speed).toBeLessThanOrEqual(ARM.speed * (1 + 1e-6))
      expect(largest.acceleration).toBeLessThanOrEqual(ARM.acceleration * 1.01)
      expect(largest.jerk).toBeLessThanOrEqual(ARM.jerk * (1 + 1e-3))
    }),
    { numRuns: 300 },
  )
})

test('nor do orientations turn, accelerate or jerk more, but for the curvature of rotations', () => {
  const rates: Rates = { speed: 0.5, acceleration: 3, jerk: 30 }
  fc.assert(
    fc.property(calls, (list) => {
      const follower = new Follower<Readonly<Quat>>(ROTATIONS, axisAngleToQuat([1, 2, 3], 2), 0)
      const samples = [{ value: follower.value, time: 0 }]
      let [time, wish] = [0, follower.value]
      for (const { interval, wish: some, how, brake } of list) {
        time += interval
        if (how === 'leap') wish = axisAngleToQuat(some, 30 * some[0])
        if (how === 'creep') wish = ROTATIONS.moved(wish, times(some, 5 * interval))
        if (brake) follower.brake(time)
        else follower.follow(wish, time, rates, [])
        samples.push({ value: follower.value, time })
        expect(Math.hypot(...follower.value)).toBeCloseTo(1, 9)
      }
      const largest = differences(ROTATIONS, samples)
      expect(largest.speed).toBeLessThanOrEqual(rates.speed * 1.001)
      expect(largest.acceleration).toBeLessThanOrEqual(rates.acceleration / 0.97)
      expect(largest.jerk).toBeLessThanOrEqual(rates.jerk / 0.9)
    }),
    { numRuns: 300 },
  )
})

test('a turn that leaps is made by the shorter arc, to the end', () => {
  const follower = new Follower<Readonly<Quat>>(ROTATIONS, axisAngleToQuat([1, 0, 0], 3), 0)
  const wish = axisAngleToQuat([1, 0, 0], -2.5)
  for (let tick = 1; tick < 150; tick++) {
    follower.follow(wish, tick * INTERVAL, { speed: 0.5, acceleration: 3, jerk: 30 }, [])
    // 2π − 5.5 = 0.78 rad to go.
    expect(rotationDistance(follower.value, wish)).toBeLessThan(0.79)
  }
  expect(rotationDistance(follower.value, wish)).toBeLessThan(1e-12)
})
