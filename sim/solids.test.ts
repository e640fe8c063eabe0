import { describe, expect, it } from 'vitest'
import { makePose, transformPoint, type Vec3 } from '../geometry/index.ts'
import { MM } from './guided-insertion.ts'
import { bore, extent, leadIn, roundBoreSides } from './solids.ts'

describe('a round bore', () => {
  it('has walls that touch the circle all round and leave no gap between them', () => {
    const sides = roundBoreSides(4 * MM, 16)
    expect(sides).toHaveLength(16)
    for (const [i, { angle, distance, halfWidth }] of sides.entries()) {
      expect((angle / Math.PI) * 180).toBeCloseTo(22.5 * i, 12)
      expect(distance).toBe(4 * MM)
      // Neighbouring faces meet at r tan(180° / 16) = 0.80 mm from their middles; at the back, 12 mm out, at 3.18 mm.
      expect(halfWidth).toBeCloseTo(16 * MM * Math.tan(Math.PI / 16), 12)
    }
  })

  it('is made of walls and a floor without a chamfer, and of wall, slope and collar on each side with one', () => {
    const sides = roundBoreSides(4 * MM, 16)
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

describe('a lead-in', () => {
  it('is the hull of the outline, drawn in at the tip, and the full outline above', () => {
    const square = (inset: number) => [[1 - inset, 1 - inset] as const, [inset - 1, 1 - inset] as const]
    expect(leadIn(square, 0.25)).toEqual({
      role: 'lead',
      kind: 'hull',
      vertices: [
        [0.75, 0.75, 0],
        [-0.75, 0.75, 0],
        [1, 1, 0.25],
        [-1, 1, 0.25],
      ],
    })
  })
})

describe('the extent of solids', () => {
  it('holds boxes, cylinders and hulls, wherever they stand', () => {
    const quarterTurn = makePose([10, 0, 0], [0, Math.SQRT1_2, 0, Math.SQRT1_2])
    const { low, high } = extent([
      // Turned about y, the half height of 3 lies along x: 7 to 13, and the half width of 1 along z.
      { role: 'fit', kind: 'box', halfSize: [1, 2, 3], pose: quarterTurn },
      { role: 'fit', kind: 'cylinder', radius: 0.5, halfLength: 4, pose: makePose([0, 0, 5]) },
      { role: 'lead', kind: 'hull', vertices: [[0, -7, 0]] },
    ])
    const expected = { low: [-0.5, -7, -1], high: [13, 2, 9] }
    for (const i of [0, 1, 2] as const) {
      expect(low[i]).toBeCloseTo((expected.low as Vec3)[i], 12)
      expect(high[i]).toBeCloseTo((expected.high as Vec3)[i], 12)
    }
  })
})
