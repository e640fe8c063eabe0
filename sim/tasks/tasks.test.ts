// What the solids say by themselves, asked point by point: what is free, and what is material.
import { describe, expect, it } from 'vitest'
import { invert, transformPoint, type Vec3 } from '../../geometry/index.ts'
import { extent, type Solid } from '../solids.ts'
import { CLEARANCES_MM, findClearance, findTask, TASKS } from './index.ts'

const MM = 1e-3
/** Closer than this to a face the answer is left open, m. */
const EDGE = 1e-9
const LENGTH = 50 * MM
const WIDTH = 8 * MM

function isInside(solid: Solid, point: Vec3): boolean {
  if (solid.kind === 'hull') throw new Error('hulls are not asked here')
  const [x, y, z] = transformPoint(invert(solid.pose), point)
  if (solid.kind === 'cylinder') return Math.hypot(x, y) <= solid.radius && Math.abs(z) <= solid.halfLength
  const { halfSize } = solid
  return Math.abs(x) <= halfSize[0] && Math.abs(y) <= halfSize[1] && Math.abs(z) <= halfSize[2]
}
const isSolid = (solids: readonly Solid[], point: Vec3) => solids.some((solid) => isInside(solid, point))

const every = Object.keys(TASKS).flatMap((name) =>
  CLEARANCES_MM.flatMap((mm) => [0, 0.5].map((chamferMm) => [name, mm, chamferMm] as const)),
)

describe.each(every)('the receptacle of the %s at %s mm with a chamfer of %s mm', (name, mm, chamferMm) => {
  const task = findTask(name)
  const fit = { clearance: findClearance(mm), chamfer: chamferMm * MM }
  const target = task.target(fit)

  it('leaves half the clearance on each side of the part, down to the floor', () => {
    const face = (WIDTH + fit.clearance) / 2
    for (const z of [-fit.chamfer - 0.01 * MM, -10 * MM, 0.01 * MM - task.depth]) {
      for (const [x, y] of [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ] as const) {
        expect(isSolid(target, [x * (face - EDGE), y * (face - EDGE), z])).toBe(false)
        expect(isSolid(target, [x * (face + EDGE), y * (face + EDGE), z])).toBe(true)
      }
    }
    expect(isSolid(target, [0, 0, EDGE - task.depth])).toBe(false)
    expect(isSolid(target, [0, 0, -EDGE - task.depth])).toBe(true)
  })

  it('opens at 45° towards the mouth, by the chamfer, and ends there', () => {
    const face = (WIDTH + fit.clearance) / 2
    for (const share of [0.1, 0.5, 0.9]) {
      const z = -share * fit.chamfer
      const opening = face + fit.chamfer + z
      if (fit.chamfer === 0) continue
      expect(isSolid(target, [opening - EDGE, 0, z])).toBe(false)
      expect(isSolid(target, [opening + EDGE, 0, z])).toBe(true)
    }
    // Round the hole the top is flat, at the height of the mouth.
    expect(extent(target).high[2]).toBeCloseTo(0, 12)
    expect(isSolid(target, [10 * MM, 0, -EDGE])).toBe(true)
  })

  it('takes a part of 8 mm by 50 mm whose tip is drawn in by the chamfer', () => {
    const source = task.source(fit)
    const { low, high } = extent(source)
    for (const axis of [0, 1] as const) {
      expect(low[axis]).toBeCloseTo(-WIDTH / 2, 12)
      expect(high[axis]).toBeCloseTo(WIDTH / 2, 12)
    }
    expect(low[2]).toBeCloseTo(0, 12)
    expect(high[2]).toBeCloseTo(LENGTH, 12)
    const [shaft, tip] = source
    expect(extent(shaft ? [shaft] : []).low[2]).toBeCloseTo(fit.chamfer, 12)
    if (tip?.kind !== 'hull') return expect(fit.chamfer).toBe(0)
    const lowest = tip.vertices.filter(([, , z]) => z === 0)
    expect(Math.max(...lowest.map(([x]) => x))).toBeCloseTo(WIDTH / 2 - fit.chamfer, 12)
    expect(Math.max(...tip.vertices.map(([, , z]) => z))).toBeCloseTo(fit.chamfer, 12)
  })
})

describe.each(Object.keys(TASKS))('the task %s', (name) => {
  const task = findTask(name)

  it('bears its own name, is 20 mm deep, and starts well above the mouth', () => {
    expect(task.name).toBe(name)
    expect(task.depth).toBe(20 * MM)
    expect(task.sourceCentre).toEqual([0, 0, LENGTH / 2])
    const { lateral, height, tilt } = task.start
    // The lowest corner of the tip, also half again beyond the range: 40 − 1.5 · 10 − 4√2 · 1.5 · 0.14 √2 mm = 23 mm.
    const [low, high] = height
    const lowest = (low + high) / 2 - (1.5 * (high - low)) / 2 - WIDTH * Math.SQRT1_2 * 1.5 * tilt * Math.SQRT2
    expect(lowest).toBeGreaterThan(20 * MM)
    expect(lateral).toBeGreaterThan(0)
  })
})

describe('finding', () => {
  it('a task by a wrong name lists the valid ones', () => {
    expect(() => findTask('peg')).toThrow('unknown task "peg"; valid tasks: round-peg, square-peg')
    expect(() => findTask('toString')).toThrow(RangeError)
  })

  it('a clearance gives metres, and a wrong one lists the valid ones', () => {
    expect(CLEARANCES_MM.map(findClearance)).toEqual([1e-3, 5e-4, 1e-4, 5e-5, 2e-5, 1e-5])
    const valid = 'valid clearances: 1, 0.5, 0.1, 0.05, 0.02, 0.01'
    expect(() => findClearance(0.3)).toThrow(`unknown clearance 0.3 mm; ${valid}`)
    expect(() => findClearance(Number.NaN)).toThrow(RangeError)
  })
})
