// What the solids say by themselves, asked point by point: what is free, and what is material.
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../geometry/index.ts'
import { Random } from '../../tensor/random.ts'
import { materialOf } from '../material.ts'
import { extent } from '../solids.ts'
import { CLEARANCES_MM, findClearance, findTask, TASKS } from './index.ts'
import { EXPECTED, type Expected, type Section, TESTED_APART } from './sections.ts'

const MM = 1e-3
/** Closer than this to a face the answer is left open, m. */
const EDGE = 1e-9
const NAMES = Object.keys(TASKS).filter((name) => !TESTED_APART.includes(name))

const expected = (name: string): Expected => {
  const known = EXPECTED[name]
  if (!known) throw new Error(`write down what is expected of ${name} in sections.ts`)
  return known
}

/** Points across the axis just inside and just outside an outline, found by halving between random points. */
function outlinePoints(isInside: (x: number, y: number) => boolean, [wx, wy]: readonly [number, number], seed: number) {
  const random = new Random(seed)
  const draw = (wanted: boolean) => {
    for (;;) {
      const point = [random.uniform(-0.8, 0.8) * wx * MM, random.uniform(-0.8, 0.8) * wy * MM] as const
      if (isInside(...point) === wanted) return point
    }
  }
  return Array.from({ length: 40 }, () => {
    let [inside, outside] = [draw(true), draw(false)]
    while (Math.hypot(inside[0] - outside[0], inside[1] - outside[1]) > EDGE) {
      const middle = [(inside[0] + outside[0]) / 2, (inside[1] + outside[1]) / 2] as const
      if (isInside(...middle)) inside = middle
      else outside = middle
    }
    // The crossing may be oblique: half a nanometre apart on the line, both are within one of the face.
    return { inside, outside }
  })
}

const every = NAMES.flatMap((name) =>
  CLEARANCES_MM.flatMap((mm) => [0, 0.5].map((chamferMm) => [name, mm, chamferMm] as const)),
)

describe.each(every)('the receptacle of the %s at %s mm with a chamfer of %s mm', (name, mm, chamferMm) => {
  const task = findTask(name)
  const { width, part, opening = part } = expected(name)
  const fit = { clearance: findClearance(mm), chamfer: chamferMm * MM }
  const target = task.target(fit)
  const isSolid = materialOf(target)

  /** Holds the opening at one height against its formula, to a few nanometres. */
  const expectOpening = (section: Section, grow: number, z: number) => {
    for (const { inside, outside } of outlinePoints((x, y) => section(x, y, grow), width, 1)) {
      const free = section(inside[0], inside[1], grow - 4 * EDGE)
      const material = !section(outside[0], outside[1], grow + 4 * EDGE)
      if (free) expect(isSolid([inside[0], inside[1], z]), `free at ${inside} ${z}`).toBe(false)
      if (material) expect(isSolid([outside[0], outside[1], z]), `material at ${outside} ${z}`).toBe(true)
    }
    // Away from the faces, everywhere.
    const random = new Random(2)
    for (let i = 0; i < 400; i++) {
      const [x, y] = [random.uniform(-1, 1) * (width[0] / 2 + 4) * MM, random.uniform(-1, 1) * (width[1] / 2 + 4) * MM]
      if (section(x, y, grow + EDGE) !== section(x, y, grow - EDGE)) continue
      expect(isSolid([x, y, z]), `at ${[x / MM, y / MM, z / MM]} mm`).toBe(!section(x, y, grow))
    }
  }

  it('leaves half the clearance on each side of the part, down to the floor, and nothing else free', () => {
    for (const z of [-fit.chamfer - 0.01 * MM, -task.depth / 2, 0.01 * MM - task.depth]) {
      expectOpening(opening, fit.clearance / 2, z)
    }
    const { inside } = outlinePoints((x, y) => part(x, y, 0), width, 3)[0] as { inside: readonly [number, number] }
    expect(isSolid([...inside, EDGE - task.depth])).toBe(false)
    expect(isSolid([...inside, -EDGE - task.depth])).toBe(true)
  })

  it('opens at 45° towards the mouth, by the chamfer, and ends there', () => {
    for (const share of [0.1, 0.5, 0.9]) {
      if (fit.chamfer > 0) expectOpening(opening, fit.clearance / 2 + (1 - share) * fit.chamfer, -share * fit.chamfer)
    }
    // Round the hole the top is flat, at the height of the mouth, for 10 mm on each side.
    expect(extent(target).high[2]).toBeCloseTo(0, 12)
    for (const axis of [0, 1] as const) {
      const beside: Vec3 = [0, 0, -EDGE]
      for (const sign of [-1, 1]) {
        beside[axis] = sign * (width[axis] / 2 + 10) * MM
        expect(isSolid(beside)).toBe(true)
      }
    }
  })

  it('takes a part of its section and length whose tip is drawn in by the chamfer', () => {
    const source = task.source(fit)
    const { low, high } = extent(source)
    expect(low[2]).toBeCloseTo(0, 12)
    expect(high[2]).toBeCloseTo(expected(name).lengthMm * MM, 12)
    const shafts = source.filter(({ role }) => role === 'fit')
    const shaft = extent(shafts)
    expect(shaft.low[2]).toBeCloseTo(fit.chamfer, 12)
    // Whatever the depth, the part is that long and more.
    expect(shaft.high[2]).toBeGreaterThan(task.depth)
    const isShaft = materialOf(shafts)
    for (const { inside, outside } of outlinePoints((x, y) => part(x, y, 0), width, 4)) {
      if (part(...inside, -4 * EDGE)) expect(isShaft([...inside, task.depth])).toBe(true)
      if (!part(...outside, 4 * EDGE)) expect(isShaft([...outside, task.depth])).toBe(false)
    }
    const tips = source.flatMap((solid) => (solid.kind === 'hull' ? solid.vertices : []))
    expect(tips.length > 0).toBe(fit.chamfer > 0)
    for (const [x, y, z] of tips) expect(part(x, y, z - fit.chamfer + EDGE)).toBe(true)
    for (const axis of [0, 1] as const) {
      const reach = (at: number) =>
        Math.max(...tips.filter(([, , z]) => Math.abs(z - at) < EDGE).map((corner) => corner[axis]))
      if (fit.chamfer > 0) expect(reach(fit.chamfer)).toBeCloseTo((width[axis] * MM) / 2, 9)
    }
  })
})

describe.each(NAMES)('the task %s', (name) => {
  const task = findTask(name)
  const { width, depthMm, lengthMm, symmetry, part } = expected(name)

  it('bears its own name, has the expected depth and is seen at its middle', () => {
    expect(task.name).toBe(name)
    expect(task.depth).toBeCloseTo(depthMm * MM, 12)
    expect(task.sourceCentre).toEqual([0, 0, (lengthMm * MM) / 2])
    expect(task.summary.length).toBeGreaterThan(20)
  })

  it('starts well above the mouth', () => {
    const { lateral, height, tilt } = task.start
    // The lowest corner of the tip, also half again beyond the range: 40 − 1.5 · 10 − r · 1.5 · 0.14 √2 mm, which for
    // the 4√2 mm of the square peg is 23 mm.
    const [low, high] = height
    const radius = (Math.hypot(...width) / 2) * MM
    const lowest = (low + high) / 2 - (1.5 * (high - low)) / 2 - radius * 1.5 * tilt * Math.SQRT2
    expect(lowest).toBeGreaterThan(20 * MM)
    expect(lateral).toBeGreaterThan(0)
  })

  it('has the symmetry it names: that turn changes neither part, and half of it does', () => {
    expect(task.symmetry).toBe(symmetry)
    const fit = { clearance: findClearance(0.1), chamfer: 0.5 * MM }
    const isTarget = materialOf(task.target(fit))
    const random = new Random(5)
    // Sixteen flat walls stand for a round bore: they repeat every 22.5°.
    const turn = (2 * Math.PI) / (Number.isFinite(symmetry) ? symmetry : 16)
    const differs = (angle: number) => {
      let [section, opening] = [0, 0]
      for (let i = 0; i < 2000; i++) {
        const [x, y] = [random.uniform(-0.6, 0.6) * width[0] * MM, random.uniform(-0.6, 0.6) * width[1] * MM]
        const turned = [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)] as const
        if (part(x, y, 0) !== part(...turned, 0)) section++
        if (isTarget([x, y, -5 * MM]) !== isTarget([...turned, -5 * MM])) opening++
      }
      return [section, opening]
    }
    expect(differs(turn)).toEqual([0, 0])
    if (!Number.isFinite(symmetry)) return
    for (const count of differs(turn / 2)) expect(count).toBeGreaterThan(20)
  })
})

describe('finding', () => {
  it('a task by a wrong name lists the valid ones', () => {
    const names = 'round-peg, square-peg, two-pin, hex-bolt, keyed-e, usb-c'
    expect(() => findTask('peg')).toThrow(`unknown task "peg"; valid tasks: ${names}`)
    expect(() => findTask('toString')).toThrow(RangeError)
  })

  it('a clearance gives metres, and a wrong one lists the valid ones', () => {
    expect(CLEARANCES_MM.map(findClearance)).toEqual([1e-3, 5e-4, 1e-4, 5e-5, 2e-5, 1e-5])
    const valid = 'valid clearances: 1, 0.5, 0.1, 0.05, 0.02, 0.01'
    expect(() => findClearance(0.3)).toThrow(`unknown clearance 0.3 mm; ${valid}`)
    expect(() => findClearance(Number.NaN)).toThrow(RangeError)
  })
})
