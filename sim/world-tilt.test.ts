// The physics is honest in the hole: what is tilted too far jams, where geometry says it does, and is not forced through.
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../geometry/index.ts'
import { DEGREE, EVERY_FIT, fitWidth, footWidth, guide, MICRON, PRESS, STIFF_HAND } from './guided-insertion.ts'
import { findClearance, findTask } from './tasks/index.ts'
import { World } from './world.ts'

/**
 * A part of width d, tilted by θ, is d / cos θ wide at one height, and h tan θ wider over a depth h: both ends of the
 * hole touch at h = (c − d (1 / cos θ − 1)) / tan θ. For d = 8 mm and 1° that is 57, 28.6, 5.66, 2.79, 1.08 and 0.50 mm.
 */
const twoPoint = (clearance: number, width: number, angle: number) =>
  (clearance - width * (1 / Math.cos(angle) - 1)) / Math.tan(angle)

/** Straightened by the walls, a part of the stiff hand is tilted by this at least, of the 1° that is commanded. */
const YIELDS_TO = 0.65 * DEGREE

/** About y, and where the part is not as wide along y as along x, about x as well. */
const tilts = EVERY_FIT.flatMap(([name, mm]) => {
  const [x, y] = fitWidth(findTask(name))
  const about = [['y', x] as const, ...(Math.abs(x - y) < MICRON ? [] : [['x', y] as const])]
  return about.map(([axis, width]) => [name, axis, mm, width] as const)
})

describe('a path tilted by 1° in a hand that is stiff in rotation', () => {
  it.each(tilts)(
    'takes the %s, tilted about %s, as deep as geometry lets it, at %s mm',
    async (name, axis, mm, width) => {
      const task = findTask(name)
      const clearance = findClearance(mm)
      const world = await World.create(task, { clearance, chamfer: 0 }, STIFF_HAND)
      const tilt: Vec3 = axis === 'y' ? [0, 1 * DEGREE, 0] : [1 * DEGREE, 0, 0]
      const first = twoPoint(clearance, width, 1 * DEGREE)
      // Gently to where it jams, if it does, and then as hard as can be.
      const floor = -task.depth - PRESS
      const path = { tilt, to: Math.max(floor, -first - PRESS), push: floor }
      const { depth, peakForce, penetration } = guide(world, path)
      world.dispose()
      if (first > task.depth) {
        // The tip's lower edge reaches the floor before its middle: for 8 mm, by 8 mm · sin 1° / 2 = 0.07 mm.
        const foot = footWidth(task)[axis === 'y' ? 0 : 1]
        expect(depth).toBeGreaterThan(task.depth - (foot * Math.sin(DEGREE)) / 2 - 5 * MICRON)
      } else {
        expect(depth).toBeGreaterThan(0.95 * first)
        expect(depth).toBeLessThan(twoPoint(clearance, width, YIELDS_TO))
        // Jammed hard: the spring pulls in vain, with as much as it is stretched.
        const stretch = task.depth + PRESS - depth
        expect(peakForce).toBeGreaterThan(0.75 * Math.min(STIFF_HAND.maxForce, STIFF_HAND.stiffness * stretch))
      }
      expect(peakForce).toBeLessThan(1.02 * STIFF_HAND.maxForce)
      expect(penetration).toBeLessThan(clearance / 5)
    },
  )
})
