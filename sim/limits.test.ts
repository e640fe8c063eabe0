import { describe, expect, it } from 'vitest'
import { compose, invert, type Vec3 } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { DEFAULT_HAND } from './hand.ts'
import { FORCE_LIMIT } from './judge.ts'
import { simLimits } from './limits.ts'
import { drawScenario, SPLITS } from './scenario.ts'
import { extent } from './solids.ts'
import { findTask, TASKS } from './tasks/index.ts'

const isWithin = (point: Readonly<Vec3>, { low, high }: { low: Vec3; high: Vec3 }) =>
  point.every((value, i) => value >= low[i as 0] && value <= high[i as 0])

describe.each(Object.keys(TASKS))('the limits for the %s', (name) => {
  const task = findTask(name)
  const limits = simLimits(task)

  it('allow 10 mm/s where parts may touch, from over the mouth down to the floor', () => {
    expect(limits.contactZone.speed).toBe(0.01)
    for (const z of [0.002, 0, -0.5 * task.depth, -task.depth - 0.002]) {
      expect(isWithin([0, 0, z], limits.contactZone)).toBe(true)
    }
    expect(limits.contactZone.speed).toBeLessThan(limits.speed)
  })

  it('slow a part down wherever beside the receptacle it comes down', () => {
    const fit = { clearance: 1e-3, chamfer: 0.5e-3 }
    const [part, receptacle] = [extent(task.source(fit)), extent(task.target(fit))]
    for (const axis of [0, 1] as const) {
      for (const side of [1, -1]) {
        const tip: Vec3 = [0, 0, 0.001]
        tip[axis] = side > 0 ? receptacle.high[axis] - part.low[axis] : receptacle.low[axis] - part.high[axis]
        expect(isWithin(tip, limits.contactZone)).toBe(true)
      }
    }
    // The pegs keep what was measured with: 30 mm to each side.
    if (name.endsWith('peg')) expect(limits.contactZone.high[0]).toBe(0.03)
  })

  it('leave room for every start and every seat of both splits', () => {
    for (const split of SPLITS) {
      for (let seed = 0; seed < 300; seed++) {
        const { targetInBase, sourceInTarget, sourceInEe } = drawScenario(task, split, new Random(seed))
        const eeInSource = invert(sourceInEe)
        const start = compose(compose(targetInBase, sourceInTarget), eeInSource)
        const seat = compose(
          compose(targetInBase, { position: [0, 0, -task.depth], orientation: [0, 0, 0, 1] }),
          eeInSource,
        )
        expect(isWithin(start.position, limits.workspace), `start of ${split} ${seed}`).toBe(true)
        expect(isWithin(seat.position, limits.workspace), `seat of ${split} ${seed}`).toBe(true)
      }
    }
  })

  it('stop pushing before the hand is at its end and long before the judge fails the episode', () => {
    expect(limits.force).toBeLessThan(DEFAULT_HAND.maxForce)
    expect(DEFAULT_HAND.maxForce).toBeLessThanOrEqual(FORCE_LIMIT / 2)
    // The reach may stretch the spring to its full pull: 1500 N/m · 20 mm = 30 N.
    expect(DEFAULT_HAND.stiffness * limits.reach.translation).toBeCloseTo(DEFAULT_HAND.maxForce, 9)
  })
})
