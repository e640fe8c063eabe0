import { describe, expect, it } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { placed, type Solid } from '../solids.ts'
import { World } from '../world.ts'
import { checkFit, checkTask, lowestStart } from './check-task.ts'
import { findTask, TASKS, type Task } from './index.ts'

const MM = 1e-3
const peg = findTask('square-peg')
const FIT = { clearance: 0.1 * MM, chamfer: 0.5 * MM }
const change = (changes: Partial<Task>): Task => ({ ...peg, ...changes })
const start = (changes: Partial<Task['start']>) => change({ start: { ...peg.start, ...changes } })
const finish = (color: number, shine: number) => change({ appearance: { ...peg.appearance, source: { color, shine } } })

describe('a task is refused', () => {
  it.each([
    ['without a name', change({ name: '' }), 'task "": name is ""; expected some letters'],
    ['in millimetres', change({ depth: 20 }), 'depth is 20; expected metres from 0.003 to 0.08'],
    [
      'so shallow that standing on the rim is seated',
      change({ depth: MM }),
      'depth is 0.001; expected metres from 0.003',
    ],
    [
      'too deep for the 20 s of an episode',
      change({ depth: 0.15 }),
      'depth is 0.15; expected metres from 0.003 to 0.08',
    ],
    [
      'whose source hangs below its frame',
      change({ source: (fit) => placed(peg.source(fit), makePose([0, 0, -5 * MM])) }),
      'the lowest z of source is -5.000 mm; expected 0: its frame at the tip, z pointing back along the part',
    ],
    [
      'with a collar over its mouth',
      change({ target: (fit) => placed(peg.target(fit), makePose([0, 0, 3 * MM])) }),
      'the highest z of target is 3.000 mm; expected 0 or less: its frame at the mouth, z pointing out',
    ],
    [
      'that starts above the camera’s picture',
      start({ height: [0.1, 0.15] }),
      'start.height[1] is 0.15; expected metres from 0 to 0.1',
    ],
    ['with a depth that is no number', change({ depth: Number.NaN }), 'depth is NaN; expected metres'],
    ['with half a turn of symmetry', change({ symmetry: 0.5 }), 'symmetry is 0.5; expected a whole number of turns'],
    ['with a negative chamfer', change({ maxChamfer: -1 * MM }), 'maxChamfer is -0.001; expected metres'],
    ['with an endless centre', change({ sourceCentre: [0, 0, Number.POSITIVE_INFINITY] }), 'sourceCentre is Infinity'],
    ['with a colour beyond white', finish(0x1000000, 0.5), 'appearance.source.color is 16777216; expected'],
    ['shinier than polished', finish(0, 1.5), 'appearance.source.shine is 1.5; expected a number from 0 to 1'],
    ['with a range in degrees', start({ yaw: 15 }), 'start.yaw is 15; expected radians from 0 to π'],
    [
      'with heights upside down',
      start({ height: [0.05, 0.03] }),
      'start.height is [0.05,0.03]; expected its low end first',
    ],
    [
      'that starts inside the target',
      // (5 + 9) / 2 − 1.5 · (9 − 5) / 2 = 4 mm, less the corner's 4√2 mm · sin(1.5 √2 · 0.14) = 1.7 mm: 2.3 mm is room enough,
      // from 0.5 mm lower it is not.
      start({ height: [4.5 * MM, 8.5 * MM] }),
      'the lowest start out of distribution is 1.8 mm over the target: raise the heights or lower the tilt',
    ],
  ])('%s', (_, task, message) => {
    expect(() => checkTask(task)).toThrow(RangeError)
    expect(() => checkTask(task)).toThrow(message)
  })
})

describe('a fit is refused', () => {
  const hollow = (solid: Solid) => change({ source: () => [solid] })
  const box = (halfSize: [number, number, number], pose = makePose([0, 0, 0])): Solid => ({
    role: 'fit',
    kind: 'box',
    halfSize,
    pose,
  })
  it.each([
    ['without clearance', peg, { ...FIT, clearance: 0 }, 'clearance is 0; expected metres above 0'],
    [
      'with a chamfer its parts have no room for',
      findTask('usb-c'),
      { ...FIT, chamfer: 2 * MM },
      'task "usb-c": chamfer is 2 mm; expected 0 to 1 mm',
    ],
    ['with a part of nothing', change({ source: () => [] }), FIT, 'source is no solids; expected one at least'],
    [
      'with a flat box',
      hollow(box([1 * MM, 0, 1 * MM])),
      FIT,
      'source solid 0 (box): size is 0; expected metres above 0',
    ],
    [
      'with a rotation that is none',
      hollow(box([MM, MM, MM], { position: [0, 0, 0], orientation: [0, 0, 0, 2] })),
      FIT,
      'pose.orientation is [0,0,0,2]; expected a quaternion of length 1',
    ],
    [
      'with a hull of three corners',
      hollow({
        role: 'lead',
        kind: 'hull',
        vertices: [
          [0, 0, 0],
          [MM, 0, 0],
          [0, MM, 0],
        ],
      }),
      FIT,
      'source solid 0 (hull): vertices is 3; expected at least 4',
    ],
    [
      'with a flat hull',
      hollow({
        role: 'lead',
        kind: 'hull',
        vertices: [
          [0, 0, 0],
          [MM, 0, 0],
          [0, MM, 0],
          [MM, MM, 0],
        ],
      }),
      FIT,
      'vertices is a flat hull; expected some thickness',
    ],
    [
      'with a tip that would pass through the mouth’s chamfer',
      change({ source: (fit) => peg.source({ ...fit, chamfer: 0 }) }),
      FIT,
      'the role at the tip of source is fit; expected lead or stop: it would pass through the lead of target’s mouth',
    ],
    [
      'with a mouth that the tip’s chamfer would pass through',
      change({ target: (fit) => [...peg.target(fit), box([MM, MM, MM], makePose([30 * MM, 0, -MM]))] }),
      FIT,
      'the role at the mouth of target is fit; expected lead or stop: the lead of source’s tip would pass through it',
    ],
  ] as [string, Task, typeof FIT, string][])('%s', (_, task, fit, message) => {
    expect(() => checkFit(task, fit)).toThrow(RangeError)
    expect(() => checkFit(task, fit)).toThrow(message)
  })
})

describe('a world is refused', () => {
  const create = (task: Task) => World.create(task, FIT)

  it('to a part that is wider than its hole, with the overlap and the place', async () => {
    const wide = change({ target: (fit) => peg.target({ ...fit, clearance: -0.2 * MM }) })
    // Each wall stands 0.1 mm too far in; the chamfers, 0.5 mm each, meet before the shaft does.
    await expect(create(wide)).rejects.toThrow(
      /task "square-peg" cannot seat: with 0\.1 mm of clearance .* overlap by 0\.\d+ mm when/,
    )
  })

  it('to a goal below the floor', async () => {
    await expect(create(change({ depth: 20.3 * MM }))).rejects.toThrow(
      /overlap by 0\.300 mm when the tip is 20\.300 of 20\.300 mm deep/,
    )
  })

  it('to something in the way that roles would hide: a tip never meets a fit', async () => {
    const lid: Solid = { role: 'fit', kind: 'box', halfSize: [MM, MM, MM], pose: makePose([0, 0, -10 * MM]) }
    const task = change({ target: (fit) => [...peg.target(fit), lid] })
    await expect(create(task)).rejects.toThrow(/overlap by .* mm deep; make their solids leave the way free/)
  })

  it('to solids of which MuJoCo makes nothing', async () => {
    const sheet: Solid = {
      role: 'stop',
      kind: 'hull',
      vertices: [
        [0, 0, 0],
        [MM, 0, MM],
        [0, MM, MM],
        [MM, MM, 2 * MM],
      ],
    }
    const sheeted = { ...change({ source: (fit) => [...peg.source(fit), sheet] }), name: 'nut & bolt' }
    await expect(create(sheeted)).rejects.toThrow(/^task "nut & bolt": MuJoCo cannot build its solids: .*coplanar/)
  })

  it('to numbers that make no task', async () => {
    await expect(create(change({ depth: 20 }))).rejects.toThrow('depth is 20')
    await expect(World.create(peg, { clearance: 0.1 * MM, chamfer: 4 * MM })).rejects.toThrow('chamfer is 4 mm')
  })
})

describe('every task of ours', () => {
  it.each(Object.values(TASKS))('passes: $name', async (task) => {
    checkTask(task)
    expect(lowestStart(task)).toBeGreaterThan(20 * MM)
    for (const clearance of [1 * MM, 0.01 * MM]) {
      for (const chamfer of [0, task.maxChamfer]) (await World.create(task, { clearance, chamfer })).dispose()
    }
  })
})
