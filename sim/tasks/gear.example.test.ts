// The seventh task, which docs/add-a-task.md adds: the page's code is the file, and the file works.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { Random } from '../../tensor/random.ts'
import { failingSeeds } from '../expert-episode.ts'
import { guide, MICRON, MM, PRESS } from '../guided-insertion.ts'
import { practiceViews } from '../practice.ts'
import type { Solid } from '../solids.ts'
import { World } from '../world.ts'
import { gear } from './gear.example.ts'
import { CLEARANCES_MM, findClearance, type Task } from './index.ts'

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

describe('the gear of docs/add-a-task.md', () => {
  it('is this file, letter by letter', async () => {
    const page = await read('../../docs/add-a-task.md')
    const [, code] = page.match(/```ts\n([\s\S]*?)```/) ?? []
    expect(code).toBe(await read('./gear.example.ts'))
  })

  it('is registered as the page says', async () => {
    const page = await read('../../docs/add-a-task.md')
    const [removed] = page.match(/(?<=^-).*TASKS.*|(?<=^-).*usbC\].*$/m) ?? []
    expect(removed).toBeDefined()
    // What somebody has added to the list since stands behind.
    expect(await read('./index.ts')).toContain(removed?.replace(/(?<=usbC).*/, ''))
  })

  it.each(CLEARANCES_MM)('goes down the shaft at %s mm, and stays on its top when it is beside it', async (mm) => {
    const clearance = findClearance(mm)
    const world = await World.create(gear, { clearance, chamfer: 0 })
    const seated = guide(world, { to: -gear.depth - PRESS })
    const offset = [Math.max(clearance, 0.2 * MM), 0] as const
    const blocked = guide(world, { offset, from: 0.5 * MM, to: -1 * MM, push: -25 * MM })
    world.dispose()
    expect(Math.abs(seated.depth - gear.depth)).toBeLessThan(MICRON)
    expect(seated.penetration).toBeLessThan(2 * MICRON)
    expect(seated.peakForce).toBeLessThan(2.6)
    // 30 N · (5 mm)² / 8 N·m/rad = 94 µm: so far does the push tilt the gear about the shaft's rim.
    expect(blocked.depth).toBeLessThan(96 * MICRON)
    expect(blocked.penetration).toBeLessThan(2 * MICRON)
  })

  it('is seen in the hand, which has nothing to hold above the shaft, wherever practice puts it', () => {
    const camera = { width: 48, height: 48, look: 'plain', depthNoise: 'none' } as const
    const fit = { clearance: findClearance(0.1), chamfer: 0.5 * MM }
    const views = [...practiceViews(gear, fit, camera, 200, new Random(0))]
    for (const { rgbd } of views) expect(rgbd.depth.some((depth) => depth > 0)).toBe(true)
  })

  it('with hundreds of teeth that all rest on the plate is refused, not let through', async () => {
    const tooth = gear.source({ clearance: 1e-4, chamfer: 0 }).at(-1) as Solid
    const task: Task = {
      ...gear,
      source: (fit) => [...gear.source(fit), ...Array.from({ length: 300 }, () => tooth)],
      target: (fit) =>
        gear
          .target(fit)
          .map((solid, i, { length }) =>
            i === length - 2
              ? { ...solid, kind: 'box', halfSize: [0.02, 0.02, 0.001], pose: makePose([0, 0, -0.021]) }
              : solid,
          ),
    }
    const world = await World.create(task, { clearance: 1e-4, chamfer: 0 })
    expect(() => guide(world, { from: -19 * MM, to: -gear.depth - PRESS })).toThrow(
      /the parts touch in \d+ places at once, for which physics has no memory/,
    )
    world.dispose()
  })

  it.each([0.1, 0.01])('is seated by the expert at %d mm', async (mm) => {
    expect(await failingSeeds(gear, mm, [0, 1])).toEqual([])
  })
})
