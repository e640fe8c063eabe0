// The head of an M8 bolt, a hexagon of 13 mm across flats, into a hexagonal socket 12 mm deep.
import { axisAngleToQuat, makePose } from '../../geometry/index.ts'
import { bore, regularBoreSides } from '../bore.ts'
import type { Solid } from '../solids.ts'
import { leadIn } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

/** from the axis to a flat; flats face ±x */
const APOTHEM = 0.0065
const HEAD_LENGTH = 0.02
const SHANK_RADIUS = 0.004
const LENGTH = 0.05
const DEPTH = 0.012

export const hexBolt: Task = {
  name: 'hex-bolt',
  summary: 'a bolt’s hexagonal head, 13 mm across flats, into a socket 12 mm deep',
  depth: DEPTH,
  symmetry: 6,
  maxChamfer: 0.003,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }) {
    const halfLength = (HEAD_LENGTH - chamfer) / 2
    // Three boxes, each between two opposite flats, are together the hexagon.
    const head = [0, 1, 2].map(
      (i): Solid => ({
        role: 'fit',
        kind: 'box',
        halfSize: [APOTHEM, APOTHEM * Math.tan(Math.PI / 6), halfLength],
        pose: makePose([0, 0, HEAD_LENGTH - halfLength], axisAngleToQuat([0, 0, 1], (i * Math.PI) / 3)),
      }),
    )
    const halfShank = (LENGTH - HEAD_LENGTH) / 2
    const shank: Solid = {
      role: 'stop',
      kind: 'cylinder',
      radius: SHANK_RADIUS,
      halfLength: halfShank,
      pose: makePose([0, 0, LENGTH - halfShank]),
    }
    return [...head, ...(chamfer === 0 ? [] : [leadIn(hexagon, chamfer)]), shank]
  },
  target: ({ clearance, chamfer }) => bore(regularBoreSides(APOTHEM + clearance / 2, 6), DEPTH, chamfer),
  appearance: { source: { color: 0x9aa0a6, shine: 0.8 }, target: { color: 0x7a2e2e, shine: 0.3 } },
  start: USUAL_START,
}

const hexagon = (inset: number) =>
  [0, 1, 2, 3, 4, 5].map((i): [number, number] => {
    const radius = (APOTHEM - inset) / Math.cos(Math.PI / 6)
    const angle = ((i + 0.5) * Math.PI) / 3
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  })
