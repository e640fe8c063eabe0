import { describe, expect, it } from 'vitest'
import { transformPoint } from '../geometry/index.ts'
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

  it('is made of walls and a floor without a chamfer, and of wall, slope and collar on each side with one', () => {
    const sides = roundBoreSides(4 * MM)
    const bare = bore(sides, 20 * MM, 0)
    expect(bare.map(({ role }) => role)).toEqual(Array.from({ length: 17 }, () => 'stop'))
    const chamfered = bore(sides, 20 * MM, 0.5 * MM)
    const count = (role: string) => chamfered.filter((solid) => solid.role === role).length
    expect([count('fit'), count('lead'), count('stop')]).toEqual([16, 32, 1])
  })
})

describe('a chamfer', () => {
  it('is a face at 45° from the wall up to the mouth', () => {
    const [, slope] = bore([{ angle: 0, distance: 4 * MM, halfWidth: 3 * MM }], 20 * MM, 0.5 * MM)
    if (slope?.kind !== 'box') throw new Error('expected a box')
    const [x, , z] = slope.halfSize
    // Its upper edges, where x is the width along the slope: from (4, −0.5) at the wall to (4.5, 0) at the mouth.
    const low = transformPoint(slope.pose, [-x, 0, z])
    const high = transformPoint(slope.pose, [x, 0, z])
    const expected = [4 * MM, 0, -0.5 * MM, 4.5 * MM, 0, 0]
    for (const [i, value] of [...low, ...high].entries()) expect(value).toBeCloseTo(expected[i] as number, 12)
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
