import { describe, expect, it } from 'vitest'
import { makePose, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import { FAILURES, type Failure, FORCE_LIMIT, isSeated, judge, TIME_LIMIT } from './judge.ts'
import { findTask, TASKS } from './tasks/index.ts'

const MM = 1e-3
const task = findTask('round-peg')
const at = (x: number, y: number, z: number) => makePose([x * MM, y * MM, z * MM])

describe('seated', () => {
  it.each([
    ['at full depth', [0, 0, -20], true],
    ['0.9 mm short of it', [0, 0, -19.1], true],
    ['1.1 mm short of it', [0, 0, -18.9], false],
    ['deep, 1.9 mm off the axis', [1.3, 1.3, -20], true],
    ['deep, but beside the receptacle', [30, 0, -25], false],
  ] as const)('is told by depth and axis: %s', (_, position, expected) => {
    expect(isSeated(task, at(...(position as Vec3)))).toBe(expected)
  })

  it('does not depend on the turn of the part', () => {
    expect(isSeated(task, makePose([0, 0, -20 * MM], rotationVectorToQuat([0, 0, 2])))).toBe(true)
  })
})

describe.each(Object.values(TASKS))('of the $name', (each) => {
  const deep = each.depth / MM

  it('a part is seated at its own depth, and at no other place where it fits or lies', () => {
    expect(isSeated(each, at(0, 0, -deep))).toBe(true)
    expect(isSeated(each, at(0, 0, 0.9 - deep))).toBe(true)
    expect(isSeated(each, at(0, 0, 1.1 - deep))).toBe(false)
    // One pin in the other's bore, or one prong on: 12 mm and 8 mm aside.
    for (const [x, y] of [
      [12, 0],
      [-12, 0],
      [0, 8],
      [0, -8],
    ] as const)
      expect(isSeated(each, at(x, y, -deep))).toBe(false)
  })

  it('a part that stops half-way is jammed, at the mouth blocked', () => {
    const stopped = (z: number) =>
      judge(each, { sourceInTarget: at(0, 0, z), peakForce: 5, time: TIME_LIMIT, lastSeen: TIME_LIMIT })?.failure
    expect(stopped(-deep / 2)).toBe('jammed')
    expect(stopped(-0.5)).toBe('blocked at the mouth')
  })
})

describe('the judge', () => {
  const midway = { sourceInTarget: at(0, 0, -10), peakForce: 5, time: 3, lastSeen: 3 }
  const ended = { ...midway, time: TIME_LIMIT, lastSeen: TIME_LIMIT }

  it('has the limits of the design: 60 N and 20 s', () => {
    expect([FORCE_LIMIT, TIME_LIMIT]).toEqual([60, 20])
  })

  it('says nothing while an episode may still succeed', () => {
    expect(judge(task, midway)).toBeUndefined()
    expect(judge(task, { ...midway, time: 19.99, lastSeen: 0, peakForce: 60 })).toBeUndefined()
  })

  it('notes the time of a seat', () => {
    const seated = { ...midway, sourceInTarget: at(0, 0, -19.5) }
    expect(judge(task, seated)).toEqual({ seated: true, seatSeconds: 3, failure: undefined })
  })

  it('fails a seat that took too much force', () => {
    const forced = { ...midway, sourceInTarget: at(0, 0, -20), peakForce: 60.1 }
    expect(judge(task, forced)).toEqual({ seated: false, seatSeconds: null, failure: 'too much force' })
  })

  const endings: [Failure, Vec3, lastSeen: number][] = [
    ['jammed', [0, 0, -10], 20],
    ['jammed', [0, 0, -1.6], 20],
    ['blocked at the mouth', [0, 0, -1.4], 20],
    ['blocked at the mouth', [3, 3, 1.9], 20],
    ['never reached the mouth', [0, 0, 2.1], 20],
    ['never reached the mouth', [4.5, 4.5, 0], 20],
    ['never reached the mouth', [30, 0, -25], 20],
    ['lost from sight', [0, 0, -10], 18.9],
    ['jammed', [0, 0, -10], 19.1],
  ]
  it.each(endings)('calls it %s when time is up at %j mm, last seen at %d s', (failure, position, lastSeen) => {
    const verdict = judge(task, { ...ended, sourceInTarget: at(...position), lastSeen })
    expect(verdict).toEqual({ seated: false, seatSeconds: null, failure })
    expect(FAILURES).toContain(failure)
  })

  it('lets a part seat in the last moment', () => {
    expect(judge(task, { ...ended, sourceInTarget: at(0, 0, -20) })?.seated).toBe(true)
  })
})
