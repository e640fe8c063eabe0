// A plug with two round pins of 5 mm, 12 mm apart, into a socket with two bores 15 mm deep.
import { axisAngleToQuat, makePose } from '../../geometry/index.ts'
import { prism } from '../blocks.ts'
import { boreFloor, boreWalls, ROUND_SIDES, roundBoreSides, WALL } from '../bore.ts'
import { placed } from '../solids.ts'
import { roundPin } from '../tips.ts'
import { type Task, USUAL_START } from './task.ts'

const RADIUS = 0.0025
/** from the axis of insertion to a pin's own */
const OFFSET = 0.006
const PIN_LENGTH = 0.02
const LENGTH = 0.05
const DEPTH = 0.015

const RIGHT = makePose([OFFSET, 0, 0])
const HALF_TURN = makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], Math.PI))

export const twoPin: Task = {
  name: 'two-pin',
  summary: 'a plug with two 5 mm round pins, 12 mm apart, into two bores 15 mm deep',
  depth: DEPTH,
  symmetry: 2,
  maxChamfer: 0.001,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }) {
    const pin = placed(roundPin(RADIUS, PIN_LENGTH, chamfer), RIGHT)
    const body = prism('stop', { x: [-0.012, 0.012], y: [-0.006, 0.006] }, [PIN_LENGTH, LENGTH])
    return [...pin, ...placed(pin, HALF_TURN), body]
  },
  target({ clearance, chamfer }) {
    const radius = RADIUS + clearance / 2
    const right = placed(boreWalls(rightBoreSides(radius), DEPTH, chamfer), RIGHT)
    // The walls that end at the middle plane leave notches there; the web closes them.
    const web = OFFSET - radius - 1.5 * chamfer
    const width = radius + WALL
    return [
      ...right,
      ...placed(right, HALF_TURN),
      prism('stop', { x: [-web, web], y: [-width, width] }, [-DEPTH, 0]),
      boreFloor([OFFSET + width, width], DEPTH),
    ]
  },
  appearance: { source: { color: 0xe8e4da, shine: 0.3 }, target: { color: 0xf2f2ee, shine: 0.3 } },
  start: USUAL_START,
}

/** Walls of the bore at +x. They end before the plane x = 0, or they would stand in the other bore. */
const rightBoreSides = (radius: number) =>
  roundBoreSides(radius).map((side) => {
    // A wall's back corner lies at (t, t tan 180°/n) along and across its direction, t from the bore's axis.
    const spread = Math.tan(Math.PI / ROUND_SIDES)
    const towards = -Math.cos(side.angle) + spread * Math.abs(Math.sin(side.angle))
    const back = towards > 0 ? Math.min(radius + WALL, OFFSET / towards) : radius + WALL
    return { ...side, halfWidth: back * spread, thickness: back - radius }
  })
