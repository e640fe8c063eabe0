// The physics is honest in the hole: what fits goes in, and nothing sinks into a wall.
import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, poseDistance } from '../geometry/index.ts'
import { EVERY_FIT, guide, MM, PRESS } from './guided-insertion.ts'
import { findClearance, findTask, TASKS } from './tasks/index.ts'
import { World } from './world.ts'

describe('a straight path along the axis', () => {
  it.each(EVERY_FIT)('seats the %s at %s mm, its overlap under a fifth of the clearance', async (name, mm) => {
    const task = findTask(name)
    const clearance = findClearance(mm)
    const world = await World.create(task, { clearance, chamfer: 0 })
    // Turned and leaning: neither the walls nor the path lie along the axes of the base.
    const targetInBase = makePose([0.45, 0.1, 0.1], axisAngleToQuat([1, 2, 3], 0.3))
    const { depth, peakForce, penetration, sourceInTarget } = guide(world, { to: -task.depth - PRESS, targetInBase })
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

describe('a part turned by its symmetry', () => {
  it.each(Object.keys(TASKS))('goes in as the %s does unturned, at 0.01 mm', async (name) => {
    const task = findTask(name)
    const world = await World.create(task, { clearance: findClearance(0.01), chamfer: 0 })
    // A round part may be turned by anything: here by half the 22.5° between two of the walls that stand for its bore.
    const turn = Number.isFinite(task.symmetry) ? (2 * Math.PI) / task.symmetry : Math.PI / 16
    const { depth, peakForce, penetration } = guide(world, { tilt: [0, 0, turn], to: -task.depth - PRESS })
    world.dispose()
    expect(Math.abs(depth - task.depth)).toBeLessThan(2e-3 * MM)
    expect(penetration).toBeLessThan(2e-3 * MM)
    expect(peakForce).toBeLessThan(2.6)
  })
})
