// The filter of contacts by roles spares physics work and changes nothing.
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../geometry/index.ts'
import { DEGREE, guide, MM } from './guided-insertion.ts'
import { DEFAULT_HAND } from './hand.ts'
import type { Solid } from './solids.ts'
import { findTask, TASKS, type Task } from './tasks/index.ts'
import { World } from './world.ts'

describe('contact by roles', () => {
  it.each(Object.keys(TASKS))('the %s ends alike when all solids may touch each other', async (name) => {
    const task = findTask(name)
    const everything = (solids: Solid[]) => solids.map((solid): Solid => ({ ...solid, role: 'stop' }))
    const unfiltered: Task = {
      ...task,
      source: (fit) => everything(task.source(fit)),
      target: (fit) => everything(task.target(fit)),
    }
    const fit = { clearance: 0.01 * MM, chamfer: 0.5 * MM }
    const [filtered, complete] = [await World.create(task, fit), await World.create(unfiltered, fit)]
    const paths = [
      // The chamfers catch 0.3 mm, but not 1.5 mm.
      { offset: [0.3 * MM, 0.1 * MM] as const, to: -5 * MM },
      { offset: [1.5 * MM, 0] as const, to: -3 * MM },
      // From 0.5° on the models part: with all pairs the part jams, filtered only from 0.55° (square) and 0.7° (round),
      // much as without chamfers, where there is nothing to filter.
      { tilt: [0, 0.2 * DEGREE, 0] as Vec3, to: name.endsWith('-peg') ? -task.depth - 1 * MM : -6 * MM },
    ]
    const depths = paths.map((path) => {
      const [expected, actual] = [guide(complete, path), guide(filtered, path)]
      expect(Math.abs(actual.depth - expected.depth)).toBeLessThan(0.02 * MM)
      expect(Math.abs(actual.peakForce - expected.peakForce)).toBeLessThan(0.05 * DEFAULT_HAND.maxForce)
      return actual.depth
    })
    // The spring pulls by 0.32 mm · 1500 N/m = 0.5 N to the side; friction, a third of that, holds the part 0.1 mm back.
    expect(depths[0]).toBeGreaterThan(4.8 * MM)
    expect(depths[1]).toBeLessThan(1 * MM)
    filtered.dispose()
    complete.dispose()
  })
})
