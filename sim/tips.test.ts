import { describe, expect, it } from 'vitest'
import { MM } from './guided-insertion.ts'
import { extent } from './solids.ts'
import { circle, leadIn, roundPin } from './tips.ts'

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

describe('a round pin', () => {
  it('is a cylinder with a tip drawn in by the chamfer, or a bare cylinder', () => {
    const [shaft, tip] = roundPin(2 * MM, 10 * MM, 0.5 * MM)
    if (shaft?.kind !== 'cylinder' || tip?.kind !== 'hull') throw new Error('expected a cylinder and a hull')
    expect(extent([shaft]).low[2]).toBeCloseTo(0.5 * MM, 12)
    expect(extent([shaft]).high[2]).toBeCloseTo(10 * MM, 12)
    const radii = tip.vertices.map(([x, y, z]) => [Math.hypot(x, y), z])
    for (const [radius, z] of radii) expect(radius).toBeCloseTo(z === 0 ? 1.5 * MM : 2 * MM, 12)
    expect(roundPin(2 * MM, 10 * MM, 0)).toHaveLength(1)
  })

  it('has the corners of its tip on the circle, none beyond it', () => {
    for (const [x, y] of circle(3)) expect(Math.hypot(x, y)).toBeCloseTo(3, 12)
  })
})
