import { expect, test } from 'vitest'
import { lengthOf, minus } from '../../control/vector.ts'
import {
  makePose,
  type Pose,
  poseDistance,
  rotationVectorToQuat,
  transformPoint,
  type Vec3,
} from '../../geometry/index.ts'
import type { Twist } from '../protocol/messages.ts'
import { DEAD_AFTER, motionOf, moved, Steering } from './steering.ts'

const LIMITS = {
  speed: 0.1,
  angularSpeed: 1,
  acceleration: 5,
  jerk: 200,
  angularAcceleration: 50,
  angularJerk: 2000,
}
/** The hand looks down, 120 mm over the part's tip. */
const DOWN = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
const FRAMES = {
  eeInBase: DOWN,
  // Turned by a quarter about the vertical.
  targetInBase: makePose([0.5, 0, 0.1], [0, 0, Math.SQRT1_2, Math.SQRT1_2]),
  tipInEe: [0, 0, 0.12] as Vec3,
}
const twist = (frame: Twist['frame'], linear: Vec3, angular: Vec3 = [0, 0, 0], sequence = 1): Twist => ({
  type: 'twist',
  sequence,
  at: 0,
  frame,
  linear,
  angular,
})
const close = (got: readonly number[], expected: readonly number[]) => {
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 9)
}

test('a twist is meant in the axes of its frame', () => {
  const forward = (frame: Twist['frame']) => motionOf(twist(frame, [0.01, 0, 0.02]), FRAMES, LIMITS).linear
  close(forward('base'), [0.01, 0, 0.02])
  // A quarter turn takes x to y.
  close(forward('target'), [0, 0.01, 0.02])
  // Half a turn about x: z points down.
  close(forward('ee'), [0.01, 0, -0.02])
})

test('what turns, turns about the tip, which stays where it is', () => {
  const tip = (pose: Pose) => transformPoint(pose, FRAMES.tipInEe)
  let pose = DOWN
  for (let i = 0; i < 60; i++) {
    const motion = motionOf(twist('base', [0, 0, 0], [0, 0.5, 0]), { ...FRAMES, eeInBase: pose }, LIMITS)
    pose = moved(pose, motion, FRAMES.tipInEe, 1 / 60)
  }
  expect(lengthOf(minus(tip(pose), tip(DOWN)))).toBeLessThan(1e-12)
  // 0.5 rad/s for a second.
  expect(poseDistance(pose, DOWN).rotation).toBeCloseTo(0.5, 9)
})

test('one that is too fast is slowed down as a whole', () => {
  const { linear, angular } = motionOf(twist('base', [0, 0, 0], [0, 10, 0]), FRAMES, LIMITS)
  // The hand is 120 mm from the tip: at 0.1 m/s it turns by 0.1 / 0.12 rad/s.
  expect(lengthOf(linear)).toBeCloseTo(0.1, 9)
  expect(lengthOf(angular)).toBeCloseTo(0.1 / 0.12, 9)
})

test('a twist counts for 150 ms, and for nothing after that', () => {
  const steering = new Steering(LIMITS)
  steering.steer(twist('base', [0.01, 0, 0]), 10)
  expect(steering.fresh(10 + DEAD_AFTER - 1e-6)).toBeDefined()
  expect(steering.fresh(10 + DEAD_AFTER + 1e-6)).toBeUndefined()
  steering.letGo()
  expect(steering.fresh(10)).toBeUndefined()
})

/** Steers for a while a robot that follows every wish as `follow` says; answers with the last wish and command. */
function steered(seconds: number, linear: (time: number) => Vec3, follow: (wish: Pose, command: Pose) => Pose) {
  const steering = new Steering(LIMITS)
  let command = DOWN
  let wish = DOWN
  for (let tick = 0; tick / 60 < seconds; tick++) {
    const time = tick / 60
    wish = steering.wishAt(time, twist('base', linear(time)), { ...FRAMES, eeInBase: command }, LIMITS.speed)
    command = follow(wish, command)
    steering.commanded(command, time, tick === 0)
  }
  return { wish, command, ahead: minus(wish.position, command.position) }
}

test('who is followed gets as far as was steered: 20 mm/s for a second are 20 mm', () => {
  const { command } = steered(
    1,
    () => [0.02, 0, 0],
    (wish) => wish,
  )
  expect(command.position[0] - 0.5).toBeCloseTo(0.02, 3)
})

test('held back, the wish stays near: 10 s at 50 mm/s lead by 1.5 mm and no more', () => {
  const { ahead } = steered(
    10,
    () => [0.05, 0, 0],
    (_, command) => command,
  )
  // 30 ms of 50 mm/s, and nothing moves that would have to stop.
  expect(ahead[0]).toBeCloseTo(0.0015, 6)
})

test('held back and turned round, the very next wish is the other way', () => {
  const { ahead } = steered(
    1,
    (time) => [time < 0.98 ? 0.05 : -0.01, 0, 0],
    (_, command) => command,
  )
  expect(ahead[0]).toBeLessThanOrEqual(0)
})

test('held back and let go of, there is nothing left to wish for', () => {
  const { ahead } = steered(
    1,
    (time) => [time < 0.9 ? 0.05 : 0, 0, 0],
    (_, command) => command,
  )
  expect(lengthOf(ahead)).toBe(0)
})

test('let go of at speed, the wish is where it can stop, and not behind that', () => {
  const steering = new Steering(LIMITS)
  let command = DOWN
  const step = (time: number, speed: number, follow: (wish: Pose) => Pose) => {
    const wish = steering.wishAt(time, twist('base', [speed, 0, 0]), { ...FRAMES, eeInBase: command }, LIMITS.speed)
    command = follow(wish)
    steering.commanded(command, time)
    return wish
  }
  for (let tick = 0; tick < 60; tick++) step(tick / 60, 0.1, (wish) => wish)
  const at = command.position[0]
  const stop = step(1, 0, () => command).position[0] - at
  // 100 mm/s, 200 m/s³: √(6 · 0.1 / 200) = 55 ms of braking, and half of that at full speed: 2.7 mm.
  expect(stop).toBeGreaterThan(0.0025)
  expect(stop).toBeLessThan(0.003)
})

test('turning, too, is kept near', () => {
  const steering = new Steering(LIMITS)
  let wish = DOWN
  for (let tick = 0; tick < 120; tick++) {
    const turn = twist('base', [0, 0, 0], [0, 0, 0.4])
    wish = steering.wishAt(tick / 60, turn, FRAMES, LIMITS.speed)
    steering.commanded(DOWN, tick / 60, tick === 0)
  }
  const expected = { ...DOWN, orientation: rotationVectorToQuat([0, 0, 0.4 * 0.03]) }
  expect(poseDistance(wish, DOWN).rotation).toBeCloseTo(poseDistance(expected, makePose(DOWN.position)).rotation, 4)
})
