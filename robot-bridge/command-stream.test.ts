import { beforeAll, beforeEach, expect, test } from 'vitest'
import { makePose, rotationVectorToQuat } from '../geometry/index.ts'
import { commandMessage, commandTopic } from './command-message.ts'
import { CommandStream, type Sending } from './command-stream.ts'
import { loadProfile } from './load-profile.ts'
import { decodeHeader, decodeTwistStamped } from './messages.ts'
import type { Profile } from './profile.ts'
import type { Wire } from './wire.ts'

const measured = makePose([0.5, 0, 0.3])
const wanted = makePose([0.5, 0.001, 0.3])
/** The robot's clock is ahead, s. */
const OFFSET = 100

let profile: Profile
let published: { topic: string; message: object }[]
let isOpen: boolean

beforeAll(async () => {
  profile = await loadProfile('sim')
})
beforeEach(() => {
  published = []
  isOpen = true
})

const wire = {
  publish(topic, message) {
    if (isOpen) published.push({ topic, message })
    return isOpen
  },
} as Partial<Wire> as Wire

const at = (now: number): Sending => ({ wire, measured, now, offset: OFFSET })
const stamps = () => published.map(({ message }) => decodeHeader((message as { header: unknown }).header).stamp)

test('a command bears the time when it was made, on the robot’s clock, and stamps increase', () => {
  const stream = new CommandStream(profile)
  for (const made of [5, 5, 4]) expect(stream.send({ eeInBase: wanted, made }, at(5))).toBe(true)
  expect(published[0]?.topic).toBe(commandTopic(profile))
  expect(stamps()[0]).toBeCloseTo(105, 9)
  expect(stamps()[1]).toBeCloseTo(105.000001, 7)
  expect(stamps()[2]).toBeCloseTo(105.000002, 7)
})

test('the last one is due to be said again after 21 ms, once, unless a newer one was sent', () => {
  const stream = new CommandStream(profile)
  expect(stream.dueAge(5)).toBeUndefined()
  stream.send({ eeInBase: wanted, made: 5 }, at(5))
  expect(stream.dueAge(5.02)).toBeUndefined()
  expect(stream.dueAge(5.022)).toBeCloseTo(0.022, 9)
  stream.sayAgain(at(5.022))
  expect(stamps()).toHaveLength(2)
  expect(stamps()[1]).toBeCloseTo(105.000001, 7)
  expect(stream.dueAge(5.1)).toBeUndefined()
  stream.sayAgain(at(5.1))
  expect(stamps()).toHaveLength(2)
})

test('what the wire did not take is not said again, and neither is anything after a new beginning', () => {
  const stream = new CommandStream(profile)
  isOpen = false
  expect(stream.send({ eeInBase: wanted, made: 5 }, at(5))).toBe(false)
  expect(stream.dueAge(6)).toBeUndefined()
  isOpen = true
  stream.send({ eeInBase: wanted, made: 7 }, at(7))
  stream.begin()
  expect(stream.dueAge(8)).toBeUndefined()
})

test('an arm that is told velocities turns no faster than it may either, and a speed that is none is no command', async () => {
  const twist = await loadProfile('moveit-servo-twist')
  const turned = makePose([0.5, 0, 0.3], rotationVectorToQuat([0, 0, 0.05]))
  const turning = (angularSpeed?: number) =>
    Math.hypot(
      ...decodeTwistStamped(commandMessage(twist, { eeInBase: turned, angularSpeed }, measured, 5)).velocity.angular,
    )
  expect([turning(), turning(0.1)].map((speed) => Number(speed.toFixed(9)))).toEqual([0.2, 0.1])
  for (const speed of [Number.NaN, -1]) {
    expect(() => commandMessage(twist, { eeInBase: turned, speed }, measured, 5)).toThrow(RangeError)
  }
})

test('an arm that is told velocities, and lags behind, is told none that is faster than where it is allows', async () => {
  const twist = await loadProfile('moveit-servo-twist')
  const stream = new CommandStream(twist)
  // 4/s of 10 mm would be 40 mm/s.
  const far = makePose([0.5, 0.01, 0.3])
  stream.send({ eeInBase: far, made: 5 }, at(5))
  stream.send({ eeInBase: far, speed: 0.005, made: 5.1 }, at(5.1))
  stream.sayAgain(at(5.13))
  stream.send({ eeInBase: far, speed: 1, made: 6 }, at(6))
  const speeds = published.map(({ message }) => Math.hypot(...decodeTwistStamped(message).velocity.linear))
  expect(speeds.map((speed) => Number(speed.toFixed(9)))).toEqual([0.04, 0.005, 0.005, 0.04])
})

test('to hold is to be told the measured pose, which has to be known', () => {
  const stream = new CommandStream(profile)
  expect(stream.hold({ ...at(5), measured: undefined })).toBe(false)
  expect(stream.hold(at(5))).toBe(true)
  expect(published).toHaveLength(1)
})

test('its own commands are known when they come back', () => {
  const stream = new CommandStream(profile)
  stream.send({ eeInBase: wanted, made: 5 }, at(5.01))
  expect(stream.sentAt(published[0]?.message)).toBe(5.01)
  const other = new CommandStream(profile)
  expect(other.sentAt(published[0]?.message)).toBeUndefined()
  expect(() => other.sentAt({})).toThrow(RangeError)
})
