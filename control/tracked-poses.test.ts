import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Pose } from '../geometry/index.ts'
import { TrackedPoses } from './tracked-poses.ts'

const limits = { poseStaleAfter: 0.5, poseJump: { translation: 0.01, rotation: 0.2 }, speed: 0.1, angularSpeed: 1 }
const at = (x: number): Pose => makePose([x, 0, 0.4])

/** What the check says of a source like this, beside a target that stands. */
function look(tracked: TrackedPoses, pose: Pose, stamp: number, { now = stamp, confidence = 1 } = {}) {
  const target = { pose: at(0), stamp: now, confidence: 1 }
  return tracked.check({ stamp: now, source: { pose, stamp, confidence }, target, eeInBase: at(0) }, now)
}

function begun(): TrackedPoses {
  const tracked = new TrackedPoses(limits)
  expect(look(tracked, at(0), 0)).toBeUndefined()
  return tracked
}

test('a part that is not seen for longer than allowed is lost, until it is seen again', () => {
  const tracked = begun()
  expect(look(tracked, at(0), 0.3, { now: 0.5, confidence: 0 })).toBeUndefined()
  expect(look(tracked, at(0), 0, { now: 0.51 })).toEqual({
    kind: 'lost',
    message: 'the source not seen for 0.51 s, limit 0.5 s',
  })
  expect(look(tracked, at(0), 0.6, { confidence: 0 })?.kind).toBe('lost')
  expect(look(tracked, at(0), 0.7)).toBeUndefined()
})

test.each([
  ['was never sure', 0, { confidence: 0 }],
  ['is of the future', 0.5, { now: 0 }],
  ['has no stamp', Number.NaN, { now: 0 }],
])('a part that %s was never seen', (_, stamp, options) => {
  expect(look(new TrackedPoses(limits), at(0), stamp, options)?.message).toBe('the source was never seen')
})

test('a pose that is none is as good as nothing', () => {
  const tracked = begun()
  expect(look(tracked, at(0), 0.1)).toBeUndefined()
  const nonsense: Pose = { position: [0, 0, 0], orientation: [0, 0, 0, 0] }
  expect(look(tracked, nonsense, 0.2)).toBeUndefined()
  expect(look(tracked, nonsense, 0.7)?.kind).toBe('lost')
})

test('a pose that jumps is held against, until it is back or somebody says that it is right', () => {
  const tracked = begun()
  // 10 mm, and 0.1 m/s for 0.1 s: 20 mm.
  expect(look(tracked, at(0.019), 0.1)).toBeUndefined()
  expect(look(tracked, at(0.049), 0.2)).toEqual({
    kind: 'jump',
    message: 'the source jumped by 30 mm and 0°, limit 20 mm and 17°: look at the tracker, then resume',
  })
  expect(look(tracked, at(0.049), 0.2, { now: 0.25 })?.kind).toBe('jump')
  expect(look(tracked, at(0.02), 0.3)).toBeUndefined()
  expect(look(tracked, at(0.2), 0.4)?.kind).toBe('jump')
  // However long it stays there: 10 mm + 0.5 s · 0.1 m/s are all that is ever allowed.
  expect(look(tracked, at(0.2), 60)?.kind).toBe('jump')
  tracked.forget()
  expect(look(tracked, at(0.2), 61)).toBeUndefined()
})

test('a flip of the orientation is a jump as well', () => {
  const tracked = begun()
  // 0.2 rad, and 1 rad/s for 0.1 s.
  expect(look(tracked, makePose([0, 0, 0.4], axisAngleToQuat([0, 0, 1], 0.29)), 0.1)).toBeUndefined()
  expect(look(tracked, makePose([0, 0, 0.4], axisAngleToQuat([0, 0, 1], Math.PI)), 0.2)?.kind).toBe('jump')
})

test('a stamp that came before is no news', () => {
  const tracked = begun()
  expect(look(tracked, at(0.01), 0.2)).toBeUndefined()
  expect(look(tracked, at(0.5), 0.1, { now: 0.25 })).toBeUndefined()
})
