import { describe, expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { FakeListening } from './fake-listening.ts'
import { loadProfile } from './load-profile.ts'
import {
  encodeCameraInfo,
  encodeDetection3DArray,
  encodePoseStamped,
  encodeTFMessage,
  encodeTransformStamped,
  encodeWrenchStamped,
} from './messages.ts'
import { encodeColour, encodeDepth } from './pictures.ts'
import type { Profile } from './profile.ts'
import { WatchedRobot } from './watched-robot.ts'

const sim = await loadProfile('sim')
const CAMERA = makePose([0.5, 0, 1], [1, 0, 0, 0])

function watch({ profile = sim, rgbd = false }: { profile?: Profile; rgbd?: boolean } = {}) {
  const ros = new FakeListening()
  const robot = new WatchedRobot(profile, ros, { rgbd })
  const pose = (topic: string, frame: string, x: number, stamp = ros.time) =>
    ros.publish(topic, encodePoseStamped({ stamp, frame, pose: makePose([x, 0, 0]) }, profile.ros))
  /** One round of everything that the simulated robot tells. */
  const round = () => {
    pose('/tenon/command', 'base', 5)
    pose('/tenon/ee_pose', 'base', 1)
    pose('/tenon/target_pose', 'camera', 3)
    pose('/tenon/source_pose', 'camera', 2)
    const wrench = { force: [1, 2, 3] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    ros.publish('/tenon/wrench', encodeWrenchStamped({ stamp: ros.time, frame: 'ee', wrench }, 1))
  }
  return { ros, robot, pose, round }
}

const [width, height] = [4, 2]
function publishPicture(ros: FakeListening, stamp: number, { late = 0, depth = 0.5, info = true } = {}) {
  const intrinsics = { width, height, fx: 300, fy: 300, cx: 1.5, cy: 0.5 }
  const frame = 'camera'
  if (info) ros.publish('/tenon/camera_info', encodeCameraInfo({ stamp, frame, intrinsics }, 1))
  const rgb = new Uint8Array(3 * width * height).fill(77)
  ros.publish('/tenon/colour', encodeColour({ stamp, frame, width, height, rgb }, 1))
  const metres = new Float32Array(width * height).fill(depth)
  ros.publish('/tenon/depth', encodeDepth({ stamp: stamp + late, frame, width, height, depth: metres }, 1))
}

test('messages become frames', () => {
  const { ros, robot, round } = watch()
  round()
  ros.time += 0.033
  round()
  const [frame, ...others] = robot.frames()
  expect(others).toHaveLength(1)
  expect(frame).toEqual({
    stamp: 1000,
    sourceInCamera: makePose([2, 0, 0]),
    targetInCamera: makePose([3, 0, 0]),
    eeInBase: makePose([1, 0, 0]),
    cameraInBase: sim.cameraInBase,
    commandInBase: makePose([5, 0, 0]),
    wrench: { force: [1, 2, 3], torque: [0, 0, 0] },
  })
})

test('rates and ages are those of what arrives', () => {
  const { ros, robot, round } = watch()
  expect(robot.streams().map(({ age }) => age)).toEqual([undefined, undefined, undefined, undefined])
  for (let i = 0; i < 60; i++) {
    ros.time += 1 / 30
    round()
  }
  ros.time += 0.1
  for (const { name, rate, age } of robot.streams()) {
    expect([name, Math.round(rate), age?.toFixed(2)]).toEqual([name, 29, '0.10'])
  }
})

test('the types asked for are those of the profile’s ROS', () => {
  const { ros } = watch({ profile: { ...sim, ros: 2 } })
  expect(ros.types.get('/tenon/ee_pose')).toBe('geometry_msgs/msg/PoseStamped')
})

test('nothing is listened to after it is closed', () => {
  const { ros, robot } = watch()
  expect(ros.topics).toContain('/tenon/ee_pose')
  robot.close()
  expect(ros.topics).toEqual([])
})

describe('a message that is wrong is not taken, and its stream says why', () => {
  test('NaN', () => {
    const { ros, robot, round } = watch()
    round()
    const message = encodePoseStamped({ stamp: 1000.1, frame: 'camera', pose: makePose([0, 0, 0]) }, 1)
    message.pose.position.x = Number.NaN
    ros.publish('/tenon/source_pose', message)
    expect(robot.streams().find(({ name }) => name === 'source')?.problem).toContain('pose.position.x')
    ros.time += 0.5
    expect(robot.frames()).toHaveLength(1)
    round()
    expect(robot.streams().find(({ name }) => name === 'source')?.problem).toBeUndefined()
  })

  test('another frame', () => {
    const { robot, pose } = watch()
    pose('/tenon/ee_pose', 'world', 1)
    expect(robot.streams().find(({ name }) => name === 'ee')).toMatchObject({
      age: undefined,
      problem: 'header.frame_id: expected "base", as the profile says, got "world"',
    })
  })
})

describe('pictures', () => {
  const pictures = (robot: WatchedRobot) => robot.streams().find(({ name }) => name === 'pictures')

  test('are joined of colour and depth of the same moment, with the camera’s intrinsics', () => {
    const { ros, robot, round } = watch({ rgbd: true })
    round()
    publishPicture(ros, 1000, { late: 0.01 })
    const [frame] = robot.frames()
    expect(frame?.rgbd).toMatchObject({ intrinsics: { width, height, fx: 300 } })
    expect(frame?.rgbd?.rgb[0]).toBe(77)
    expect(frame?.rgbd?.depth[0]).toBe(0.5)
  })

  test('without their other half are none', () => {
    const { ros, robot, round } = watch({ rgbd: true })
    round()
    publishPicture(ros, 1000, { late: 0.05 })
    ros.time += 0.5
    const [frame] = robot.frames()
    expect(frame).toBeDefined()
    expect(frame).not.toHaveProperty('rgbd')
  })

  test('without any depth are left out, with a word', () => {
    const { ros, robot, round } = watch({ rgbd: true })
    round()
    publishPicture(ros, 1000, { depth: 0 })
    ros.time += 0.5
    const [frame] = robot.frames()
    expect(frame).toBeDefined()
    expect(frame).not.toHaveProperty('rgbd')
    expect(pictures(robot)?.problem).toContain('expected depth with readings')
  })

  test('are a stream of pairs: colour alone is none, and what is missing is said', () => {
    const { ros, robot } = watch({ rgbd: true })
    for (let i = 0; i < 12; i++) publishPicture(ros, 1000 + 0.1 * i, { late: 0.05 })
    expect(pictures(robot)).toMatchObject({ age: undefined, rate: 0 })
    expect(pictures(robot)?.problem).toContain('nothing of the same moment comes on /tenon/')
    publishPicture(ros, 1001.2)
    expect(pictures(robot)).toMatchObject({ age: ros.time - 1001.2, rate: 0.5, problem: undefined })
  })

  test('without camera info are none', () => {
    const { ros, robot, round } = watch({ rgbd: true })
    round()
    for (let i = 0; i < 12; i++) publishPicture(ros, 1000 + 0.1 * i, { info: false })
    expect(pictures(robot)).toMatchObject({ age: undefined, rate: 0 })
    expect(pictures(robot)?.problem).toContain('no camera info comes on /tenon/camera_info')
    ros.time += 0.5
    expect(robot.frames()[0]).not.toHaveProperty('rgbd')
  })

  test('that nobody can read keep a recording from beginning, and are looked at before', () => {
    const { ros, robot } = watch({ rgbd: true })
    for (let i = 0; i < 5; i++) {
      ros.time = 1000 + 0.1 * i
      publishPicture(ros, ros.time, { depth: 0 })
      robot.skip()
    }
    expect(pictures(robot)).toMatchObject({ age: undefined, problem: expect.stringContaining('with readings') })
    publishPicture(ros, 1000.5)
    expect(pictures(robot)).toMatchObject({ age: expect.any(Number), problem: undefined })
    // One that goes bad later is noticed within a second.
    for (let i = 0; i < 15; i++) {
      ros.time = 1000.6 + 0.1 * i
      publishPicture(ros, ros.time, { depth: 0 })
    }
    expect(pictures(robot)?.age).toBeGreaterThan(0.3)
    expect(pictures(robot)?.problem).toContain('with readings')
  })

  test('of another camera are not taken', () => {
    const { ros, robot } = watch({ rgbd: true })
    const rgb = new Uint8Array(3 * width * height)
    ros.publish('/tenon/colour', encodeColour({ stamp: 1000, frame: 'wrist_camera', width, height, rgb }, 1))
    expect(pictures(robot)?.problem).toContain(
      'header.frame_id: expected "camera", as the profile says, got "wrist_camera"',
    )
  })

  test('cannot be had of a profile without a camera', () => {
    const { camera: _, ...blind } = sim
    expect(() => watch({ profile: blind, rgbd: true })).toThrow('has no camera')
  })
})

test('an object that its tracker calls lost is not recorded', () => {
  const source = { topic: '/seen', type: 'vision_msgs/Detection3DArray', id: '7' } as const
  const { ros, robot } = watch({ profile: { ...sim, objects: { ...sim.objects, source } } })
  const tell = (confidence: number) => {
    const header = { stamp: ros.time, frame: 'camera' }
    ros.publish('/seen', encodeDetection3DArray([{ ...header, classId: '7', confidence, pose: CAMERA }], header, 1))
  }
  const age = () => robot.streams().find(({ name }) => name === 'source')?.age
  tell(0.1)
  expect(age()).toBeUndefined()
  tell(0.6)
  expect(age()).toBe(0)
})

describe('what driving would not believe is not recorded', () => {
  test.for(['source', 'target'] as const)('a pose of the %s far off for a moment', (name) => {
    const { ros, robot, pose, round } = watch()
    for (let i = 0; i < 6; i++) {
      ros.time = 1000 + i / 30
      if (i !== 3) round()
      else {
        pose('/tenon/ee_pose', 'base', 1)
        pose('/tenon/target_pose', 'camera', name === 'target' ? 4 : 3)
        pose('/tenon/source_pose', 'camera', name === 'source' ? 1 : 2)
      }
    }
    ros.time += 1
    const frames = robot.frames()
    expect(frames.map(({ sourceInCamera }) => sourceInCamera.position[0])).toEqual(
      Array(name === 'source' ? 5 : 6).fill(2),
    )
    expect(frames.every(({ targetInCamera }) => targetInCamera.position[0] === 3)).toBe(true)
    expect([...robot.dropped]).toEqual([[`the ${name}’s pose was an outlier`, 1]])
  })

  test('but what a hand does is believed of a tracker of five reports a second, from a start at rest', () => {
    const { ros, robot, pose } = watch()
    let frames = 0
    for (let i = 0; i < 20; i++) {
      ros.time = 1000 + i / 5
      pose('/tenon/ee_pose', 'base', 1)
      pose('/tenon/target_pose', 'camera', 3)
      pose('/tenon/source_pose', 'camera', 2 + 0.15 * Math.max(0, i / 5 - 1))
      frames += robot.frames().length
    }
    ros.time += 1
    expect(frames + robot.frames().length).toBe(20)
    expect([...robot.dropped]).toEqual([])
  })

  test('and while nothing but outliers comes, the stream is not called alive', () => {
    const { ros, robot, pose, round } = watch()
    round()
    for (let i = 1; i < 10; i++) {
      ros.time = 1000 + i / 10
      pose('/tenon/source_pose', 'camera', 2 + 5 * i)
    }
    expect(robot.streams().find(({ name }) => name === 'source')?.age).toBeCloseTo(0.9, 6)
  })

  test('but a part that has really gone elsewhere is, and so it is after the clock was set back', () => {
    const { ros, robot, pose, round } = watch()
    round()
    const stamps: number[] = []
    const move = (x: number, since: number) => {
      for (let i = 0; i < 6; i++) {
        ros.time = since + i / 30
        pose('/tenon/ee_pose', 'base', 1)
        pose('/tenon/target_pose', 'camera', 3)
        pose('/tenon/source_pose', 'camera', x)
      }
      ros.time += 0.5
      stamps.push(
        ...robot.frames().flatMap(({ stamp, sourceInCamera }) => (sourceInCamera.position[0] === x ? [stamp] : [])),
      )
    }
    move(1, 1000.1)
    // Of six that agree with each other four are counted, the fifth is believed.
    expect(stamps.map((stamp) => Math.round(30 * (stamp - 1000.1)))).toEqual([4, 5])
    stamps.length = 0
    move(0.5, 900)
    expect(stamps).toHaveLength(6)
  })

  test('nor a stamp that no clock of the robot has had yet', () => {
    const { ros, robot, pose, round } = watch()
    round()
    pose('/tenon/source_pose', 'camera', 2, 1005)
    ros.time += 0.5
    expect(robot.frames().map(({ stamp }) => stamp)).toEqual([1000])
    expect([...robot.dropped]).toEqual([['the source’s stamp was ahead of the robot’s clock', 1]])
  })
})

test('a symmetric object is recorded in the one of its poses that is meant', () => {
  const { source, target } = sim.objects
  const { ros, robot, round } = watch({ profile: { ...sim, objects: { source: { ...source, symmetry: 4 }, target } } })
  round()
  ros.time += 0.033
  round()
  const quarter = makePose([2, 0, 0], axisAngleToQuat([0, 0, 1], Math.PI / 2))
  ros.publish(source.topic, encodePoseStamped({ stamp: ros.time + 0.01, frame: 'camera', pose: quarter }, 1))
  ros.time += 1
  const frames = robot.frames()
  expect(frames).toHaveLength(3)
  for (const { sourceInCamera } of frames) expect(sourceInCamera.orientation[3]).toBeCloseTo(1, 9)
})

test('the end effector is the one that the profile names, not another link of the arm', () => {
  const ee = { topic: '/flange', type: 'geometry_msgs/TransformStamped' } as const
  const { ros, robot } = watch({ profile: { ...sim, ee } })
  const tell = (childFrame: string) => {
    const pose = makePose([1, 0, 0])
    ros.publish('/flange', encodeTransformStamped({ stamp: ros.time, frame: 'base', childFrame, pose }, 1))
  }
  tell('flange')
  const stream = () => robot.streams().find(({ name }) => name === 'ee')
  expect(stream()).toMatchObject({ age: undefined, problem: expect.stringContaining('got "flange"') })
  tell('ee')
  expect(stream()).toMatchObject({ age: 0, problem: undefined })
})

describe('transforms', () => {
  const turned = axisAngleToQuat([0, 0, 1], Math.PI / 2)
  const link = (frame: string, childFrame: string, pose: Pose, stamp: number) => ({ stamp, frame, childFrame, pose })

  test('tell the end effector, the camera and where the wrench is measured, when the profile says so', () => {
    const { cameraInBase: _, ...rest } = sim
    const profile: Profile = {
      ...rest,
      ee: { topic: '/tf', type: 'tf2_msgs/TFMessage' },
      wrench: { topic: '/tenon/wrench', type: 'geometry_msgs/WrenchStamped', frame: 'sensor' },
    }
    const { ros, robot, pose } = watch({ profile })
    expect(robot.cameraInBase).toBeUndefined()
    ros.publish(
      '/tf_static',
      encodeTFMessage([link('base', 'camera', CAMERA, 0), link('ee', 'sensor', makePose([0, 0, 0.1], turned), 0)], 1),
    )
    ros.publish('/tf', encodeTFMessage([link('base', 'link', makePose([1, 0, 0]), 1000)], 1))
    ros.publish('/tf', encodeTFMessage([link('link', 'ee', makePose([0, 1, 0]), 1000)], 1))
    pose('/tenon/target_pose', 'camera', 3)
    pose('/tenon/source_pose', 'camera', 2)
    ros.publish(
      '/tenon/wrench',
      encodeWrenchStamped({ stamp: 1000, frame: 'sensor', wrench: { force: [1, 0, 0], torque: [0, 0, 0] } }, 1),
    )
    const [frame] = robot.frames()
    expect(frame?.eeInBase.position).toEqual([1, 1, 0])
    expect(poseDistance(frame?.cameraInBase as Pose, CAMERA).translation).toBeLessThan(1e-12)
    // x of the sensor is y of the end effector; 0.1 m along z: (0, 0, 0.1) × (0, 1, 0) = (−0.1, 0, 0).
    const numbers = [...(frame?.wrench?.force ?? []), ...(frame?.wrench?.torque ?? [])]
    expect(numbers.map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([0, 1, 0, -0.1, 0, 0])
  })

  test('of other links count as no message of the end effector', () => {
    const { ros, robot } = watch({ profile: { ...sim, ee: { topic: '/tf', type: 'tf2_msgs/TFMessage' } } })
    for (let i = 0; i < 60; i++) {
      ros.time += 1 / 30
      ros.publish('/tf', encodeTFMessage([link('base', 'ee', makePose([i / 1000, 0, 0]), ros.time)], 1))
      ros.publish('/tf', encodeTFMessage([link('world', 'shelf', CAMERA, ros.time + 0.01)], 1))
    }
    const ee = robot.streams().find(({ name }) => name === 'ee')
    expect(ee?.rate).toBeCloseTo(30, 0)
  })

  test('that are missing make the wrench wrong, not zero', () => {
    const profile: Profile = {
      ...sim,
      wrench: { topic: '/tenon/wrench', type: 'geometry_msgs/WrenchStamped', frame: 'sensor' },
    }
    const { ros, robot } = watch({ profile })
    const wrench = { force: [1, 0, 0] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    ros.publish('/tenon/wrench', encodeWrenchStamped({ stamp: 1000, frame: 'sensor', wrench }, 1))
    expect(robot.streams().find(({ name }) => name === 'wrench')?.problem).toBe(
      'no transform tells where sensor is in ee',
    )
  })

  test('may come as TransformStamped of the end effector', () => {
    const profile: Profile = { ...sim, ee: { topic: '/ee', type: 'geometry_msgs/TransformStamped' } }
    const { ros, robot, pose } = watch({ profile })
    ros.publish('/ee', encodeTransformStamped(link('base', 'ee', makePose([7, 0, 0]), 1000), 1))
    pose('/tenon/target_pose', 'camera', 3)
    pose('/tenon/source_pose', 'camera', 2)
    ros.time += 0.5
    expect(robot.frames()[0]?.eeInBase.position).toEqual([7, 0, 0])
  })
})
