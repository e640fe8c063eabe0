// An 8 mm round peg, 50 mm long, into a round hole 20 mm deep.
import { makePose } from '../../geometry/index.ts'
import { bore, leadIn, roundBoreSides, type Solid } from '../solids.ts'
import type { Fit, Task } from './task.ts'

const RADIUS = 0.004
const LENGTH = 0.05
const DEPTH = 0.02
const BORE_SIDES = 16
const TIP_CORNERS = 32

export const roundPeg: Task = {
  name: 'round-peg',
  summary: 'an 8 mm round peg into a round hole 20 mm deep',
  depth: DEPTH,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }: Fit): Solid[] {
    const halfLength = (LENGTH - chamfer) / 2
    const shaft: Solid = {
      role: 'fit',
      kind: 'cylinder',
      radius: RADIUS,
      halfLength,
      pose: makePose([0, 0, LENGTH - halfLength]),
    }
    return chamfer === 0 ? [shaft] : [shaft, leadIn(outline, chamfer)]
  },
  target: ({ clearance, chamfer }: Fit): Solid[] =>
    bore(roundBoreSides(RADIUS + clearance / 2, BORE_SIDES), DEPTH, chamfer),
  start: { lateral: 0.015, height: [0.03, 0.05], tilt: 0.14, yaw: 0.26 },
}

// Corners on the circle: the polygon lies inside the cylinder, so the lead-in never decides the fit.
const outline = (inset: number) =>
  Array.from({ length: TIP_CORNERS }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / TIP_CORNERS
    return [(RADIUS - inset) * Math.cos(angle), (RADIUS - inset) * Math.sin(angle)]
  })
