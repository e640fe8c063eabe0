// An 8 mm round peg, 50 mm long, into a round hole 20 mm deep.
import { bore, roundBoreSides } from '../bore.ts'
import { roundPin } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

const RADIUS = 0.004
const LENGTH = 0.05
const DEPTH = 0.02

export const roundPeg: Task = {
  name: 'round-peg',
  summary: 'an 8 mm round peg into a round hole 20 mm deep',
  depth: DEPTH,
  symmetry: Number.POSITIVE_INFINITY,
  maxChamfer: 0.003,
  sourceCentre: [0, 0, LENGTH / 2],
  source: ({ chamfer }) => roundPin(RADIUS, LENGTH, chamfer),
  target: ({ clearance, chamfer }) => bore(roundBoreSides(RADIUS + clearance / 2), DEPTH, chamfer),
  appearance: { source: { color: 0xc8ccd0, shine: 0.7 }, target: { color: 0x3f5f8a, shine: 0.2 } },
  start: USUAL_START,
}
