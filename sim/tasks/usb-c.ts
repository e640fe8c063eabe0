// A USB-C plug, its oval shell 8.34 mm by 2.56 mm as in the standard, into a receptacle 6.5 mm deep.
import { makePose } from '../../geometry/index.ts'
import { prism } from '../blocks.ts'
import { bore, ovalBoreSides } from '../bore.ts'
import type { Solid } from '../solids.ts'
import { circle, leadIn } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

const RADIUS = 0.00256 / 2
/** from the middle to the centre of a rounded end */
const HALF_TRAVEL = 0.00834 / 2 - RADIUS
const SHELL_LENGTH = 0.009
const LENGTH = 0.034
const DEPTH = 0.0065

export const usbC: Task = {
  name: 'usb-c',
  summary: 'a USB-C plug, 8.34 mm by 2.56 mm, into its receptacle 6.5 mm deep',
  depth: DEPTH,
  symmetry: 2,
  maxChamfer: 0.001,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }) {
    const halfLength = (SHELL_LENGTH - chamfer) / 2
    const middle = SHELL_LENGTH - halfLength
    const end = (x: number): Solid => ({
      role: 'fit',
      kind: 'cylinder',
      radius: RADIUS,
      halfLength,
      pose: makePose([x, 0, middle]),
    })
    return [
      prism('fit', { x: [-HALF_TRAVEL, HALF_TRAVEL], y: [-RADIUS, RADIUS] }, [chamfer, SHELL_LENGTH]),
      end(-HALF_TRAVEL),
      end(HALF_TRAVEL),
      ...(chamfer === 0 ? [] : [leadIn(oval, chamfer)]),
      prism('stop', { x: [-0.006, 0.006], y: [-0.0035, 0.0035] }, [SHELL_LENGTH, LENGTH]),
    ]
  },
  target: ({ clearance, chamfer }) => bore(ovalBoreSides(RADIUS + clearance / 2, HALF_TRAVEL), DEPTH, chamfer),
  appearance: { source: { color: 0xb9bcc2, shine: 0.8 }, target: { color: 0x26282c, shine: 0.3 } },
  start: USUAL_START,
}

const oval = (inset: number) =>
  [-HALF_TRAVEL, HALF_TRAVEL].flatMap((end) => circle(RADIUS - inset).map(([x, y]) => [x + end, y] as const))
