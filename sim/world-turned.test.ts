// The physics is honest at the mouth: a part that is not round stays outside when it is turned too far.
import { describe, expect, it } from 'vitest'
import { DEGREE, EVERY_FIT, guide, MICRON, MM } from './guided-insertion.ts'
import { DEFAULT_HAND } from './hand.ts'
import { findClearance, findTask, TASKS } from './tasks/index.ts'
import { World } from './world.ts'

const isAngular = (name: string) => Number.isFinite(findTask(name).symmetry)

/**
 * Turned by this for each mm of clearance, no angular part fits: an 8 mm square needs less than c / 8 mm = 7.2° for each,
 * a hexagon of 13 mm 8.8°, and the oval plug, whose ends turn 2.89 mm about its middle, 10°.
 */
const TOO_FAR = 20

describe('an angular part without a chamfer', () => {
  it.each(EVERY_FIT.filter(([name]) => isAngular(name)))(
    'the %s is blocked at %s mm when it is turned',
    async (name, mm) => {
      const world = await World.create(findTask(name), { clearance: findClearance(mm), chamfer: 0 })
      for (const degrees of [TOO_FAR * mm, -TOO_FAR * mm]) {
        const path = { tilt: [0, 0, degrees * DEGREE] as [number, number, number], from: 0.5 * MM, to: -1 * MM }
        const { depth, peakForce, penetration } = guide(world, { ...path, push: -25 * MM })
        expect(depth).toBeLessThan(1 * MICRON)
        expect(penetration).toBeLessThan(2 * MICRON)
        expect(peakForce).toBeGreaterThan(0.98 * DEFAULT_HAND.maxForce)
        expect(peakForce).toBeLessThan(1.02 * DEFAULT_HAND.maxForce)
      }
      world.dispose()
    },
  )
})

describe('a part that is half a turn of its symmetry off', () => {
  it.each(Object.keys(TASKS).filter(isAngular))(
    'is blocked: the %s, also with chamfers and 1 mm of room',
    async (name) => {
      const task = findTask(name)
      const world = await World.create(task, { clearance: findClearance(1), chamfer: 0.5 * MM })
      const path = { tilt: [0, 0, Math.PI / task.symmetry] as [number, number, number], from: 1 * MM, to: -2 * MM }
      const { depth, penetration } = guide(world, { ...path, push: -25 * MM })
      world.dispose()
      // Its tip may go as deep as the two chamfers are high.
      expect(depth).toBeLessThan(1 * MM)
      expect(penetration).toBeLessThan(2 * MICRON)
    },
  )
})
