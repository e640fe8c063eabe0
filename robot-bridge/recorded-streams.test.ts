import { expect, test } from 'vitest'
import { loadProfile } from './load-profile.ts'
import {
  isFresh,
  obstacles,
  RateMeter,
  ratesLine,
  requiredStreams,
  type StreamState,
  slowStreams,
} from './recorded-streams.ts'

const profile = await loadProfile('sim')

const state = (change: Partial<StreamState> = {}): StreamState => ({
  name: 'ee',
  topic: '/tenon/ee_pose',
  type: 'geometry_msgs/PoseStamped',
  leastRate: 20,
  staleAfter: 0.2,
  rate: 30,
  age: 0.01,
  ...change,
})

test('a profile says what must arrive: pictures only if asked for, the wrench if the arm has one', () => {
  const names = (rgbd: boolean, changed = profile) => requiredStreams(changed, { rgbd }).map(({ name }) => name)
  expect(names(false)).toEqual(['ee', 'source', 'target', 'wrench'])
  expect(names(true)).toEqual(['ee', 'source', 'target', 'wrench', 'pictures'])
  const { wrench: _, camera: __, ...bare } = profile
  expect(names(false, bare)).toEqual(['ee', 'source', 'target'])
  expect(() => names(true, bare)).toThrow('the profile "sim" has no camera: record without --rgbd')
})

test('what is missing, old, from the future or wrong is an obstacle, in words', () => {
  expect(obstacles([state()])).toEqual([])
  expect(obstacles([state({ age: undefined })])).toEqual(['ee: nothing arrives on /tenon/ee_pose'])
  expect(obstacles([state({ age: undefined, problem: 'position.x: expected a number' })])).toEqual([
    'ee: nothing arrives on /tenon/ee_pose; a message was not taken: position.x: expected a number',
  ])
  expect(obstacles([state({ age: 1.25 })])).toEqual([
    'ee: the newest on /tenon/ee_pose is 1.3 s old, expected at most 0.2 s',
  ])
  expect(obstacles([state({ age: -3 })])).toEqual([
    "ee: stamps on /tenon/ee_pose are 3.0 s ahead of the robot's clock: set the clocks of the machines alike",
  ])
})

test('a slow stream is told of, and is no obstacle', () => {
  const slow = state({ rate: 5 })
  expect(obstacles([slow])).toEqual([])
  expect(slowStreams([slow, state()])).toEqual(['ee: 5 messages a second on /tenon/ee_pose, expected at least 20'])
})

test('the line of rates marks what is stale', () => {
  const old = state({ name: 'source', age: 2 })
  expect([isFresh(state()), isFresh(old)]).toEqual([true, false])
  expect(ratesLine([state(), old])).toBe('ee 30 Hz · source STALE')
})

test('a rate is that of the last two seconds', () => {
  const meter = new RateMeter()
  expect(meter.rate(0)).toBe(0)
  for (let i = 0; i < 100; i++) meter.count(i / 10)
  // From 7.9 s (not counted) to 9.9 s there are 20 messages.
  expect(meter.rate(9.9)).toBeCloseTo(10, 9)
  expect(meter.rate(10.9)).toBeCloseTo(5, 9)
  expect(meter.rate(20)).toBe(0)
})
