// An 8 mm square peg, 50 mm long, into a square hole 20 mm deep.
import { makePose } from '../../geometry/index.ts'
import { bore } from '../bore.ts'
import type { Solid } from '../solids.ts'
import { leadIn } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

const HALF_WIDTH = 0.004
const LENGTH = 0.05
const DEPTH = 0.02
const QUARTERS = [0, 1, 2, 3]

export const squarePeg: Task = {
  name: 'square-peg',
  summary: 'an 8 mm square peg into a square hole 20 mm deep',
  depth: DEPTH,
  symmetry: 4,
  maxChamfer: 0.003,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }) {
    const halfLength = (LENGTH - chamfer) / 2
    const shaft: Solid = {
      role: 'fit',
      kind: 'box',
      halfSize: [HALF_WIDTH, HALF_WIDTH, halfLength],
      pose: makePose([0, 0, LENGTH - halfLength]),
    }
    return chamfer === 0 ? [shaft] : [shaft, leadIn(outline, chamfer)]
  },
  target({ clearance, chamfer }) {
    const distance = HALF_WIDTH + clearance / 2
    const sides = QUARTERS.map((i) => ({ angle: (i * Math.PI) / 2, distance, halfWidth: 3 * HALF_WIDTH }))
    return bore(sides, DEPTH, chamfer)
  },
  appearance: { source: { color: 0xb8863b, shine: 0.5 }, target: { color: 0x4a4f57, shine: 0.2 } },
  start: USUAL_START,
}

const outline = (inset: number) =>
  QUARTERS.map((i): [number, number] => {
    const [x, y] = [i === 1 || i === 2 ? -1 : 1, i < 2 ? 1 : -1]
    return [x * (HALF_WIDTH - inset), y * (HALF_WIDTH - inset)]
  })
