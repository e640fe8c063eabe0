import { expect, test } from 'vitest'
import { quatToRotationVector } from '../geometry/index.ts'
import { Rocking, type RockingOptions } from './rocking.ts'

const options: RockingOptions = {
  progress: 1e-4,
  within: 0.4,
  push: 1,
  ahead: 1.5e-3,
  opening: 0.01,
  widest: 0.02,
  frequency: 1,
  turns: 3,
}
const DT = 0.05
const tilt = (rocking: Rocking) => Math.hypot(...quatToRotationVector(rocking.pose.orientation))

/** For so many seconds: the part at `height` m, with `ahead` m to go, pushed back with `push` N. */
function feel(
  rocking: Rocking,
  seconds: number,
  { height = () => 0, ahead = 0.01, push = 4 }: { height?: () => number; ahead?: number; push?: number },
): void {
  for (let i = 0; i < Math.round(seconds / DT); i++) rocking.update(height(), ahead, push, DT)
}

test('a part that is pushed and goes no deeper is rocked, wider and wider, up to the widest', () => {
  const rocking = new Rocking(options)
  // The first call is the height that later ones are compared with.
  feel(rocking, 0.45, {})
  expect(tilt(rocking)).toBe(0)
  feel(rocking, 1, {})
  expect(tilt(rocking)).toBeCloseTo(0.01, 9)
  feel(rocking, 10, {})
  expect(tilt(rocking)).toBeCloseTo(0.02, 9)
})

test('it begins anew elsewhere', () => {
  const rocking = new Rocking(options)
  feel(rocking, 3, {})
  rocking.begin()
  expect(tilt(rocking)).toBe(0)
  feel(rocking, 0.45, {})
  expect(tilt(rocking)).toBe(0)
})

test('it has been tried when it was stuck, opened, and went round as often as it says', () => {
  const rocking = new Rocking(options)
  expect(rocking.patience).toBeCloseTo(0.4 + 2 + 3, 12)
  feel(rocking, rocking.patience, {})
  expect(tilt(rocking)).toBeCloseTo(options.widest, 9)
})

test('its axis goes round once in a turn, and the part does not turn about it', () => {
  const rocking = new Rocking(options)
  feel(rocking, 5, {})
  const [x, y, z] = quatToRotationVector(rocking.pose.orientation)
  feel(rocking, 0.25, {})
  const quarter = quatToRotationVector(rocking.pose.orientation)
  expect(quarter[0]).toBeCloseTo(-y, 9)
  expect(quarter[1]).toBeCloseTo(x, 9)
  expect([z, quarter[2]]).toEqual([0, 0])
  expect(rocking.pose.position).toEqual([0, 0, 0])
})

let depth = 0

test.each([
  ['goes deeper', { height: () => (depth -= 1.1e-4) }],
  ['is pushed by no more than noise', { push: 0.5 }],
  ['is where the plan ends', { ahead: 1e-3 }],
])('a part that %s is not rocked, and one that was comes to rest', (_, felt) => {
  const rocking = new Rocking(options)
  feel(rocking, 3, felt)
  expect(tilt(rocking)).toBe(0)
  feel(rocking, 3, {})
  expect(tilt(rocking)).toBeCloseTo(0.02, 9)
  // It closes twice as fast as it opens.
  feel(rocking, 0.55, felt)
  expect(tilt(rocking)).toBeLessThan(0.0111)
  feel(rocking, 1, felt)
  expect(tilt(rocking)).toBe(0)
})

test('what comes to rest is no rotation at all', () => {
  expect(new Rocking().pose).toEqual({ position: [0, 0, 0], orientation: [0, 0, 0, 1] })
})
