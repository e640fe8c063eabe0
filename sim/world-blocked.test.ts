// The physics is honest at the mouth: without a chamfer, a part that stands beside the hole stays there.
import { describe, expect, it } from 'vitest'
import { compose, makePose } from '../geometry/index.ts'
import { DEGREE, EVERY_FIT, guide, MICRON, MM, TARGET_IN_BASE } from './guided-insertion.ts'
import { DEFAULT_HAND } from './hand.ts'
import { findClearance, findTask } from './tasks/index.ts'
import { World } from './world.ts'

/** Along a wall's normal, aslant, and towards a corner, degrees; 16 walls repeat every 22.5°. */
const DIRECTIONS: Readonly<Record<string, readonly number[]>> = {
  'round-peg': [0, 11.25],
  'square-peg': [0, 17, 45],
}

/**
 * The one exception, a limit of this simulator. Towards the seam of two flat walls, one clearance aside, the round tip
 * overlaps them by c cos 11.25° − c/2 = 0.48 c only; at 0.02 mm and below, the edges' contact moves it aside by that much.
 */
const centresItself = (name: string, mm: number, offset: number, degrees: number) =>
  name === 'round-peg' && mm <= 0.02 && offset < 1.5 * mm * MM && degrees === 11.25

/** How far a push tilts the part about the rim: 30 N · 4 mm / 8 N·m/rad = 15 mrad, which lowers the tip's middle by 60 µm. */
const SAG = 62 * MICRON

describe('without a chamfer', () => {
  it.each(EVERY_FIT)('the %s is blocked beside the mouth at %s mm, however hard it is pushed', async (name, mm) => {
    const task = findTask(name)
    const clearance = findClearance(mm)
    const world = await World.create(task, { clearance, chamfer: 0 })
    const offsets = new Set([clearance, 2 * clearance, 0.2 * MM, 0.5 * MM])
    for (const offset of offsets) {
      if (offset < clearance) continue
      for (const degrees of DIRECTIONS[name] ?? []) {
        if (centresItself(name, mm, offset, degrees)) continue
        const direction = degrees * DEGREE
        const beside = [offset * Math.cos(direction), offset * Math.sin(direction)] as const
        const path = { offset: beside, from: 0.5 * MM, to: -1 * MM, push: -25 * MM }
        const { depth, peakForce, penetration } = guide(world, path)
        const where = `${offset / MM} mm aside at ${degrees}°`
        expect(depth, where).toBeLessThan(SAG)
        expect(penetration, where).toBeLessThan(2 * MICRON)
        // 1500 N/m · 25 mm would be 37.5 N; the hand pulls with 30 and no more, well under the judge's 60.
        expect(peakForce, where).toBeGreaterThan(0.98 * DEFAULT_HAND.maxForce)
        expect(peakForce, where).toBeLessThan(1.02 * DEFAULT_HAND.maxForce)
      }
    }
    world.dispose()
  })

  it.each(['round-peg', 'square-peg'])('the %s does not creep under a lateral load', async (name) => {
    const world = await World.create(findTask(name), { clearance: findClearance(0.01), chamfer: 0 })
    // Pressed down 10 mm aside with 1500 N/m · 10 mm = 15 N, and pulled towards the hole with 1500 N/m · 1 mm = 1.5 N,
    // of the 0.3 · 15 N = 4.5 N that friction holds. Without MuJoCo's noslip iterations it would slide by micrometres.
    guide(world, { offset: [10 * MM, 0], from: 0.5 * MM, to: -10 * MM })
    world.setTarget(compose(TARGET_IN_BASE, makePose([9 * MM, 0, -10 * MM])))
    world.step(2000)
    const [before] = world.sourceInBase.position
    world.step(5000)
    const [force] = world.contact.force
    const [after] = world.sourceInBase.position
    world.dispose()
    expect(force).toBeCloseTo(1.5, 2)
    expect(Math.abs(after - before)).toBeLessThan(0.01 * MICRON)
  })

  it.each([0.02, 0.01])('the round-peg goes round the edge between two walls, not through it, at %d mm', async (mm) => {
    const clearance = findClearance(mm)
    const world = await World.create(findTask('round-peg'), { clearance, chamfer: 0 })
    const seam = 11.25 * DEGREE
    const towards = (share: number) =>
      [share * clearance * Math.cos(seam), share * clearance * Math.sin(seam)] as [number, number]
    const slipped = guide(world, { offset: towards(1), from: 0.5 * MM, to: -1 * MM })
    const blocked = guide(world, { offset: towards(1.5), from: 0.5 * MM, to: -1 * MM, push: -25 * MM })
    world.dispose()
    const [x, y] = slipped.sourceInTarget.position
    // Between the walls the axis has c/2 of room, c/2 / cos 11.25° = 0.51 c towards the seam, and 1 µm of softness.
    expect(slipped.depth).toBeGreaterThan(0.9 * MM)
    expect(Math.hypot(x, y)).toBeLessThan(0.51 * clearance + MICRON)
    expect(slipped.penetration).toBeLessThan(2 * MICRON)
    expect(blocked.depth).toBeLessThan(SAG)
  })
})
