import { describe, expect, it } from 'vitest'
import { makePose, type Vec3 } from '../geometry/index.ts'
import { extent, placed } from './solids.ts'

describe('solids that are placed', () => {
  it('keep their shape and move with the pose: boxes by their own, hulls by their corners', () => {
    const quarterTurn = makePose([1, 0, 0], [0, 0, Math.SQRT1_2, Math.SQRT1_2])
    const [box, hull] = placed(
      [
        { role: 'fit', kind: 'box', halfSize: [1, 2, 3], pose: makePose([5, 0, 0]) },
        { role: 'lead', kind: 'hull', vertices: [[5, 0, 7]] },
      ],
      quarterTurn,
    )
    if (box?.kind !== 'box' || hull?.kind !== 'hull') throw new Error('expected a box and a hull')
    expect([box.role, box.halfSize, hull.role]).toEqual(['fit', [1, 2, 3], 'lead'])
    // x becomes y: [5, 0] turns to [0, 5] and moves on by [1, 0].
    const expected = [1, 5, 0, 1, 5, 7]
    for (const [i, value] of [...box.pose.position, ...(hull.vertices[0] as Vec3)].entries())
      expect(value).toBeCloseTo(expected[i] as number, 12)
    expect(box.pose.orientation[2]).toBeCloseTo(Math.SQRT1_2, 12)
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
