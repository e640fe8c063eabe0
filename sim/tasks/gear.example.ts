// A gear with a 10 mm bore onto a shaft that stands 20 mm high: here the held part is the hollow one.
import { axisAngleToQuat, compose, makePose } from '../../geometry/index.ts'
import { prism } from '../blocks.ts'
import { boreFloor, boreWalls, roundBoreSides } from '../bore.ts'
import { placed, type Solid } from '../solids.ts'
import { roundPin } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

const SHAFT_RADIUS = 0.005
const SHAFT_HEIGHT = 0.02
const GEAR_RADIUS = 0.012
const BAR = 0.002
const THICKNESS = 0.01
const TEETH = 18

/** Turns upside down what stands on z = 0 with its tip, and what lies below z = 0 with its mouth there. */
const UPSIDE_DOWN = makePose([0, 0, 0], axisAngleToQuat([1, 0, 0], Math.PI))

export const gear: Task = {
  name: 'gear',
  summary: 'a gear with a 10 mm bore onto a shaft 20 mm high',
  depth: SHAFT_HEIGHT,
  symmetry: Number.POSITIVE_INFINITY,
  maxChamfer: 0.002,
  sourceCentre: [0, 0, THICKNESS / 2],
  source({ clearance, chamfer }) {
    const radius = SHAFT_RADIUS + clearance / 2
    const hub = boreWalls(roundBoreSides(radius, GEAR_RADIUS - radius), THICKNESS, chamfer)
    return [...placed(hub, UPSIDE_DOWN), ...Array.from({ length: TEETH }, (_, i) => tooth((2 * Math.PI * i) / TEETH))]
  },
  target: ({ chamfer }) => [
    ...placed(roundPin(SHAFT_RADIUS, SHAFT_HEIGHT, chamfer), UPSIDE_DOWN),
    // The gear comes to rest on a bar across the shaft: on the plate itself all its solids would, which is slow to simulate.
    prism('stop', { x: [-0.01, 0.01], y: [-0.0015, 0.0015] }, [-SHAFT_HEIGHT - BAR, -SHAFT_HEIGHT]),
    boreFloor([0.02, 0.02], SHAFT_HEIGHT + BAR),
  ],
  appearance: { source: { color: 0xc9a45c, shine: 0.5 }, target: { color: 0x8d949b, shine: 0.7 } },
  start: USUAL_START,
}

const tooth = (angle: number): Solid => ({
  role: 'stop',
  kind: 'box',
  halfSize: [0.0015, 0.001, THICKNESS / 2],
  pose: compose(
    makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], angle)),
    makePose([GEAR_RADIUS + 0.0005, 0, THICKNESS / 2]),
  ),
})
