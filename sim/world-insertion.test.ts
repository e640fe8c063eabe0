// The physics is honest in the hole: what fits goes in, what is tilted too far jams, and nothing sinks into a wall.
import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, poseDistance } from '../geometry/index.ts'
import { DEGREE, EVERY_FIT, guide, MM, STIFF_HAND } from './guided-insertion.ts'
import { findClearance, findTask } from './tasks/index.ts'
import { World } from './world.ts'

/** The commanded tip ends this far below the floor, so that the part is pressed down. */
const BELOW_FLOOR = -21.5 * MM

describe('a straight path along the axis', () => {
  it.each(EVERY_FIT)('seats the %s at %s mm, its overlap under a fifth of the clearance', async (name, mm) => {
    const task = findTask(name)
    const clearance = findClearance(mm)
    const world = await World.create(task, { clearance, chamfer: 0 })
    // Turned and leaning: neither the walls nor the path lie along the axes of the base.
    const targetInBase = makePose([0.45, 0.1, 0.1], axisAngleToQuat([1, 2, 3], 0.3))
    const { depth, peakForce, penetration, sourceInTarget } = guide(world, { to: BELOW_FLOOR, targetInBase })
    world.dispose()
    expect(Math.abs(depth - task.depth)).toBeLessThan(clearance / 5)
    expect(poseDistance(sourceInTarget, makePose([0, 0, -task.depth])).rotation).toBeLessThan(1e-4)
    // At 0.01 mm a fifth is 2 µm.
    expect(penetration).toBeLessThan(clearance / 5)
    expect(penetration).toBeGreaterThan(0)
    // The floor carries what the spring is stretched by: 1500 N/m · 1.5 mm = 2.25 N. The walls add nothing.
    expect(peakForce).toBeGreaterThan(2)
    expect(peakForce).toBeLessThan(2.6)
  })
})

describe('a path tilted by 1° in a hand that is stiff in rotation', () => {
  it.each(EVERY_FIT)('takes the %s as deep as geometry lets it, at %s mm', async (name, mm) => {
    const task = findTask(name)
    const clearance = findClearance(mm)
    const world = await World.create(task, { clearance, chamfer: 0 }, STIFF_HAND)
    const { depth, peakForce, penetration } = guide(world, { tilt: [0, 1 * DEGREE, 0], to: BELOW_FLOOR })
    world.dispose()
    // A part of width d, tilted by θ, is d / cos θ wide at one height, and h tan θ wider over a depth h: both ends of
    // the hole touch at h = (c − d (1 / cos θ − 1)) / tan θ, which is 57, 28.6, 5.66, 2.79, 1.08 and 0.50 mm.
    const twoPoint = (clearance - 8 * MM * (1 / Math.cos(DEGREE) - 1)) / Math.tan(DEGREE)
    if (twoPoint > task.depth) {
      // 8 mm · sin 1° / 2 = 0.07 mm: the tip's lower edge reaches the floor before its middle.
      expect(depth).toBeGreaterThan(task.depth - 0.08 * MM)
    } else {
      // Beyond that the hand gives way a little, the more the deeper the lever.
      expect(depth).toBeGreaterThan(0.95 * twoPoint)
      expect(depth).toBeLessThan(1.6 * twoPoint)
      // Jammed hard: the spring pulls in vain.
      expect(peakForce).toBeGreaterThan(15)
    }
    expect(peakForce).toBeLessThan(1.02 * STIFF_HAND.maxForce)
    expect(penetration).toBeLessThan(clearance / 5)
  })
})
