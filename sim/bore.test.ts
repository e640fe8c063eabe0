import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../geometry/index.ts'
import { bore, ovalBoreSides, regularBoreSides, roundBoreSides } from './bore.ts'
import { MM } from './guided-insertion.ts'

describe('a round bore', () => {
  it('has walls that touch the circle all round and leave no gap between them', () => {
    const sides = roundBoreSides(4 * MM)
    expect(sides).toHaveLength(16)
    for (const [i, { angle, distance, halfWidth }] of sides.entries()) {
      expect((angle / Math.PI) * 180).toBeCloseTo(22.5 * i, 12)
      expect(distance).toBe(4 * MM)
      // Neighbouring faces meet at r tan(180° / 16) = 0.80 mm from their middles; at the back, 12 mm out, at 3.18 mm.
      expect(halfWidth).toBeCloseTo(16 * MM * Math.tan(Math.PI / 16), 12)
    }
  })

  it('is made of walls and a floor without a chamfer, and of wall and mouth on each side with one', () => {
    const sides = roundBoreSides(4 * MM)
    const bare = bore(sides, 20 * MM, 0)
    expect(bare.map(({ role }) => role)).toEqual(Array.from({ length: 17 }, () => 'stop'))
    const chamfered = bore(sides, 20 * MM, 0.5 * MM)
    const count = (role: string) => chamfered.filter((solid) => solid.role === role).length
    expect([count('fit'), count('lead'), count('stop')]).toEqual([16, 16, 1])
  })

  it('has mouths that meet on the seams of the walls, each 0.2 mm into the next', () => {
    const mouths = bore(roundBoreSides(4 * MM), 20 * MM, 0.5 * MM).flatMap((solid) =>
      solid.kind === 'hull' ? [solid.vertices] : [],
    )
    // Seen from above, the first mouth's corners lie 0.2 mm beyond the lines at ±11.25°, at the front and at the back.
    const half = Math.PI / 16
    for (const [x, y] of mouths[0] as Readonly<Vec3>[])
      expect(Math.abs(y)).toBeCloseTo(x * Math.tan(half) + 0.2 * MM, 12)
    expect(extentOf(mouths[0], 0)).toEqual([4, 16])
    expect(extentOf(mouths[0], 2)).toEqual([-1, 0])
  })
})

describe('a chamfer', () => {
  it('is a face at 45° from the wall up to the mouth', () => {
    const [, mouth] = bore([{ angle: 0, distance: 4 * MM, halfWidth: 3 * MM }], 20 * MM, 0.5 * MM)
    if (mouth?.kind !== 'hull') throw new Error('expected a hull')
    // From (4, −0.5) at the wall to (4.5, 0) at the top: no corner is nearer to the axis than that face.
    const before = mouth.vertices.map(([x, , z]) => (x - z) / MM - 4.5)
    expect(Math.min(...before)).toBeCloseTo(0, 9)
    expect(before.filter((gap) => Math.abs(gap) < 1e-9)).toHaveLength(4)
  })
})

describe('a regular bore', () => {
  it('of four walls is a square one', () => {
    expect(regularBoreSides(4 * MM, 4).map(({ angle, distance }) => [angle / Math.PI, distance])).toEqual([
      [0, 4 * MM],
      [0.5, 4 * MM],
      [1, 4 * MM],
      [1.5, 4 * MM],
    ])
  })
})

describe('an oval bore', () => {
  it('has two long walls along its travel, and stands round the two ends else', () => {
    const sides = ovalBoreSides(1 * MM, 3 * MM)
    const [end, slanted, , , long] = sides
    // The end's wall is the radius beyond the centre of the end; the long wall a radius from the axis, and longer by 3.
    expect(end?.distance).toBeCloseTo(4 * MM, 12)
    expect(end?.shift).toBeCloseTo(0, 12)
    expect(long?.distance).toBe(1 * MM)
    expect(long?.halfWidth).toBeCloseTo(13 * MM * Math.tan(Math.PI / 16) + 3 * MM, 12)
    expect(long?.shift ?? 0).toBe(0)
    // At 22.5° the wall touches the end's circle at [3 + cos, sin] mm: that point along the wall's own directions.
    const [cos, sin] = [Math.cos(Math.PI / 8), Math.sin(Math.PI / 8)]
    const touch = [(3 + cos) * MM, sin * MM] as const
    expect(slanted?.distance).toBeCloseTo(touch[0] * cos + touch[1] * sin, 12)
    expect(slanted?.shift).toBeCloseTo(touch[1] * cos - touch[0] * sin, 12)
  })
})

/** Lowest and highest value along one axis, in micrometres' precision, mm. */
const extentOf = (vertices: readonly Readonly<Vec3>[] = [], axis: 0 | 1 | 2) =>
  [Math.min, Math.max].map((pick) => Number((pick(...vertices.map((vertex) => vertex[axis])) / MM).toFixed(3)))
