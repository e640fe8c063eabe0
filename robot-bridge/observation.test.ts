import { beforeAll, describe, expect, test } from 'vitest'
import { makePose, type Pose } from '../geometry/index.ts'
import type { News } from './link-news.ts'
import { loadProfile } from './load-profile.ts'
import { Assembly, type AssemblyOptions } from './observation.ts'
import type { Profile } from './profile.ts'

let profile: Profile
beforeAll(async () => {
  profile = await loadProfile('sim')
})

let time = 0
const assembly = (options: Partial<AssemblyOptions> = {}) =>
  new Assembly({ profile, now: () => time, gate: null, ...options })

const at = (x: number): Pose => makePose([x, 0, 0.3])
const wrench = (stamp: number, z = 0) => ({
  stamp,
  wrench: { force: [0, 0, z] as [number, number, number], torque: [0, 0, 0] as [number, number, number] },
})
const seen = (stamp: number, pose = at(0.1), confidence = 1) => ({ stamp, pose, confidence })
const all = (stamp: number): News['values'] => ({
  ee: { stamp, pose: at(0.5) },
  wrench: wrench(stamp),
  source: seen(stamp),
  target: seen(stamp),
})
const picture = (stamp: number, shade: number) => ({
  stamp,
  reads: 0,
  isGivenBack: false,
  get rgbd() {
    this.reads++
    return {
      intrinsics: { width: 4, height: 2, fx: 4, fy: 4, cx: 1.5, cy: 0.5 },
      rgb: new Uint8Array(24).fill(shade),
      depth: new Float32Array(8).fill(0.5),
    }
  },
  giveBack() {
    this.isGivenBack = true
  },
})

test('what has never been seen is named', () => {
  const robot = assembly({ camera: true })
  expect(() => robot.observe()).toThrow(
    'a pose of the end effector on /tenon/ee_pose; a wrench on /tenon/wrench; ' +
      'poses of both objects on /tenon/source_pose and /tenon/target_pose; a picture with depth on /tenon/colour',
  )
  const { wrench: _, source: __, ...rest } = all(1)
  robot.take(rest)
  expect(() => robot.observe()).toThrow(/^nothing to observe yet: a wrench .*; poses of both objects .*; a picture/)
})

test('the stamp is the newest at which end effector and wrench are both known, and the end effector is interpolated to it', () => {
  const robot = assembly()
  robot.take(all(1))
  robot.take({ ee: { stamp: 1.02, pose: at(0.52) }, wrench: wrench(1.015, 7) })
  const { stamp, eeInBase, wrench: measured } = robot.observe()
  expect(stamp).toBe(1.015)
  expect(eeInBase.position[0]).toBeCloseTo(0.515, 12)
  expect(measured?.force).toEqual([0, 0, 7])
})

test('when the wrench falls silent the stamp stands still, though the end effector goes on', () => {
  const robot = assembly()
  robot.take(all(1))
  for (let i = 1; i <= 20; i++) robot.take({ ee: { stamp: 1 + 0.02 * i, pose: at(0.5 + 0.001 * i) } })
  expect(robot.observe().stamp).toBe(1)
  expect(robot.observe().eeInBase.position[0]).toBe(0.5)
})

test('an arm without a force sensor is observed without', () => {
  const { wrench: _, ...bare } = profile
  const robot = assembly({ profile: bare })
  robot.take(all(1))
  robot.take({ ee: { stamp: 1.1, pose: at(0.6) } })
  const observation = robot.observe()
  expect(observation.stamp).toBe(1.1)
  expect(observation).not.toHaveProperty('wrench')
})

test('object poses keep stamps of their own', () => {
  const robot = assembly()
  robot.take(all(1))
  robot.take({ ee: { stamp: 1.1, pose: at(0.6) }, wrench: wrench(1.1), target: seen(1.06, at(0.2), 0.4) })
  const { stamp, source, target } = robot.observe()
  expect([stamp, source.stamp, target.stamp]).toEqual([1.1, 1, 1.06])
  expect(target.confidence).toBe(0.4)
})

test('where the end effector was is known for two seconds', () => {
  const robot = assembly()
  for (let i = 0; i <= 300; i++) robot.take({ ee: { stamp: 0.01 * i, pose: at(0.001 * i) } })
  expect(robot.eeAt(0.5)).toBeUndefined()
  expect(robot.eeAt(2.005)?.position[0]).toBeCloseTo(0.2005, 9)
  expect(robot.eeAt(3.1)).toBeUndefined()
  expect(robot.eeAt(Number.NaN)).toBeUndefined()
})

test('a pose of the end effector that is told twice changes nothing', () => {
  const robot = assembly()
  robot.take(all(99))
  robot.take(all(100))
  const before = robot.observe()
  robot.take({ ee: { stamp: 100, pose: at(0.3) } })
  expect(robot.observe()).toEqual(before)
  expect(robot.eeAt(99)).toBeDefined()
})

test.each([{ gate: null }, { gate: {} }])('after time was set back nothing of the old time is left: %j', (options) => {
  const robot = assembly(options)
  time = 100
  robot.take(all(100))
  time = 5
  robot.take(all(5))
  const { stamp, source, target } = robot.observe()
  expect([stamp, source.stamp, target.stamp]).toEqual([5, 5, 5])
  expect(robot.eeAt(100)).toBeUndefined()
})

test('what has not been seen since time was set back is told with the clock as its cause', () => {
  const robot = assembly()
  robot.take(all(100))
  robot.take({ ee: { stamp: 99.95, pose: at(0.5) } })
  expect(() => robot.observe()).toThrow(
    /^the robot's clock was set back by 0\.05 s, and since then nothing was seen: poses of both objects on .*start again/,
  )
  robot.take(all(99.98))
  expect(robot.observe().stamp).toBe(99.98)
})

describe('poses of the tracker', () => {
  test('are filtered when that is asked for: an outlier is not followed', () => {
    time = 1
    const robot = assembly({ gate: {} })
    for (let i = 0; i < 10; i++) {
      time = 1 + 0.033 * i
      robot.take(all(time))
    }
    time += 0.033
    robot.take({ source: seen(time, at(0.15)) })
    expect(robot.observe().source.pose.position[0]).toBe(0.1)
  })
})

describe('pictures', () => {
  test('the one that the object poses were seen in is given, though a newer one is there', () => {
    const robot = assembly({ camera: true })
    robot.take(all(1))
    robot.takePicture(picture(0.967, 10))
    robot.takePicture(picture(1.001, 20))
    robot.takePicture(picture(1.034, 30))
    expect(robot.observe().rgbd?.rgb[0]).toBe(20)
  })

  test('one is asked for its pixels only when somebody reads them', () => {
    const robot = assembly({ camera: true })
    robot.take(all(1))
    const one = picture(1, 10)
    robot.takePicture(one)
    const observation = robot.observe()
    expect(observation.pictureStamp).toBe(1)
    robot.observe()
    expect('rgbd' in observation).toBe(true)
    expect(one.reads).toBe(0)
    // As of a simulator, it is among what a copy of the observation has.
    expect({ ...observation }.rgbd?.rgb[0]).toBe(10)
    expect(one.reads).toBe(1)
  })

  test('four are kept, and older ones are given back', () => {
    const robot = assembly({ camera: true })
    const pictures = Array.from({ length: 6 }, (_, i) => picture(1 + 0.033 * i, i))
    for (const each of pictures) robot.takePicture(each)
    expect(pictures.map(({ isGivenBack }) => isGivenBack)).toEqual([true, true, false, false, false, false])
  })

  test('who takes them if there are any goes on without, until the first has come', () => {
    const robot = assembly({ camera: 'if any' })
    robot.take(all(1))
    expect(robot.observe()).not.toHaveProperty('rgbd')
    robot.takePicture(picture(1, 10))
    expect(robot.observe()).toMatchObject({ pictureStamp: 1 })
  })

  test('nobody who does not need one gets one', () => {
    const robot = assembly()
    robot.take(all(1))
    robot.takePicture(picture(1, 10))
    expect(robot.observe()).not.toHaveProperty('rgbd')
  })
})
