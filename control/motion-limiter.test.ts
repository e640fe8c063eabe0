import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../geometry/index.ts'
import { MotionLimiter, type MotionLimits } from './motion-limiter.ts'

const limits: MotionLimits = { speed: 0.1, acceleration: 1, jerk: 20 }
const anywhere = () => true

/** Commands at these times for these goals, and the largest speed, acceleration and jerk between them. */
function follow(limiter: MotionLimiter, wishes: { goal: Vec3 | undefined; elapsed: number }[], isAllowed = anywhere) {
  const at: { time: number; position: Vec3 }[] = [-3, -2, -1, 0].map((k) => ({ time: k / 60, position: [0, 0, 0] }))
  for (const { goal, elapsed } of wishes) {
    const { time, position } = at.at(-1) as { time: number; position: Vec3 }
    const toGo = goal?.map((value, i) => value - position[i as 0]) as Vec3 | undefined
    const { step } = limiter.next(toGo && { toGo, speed: limits.speed, isAllowed }, elapsed)
    at.push({ time: time + elapsed, position: position.map((value, i) => value + step[i as 0]) as Vec3 })
  }
  return at
}

/** Divided differences of order 1, 2, 3 between neighbouring commands, times 1!, 2!, 3!: at most the derivatives' limits. */
function derivatives(at: { time: number; position: Vec3 }[]): [speed: number, acceleration: number, jerk: number] {
  let level = at.map(({ position }) => position)
  return [1, 2, 3].map((order) => {
    level = level.slice(1).map((next, k) => {
      const span = ((at[k + order] as { time: number }).time - (at[k] as { time: number }).time) / order
      return next.map((value, i) => (value - (level[k] as Vec3)[i as 0]) / span) as Vec3
    })
    return Math.max(...level.map((v) => Math.hypot(...v)))
  }) as [number, number, number]
}

const vector = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -0.2, max: 0.2, noNaN: true }))) as fc.Arbitrary<Vec3>
const wishes = fc.array(
  fc.record({
    goal: fc.oneof({ weight: 5, arbitrary: vector }, { weight: 1, arbitrary: fc.constant(undefined) }),
    elapsed: fc.double({ min: 1e-3, max: 0.1, noNaN: true }),
    repeat: fc.integer({ min: 1, max: 25 }),
  }),
  { minLength: 1, maxLength: 12 },
)
const spread = (groups: { goal: Vec3 | undefined; elapsed: number; repeat: number }[]) =>
  groups.flatMap(({ repeat, ...wish }) => Array.from({ length: repeat }, () => wish))

describe('a limited motion', () => {
  it('keeps speed, acceleration and jerk for any wishes at any times', () => {
    fc.assert(
      fc.property(wishes, (groups) => {
        const [speed, acceleration, jerk] = derivatives(follow(new MotionLimiter(limits), spread(groups)))
        expect(speed).toBeLessThanOrEqual(limits.speed * (1 + 1e-6))
        expect(acceleration).toBeLessThanOrEqual(limits.acceleration * (1 + 1e-6))
        expect(jerk).toBeLessThanOrEqual(limits.jerk * (1 + 1e-6))
      }),
      { numRuns: 400 },
    )
  })

  it('never leaves a box, and has braked before its edge', () => {
    fc.assert(
      fc.property(wishes, (groups) => {
        const position: Vec3 = [0, 0, 0]
        const limiter = new MotionLimiter(limits)
        const within = 0.02
        for (const { goal, elapsed } of spread(groups)) {
          const toGo = goal?.map((value, i) => value - position[i as 0]) as Vec3 | undefined
          const isAllowed = ({ low, high }: { low: Vec3; high: Vec3 }) =>
            [0, 1, 2].every(
              (i) => position[i as 0] + low[i as 0] >= -within && position[i as 0] + high[i as 0] <= within,
            )
          const { step } = limiter.next(toGo && { toGo, speed: limits.speed, isAllowed }, elapsed)
          for (const i of [0, 1, 2] as const) {
            position[i] += step[i]
            expect(Math.abs(position[i])).toBeLessThanOrEqual(within + 1e-9)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('reaches a goal that stands still, and stays there', () => {
    const goal: Vec3 = [0.05, -0.03, 0.01]
    const at = follow(
      new MotionLimiter(limits),
      Array.from({ length: 240 }, () => ({ goal, elapsed: 1 / 60 })),
    )
    const { position } = at.at(-1) as { position: Vec3 }
    for (const i of [0, 1, 2] as const) expect(position[i]).toBeCloseTo(goal[i], 6)
    // 58 mm at 100 mm/s take 0.58 s; starting and stopping with 1/√3 m/s² on an axis, and jerk, less than as much again.
    const there = at.findIndex((one) => Math.hypot(...one.position.map((v, i) => v - goal[i as 0])) < 1e-3)
    expect(there / 60).toBeLessThan(1.5)
  })

  it('follows a smooth path exactly once it has caught up with it', () => {
    const limiter = new MotionLimiter(limits)
    const position: Vec3 = [0, 0, 0]
    let exact = 0
    for (let k = 1; k <= 200; k++) {
      const goal: Vec3 = [0.02 * Math.sin(k / 60), 0, (0.03 * k) / 60]
      const toGo = goal.map((value, i) => value - position[i as 0]) as Vec3
      const { step, complete } = limiter.next({ toGo, speed: limits.speed, isAllowed: anywhere }, 1 / 60)
      for (const i of [0, 1, 2] as const) position[i] += step[i]
      if (complete) exact++
    }
    expect(exact).toBeGreaterThan(150)
  })
})
