// An E-shaped key, 14 mm by 20 mm, into its slot 15 mm deep: it fits in one way only.
import { mouthBlock, type Plan, type Side, tipBlock } from '../blocks.ts'
import { boreFloor, WALL } from '../bore.ts'
import { type Task, USUAL_START } from './task.ts'

//   y  10 ┌──┬──────┐
//       6 │  ├──────┘  the spine from x = −7 to −3, three prongs from there to 7, and in the slot
//       2 │  ├──────┐  a tooth between each two prongs
//      −2 │  ├──────┘
//         …
const LEFT = -0.007
const SPINE = -0.003
const RIGHT = 0.007
const TOP = 0.01
const PRONGS = [
  [0.006, 0.01],
  [-0.002, 0.002],
  [-0.01, -0.006],
] as const
const TEETH = [
  [0.002, 0.006],
  [-0.006, -0.002],
] as const
const LENGTH = 0.05
const DEPTH = 0.015

export const keyedE: Task = {
  name: 'keyed-e',
  summary: 'an E-shaped key, 14 mm by 20 mm, into its slot 15 mm deep',
  depth: DEPTH,
  symmetry: 1,
  maxChamfer: 0.001,
  sourceCentre: [0, 0, LENGTH / 2],
  source({ chamfer }) {
    const spine: Plan = { x: [LEFT, SPINE], y: [-TOP, TOP] }
    // A prong begins in the middle of the spine, where the spine's own chamfer does not reach.
    const prongs = PRONGS.map((y): Plan => ({ x: [(LEFT + SPINE) / 2, RIGHT], y }))
    return [
      ...tipBlock(spine, LENGTH, chamfer, ['-x', '+x', '-y', '+y']),
      ...prongs.flatMap((prong) => tipBlock(prong, LENGTH, chamfer, ['+x', '-y', '+y'])),
    ]
  },
  target({ clearance, chamfer }) {
    const gap = clearance / 2
    const [left, right, top] = [LEFT - gap, RIGHT + gap, TOP + gap]
    const beside: Plan['x'] = [left - WALL, right + WALL]
    const along: Plan['y'] = [-top - WALL, top + WALL]
    const walls: [Plan, Side[]][] = [
      [{ x: [left - WALL, left], y: along }, ['+x']],
      [{ x: [right, right + WALL], y: along }, ['-x']],
      [{ x: beside, y: [top, top + WALL] }, ['-y']],
      [{ x: beside, y: [-top - WALL, -top] }, ['+y']],
      ...TEETH.map(([low, high]): [Plan, Side[]] => [
        { x: [SPINE + gap, right + WALL], y: [low + gap, high - gap] },
        ['-x', '-y', '+y'],
      ]),
    ]
    return [
      ...walls.flatMap(([plan, sides]) => mouthBlock(plan, DEPTH, chamfer, sides)),
      boreFloor([right + WALL, top + WALL], DEPTH),
    ]
  },
  appearance: { source: { color: 0xd9a21b, shine: 0.4 }, target: { color: 0x35604a, shine: 0.2 } },
  start: USUAL_START,
}
