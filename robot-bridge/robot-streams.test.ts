import { beforeAll, describe, expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Pose } from '../geometry/index.ts'
import { loadProfile } from './load-profile.ts'
import {
  encodeDetection3DArray,
  encodeJointState,
  encodeJoy,
  encodePoseStamped,
  encodeTFMessage,
  encodeWrenchStamped,
} from './messages.ts'
import type { Profile } from './profile.ts'
import { RobotStreams } from './robot-streams.ts'

let sim: Profile
beforeAll(async () => {
  sim = await loadProfile('sim')
})

const transform = (frame: string, childFrame: string, x: number, stamp: number) => ({
  frame,
  childFrame,
  stamp,
  pose: makePose([x, 0, 0]),
})

describe('by transforms', () => {
  const profile = (): Profile => {
    const { cameraInBase: _, ...rest } = sim
    return { ...rest, ee: { topic: '/tf', type: 'tf2_msgs/TFMessage' } }
  }

  test('the end effector is where the chain of them ends, as old as the oldest of them', () => {
    const streams = new RobotStreams(profile())
    streams.take('/tf_static', encodeTFMessage([transform('flange', 'ee', 0.1, 0)], 1), 10)
    expect(streams.take('/tf', encodeTFMessage([transform('base', 'arm', 0.3, 9.98)], 1), 10)).toEqual([])
    expect(streams.newest('ee')).toBeUndefined()
    streams.take('/tf', encodeTFMessage([transform('arm', 'flange', 0.2, 9.99)], 1), 10)
    expect(streams.newest('ee')?.stamp).toBe(9.98)
    expect(streams.newest('ee')?.pose.position[0]).toBeCloseTo(0.6, 12)
  })

  test('the camera is found, when the profile does not say where it is', () => {
    const streams = new RobotStreams(profile())
    expect(streams.cameraInBase).toBeUndefined()
    streams.take('/tf_static', encodeTFMessage([transform('base', 'camera', 0.9, 0)], 1), 10)
    expect(streams.cameraInBase?.position[0]).toBe(0.9)
  })

  test('each topic is subscribed once, transforms too', () => {
    const topics = new RobotStreams(profile()).subscriptions.map(({ topic }) => topic)
    expect(new Set(topics).size).toBe(topics.length)
    expect(topics).toContain('/tf_static')
    expect(new RobotStreams(sim).subscriptions.map(({ topic }) => topic)).not.toContain('/tf')
  })
})

test('a wrench of another frame is told at the end effector: 10 N along y, 0.1 m out on x, turn it by 1 N·m about z', () => {
  const wrench = { topic: '/ft', type: 'geometry_msgs/WrenchStamped', frame: 'sensor' } as const
  const streams = new RobotStreams({ ...sim, wrench })
  const message = encodeWrenchStamped(
    { stamp: 10, frame: 'sensor', wrench: { force: [10, 0, 0], torque: [0, 0, 0] } },
    1,
  )
  expect(streams.take('/ft', message, 10)).toEqual([])
  expect(streams.missing(10).join()).toContain('wrench: no transform tells where sensor is in ee')
  const sensorInEe = {
    ...transform('ee', 'sensor', 0.1, 0),
    pose: makePose([0.1, 0, 0], axisAngleToQuat([0, 0, 1], Math.PI / 2)),
  }
  streams.take('/tf_static', encodeTFMessage([sensorInEe], 1), 10)
  streams.take('/ft', message, 10)
  const { force, torque } = streams.newest('wrench')?.wrench ?? { force: [], torque: [] }
  ;[0, 10, 0].forEach((value, i) => {
    expect(force[i]).toBeCloseTo(value, 9)
  })
  expect(torque[2]).toBeCloseTo(1, 9)
})

test('of many detections each object finds its own, in one message', () => {
  const type = 'vision_msgs/Detection3DArray'
  const objects = { source: { topic: '/seen', type, id: '1' }, target: { topic: '/seen', type, id: '2' } } as const
  const streams = new RobotStreams({ ...sim, objects })
  const detection = (classId: string, x: number, confidence: number) => ({
    classId,
    confidence,
    stamp: 10,
    frame: 'camera',
    pose: makePose([x, 0, 0.5]),
  })
  const header = { stamp: 10, frame: 'camera' }
  const message = encodeDetection3DArray([detection('1', 0.1, 0.9), detection('2', 0.2, 0.7)], header, 1)
  expect(streams.take('/seen', message, 10)).toEqual([])
  expect(streams.newest('source')).toMatchObject({ stamp: 10, confidence: 0.9, pose: { position: [0.1, 0, 0.5] } })
  expect(streams.newest('target')).toMatchObject({ stamp: 10, confidence: 0.7, pose: { position: [0.2, 0, 0.5] } })
  // One of them was lost from sight: no message about it is no news about it.
  streams.take(
    '/seen',
    encodeDetection3DArray([{ ...detection('2', 0.2, 0.7), stamp: 10.1 }], { ...header, stamp: 10.1 }, 1),
    10.1,
  )
  expect(streams.newest('source')?.stamp).toBe(10)
  expect(streams.missing(11.05)).toEqual([
    expect.stringContaining('ee:'),
    'source: the newest on /seen is 1.05 s old, expected at most 1 s',
    expect.stringContaining('wrench:'),
  ])
})

test('what is of no use to steering may be wrong: it is told, and not as required', () => {
  const joints = { topic: '/joint_states', type: 'sensor_msgs/JointState' } as const
  const streams = new RobotStreams({ ...sim, joints })
  const state = encodeJointState({ stamp: 10, names: ['a'], positions: [1], velocities: [], efforts: [] }, 1)
  expect(streams.take('/joint_states', state, 10)).toEqual([])
  expect(streams.newest('joints')?.positions).toEqual([1])
  const [problem] = streams.take('/joint_states', { name: 'a' }, 10)
  expect(problem).toMatchObject({ stream: 'joints', required: false })
  const [steering] = streams.take('/tenon/ee_pose', { pose: 1 }, 10)
  expect(steering).toMatchObject({ stream: 'ee', required: true })
})

test('the stop button stops as long as it is held', () => {
  const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 1 } as const
  const streams = new RobotStreams({ ...sim, joystick })
  const joy = (stamp: number, pressed: boolean) => encodeJoy({ stamp, axes: [], buttons: [false, pressed] }, 1)
  expect(streams.stopped).toBe(false)
  streams.take('/joy', joy(10, true), 10)
  expect(streams.stopped).toBe(true)
  streams.take('/joy', joy(10.1, false), 10.1)
  expect(streams.stopped).toBe(false)
})

test('the stop button stops by the clock of any machine, and as long as nobody says that it was released', () => {
  const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 1 } as const
  const streams = new RobotStreams({ ...sim, joystick })
  const joy = (stamp: number, pressed: boolean) => encodeJoy({ stamp, axes: [], buttons: [false, pressed] }, 1)
  // Ahead, as it was before, and set back.
  for (const stamp of [13, 10, 10, 2]) {
    streams.take('/joy', joy(stamp, true), 10)
    expect(streams.stopped).toBe(true)
    streams.take('/joy', joy(stamp, false), 10)
    expect(streams.stopped).toBe(false)
  }
  streams.take('/joy', joy(13, true), 10)
  streams.empty()
  expect(streams.stopped).toBe(true)
})

test('the stop button stops also by a message of which nothing else makes sense', () => {
  const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 1 } as const
  const streams = new RobotStreams({ ...sim, joystick })
  const message = { ...encodeJoy({ stamp: 10, axes: [], buttons: [false, true] }, 1), axes: [null] }
  const [problem] = streams.take('/joy', message, 10)
  expect(problem?.message).toContain('axes')
  expect(streams.stopped).toBe(true)
})

test('what is wrong with a stranger’s transform is his business, with one that carries the arm it is ours', () => {
  const { cameraInBase: _, ...rest } = sim
  const streams = new RobotStreams(rest)
  const [base, marker] = [transform('base', 'camera', 0.9, 10), transform('camera', 'marker', 0.1, 10)]
  const message = encodeTFMessage([base, marker], 1)
  const [, theirs] = message.transforms
  if (theirs) theirs.transform.rotation = { x: 0, y: 0, z: 0, w: 0 }
  expect(streams.take('/tf', message, 10)).toEqual([])
  expect(streams.cameraInBase?.position[0]).toBe(0.9)
  const ours = encodeTFMessage([base], 1)
  for (const each of ours.transforms) each.transform.translation.x = Number.NaN
  expect(streams.take('/tf', ours, 10.1)).toMatchObject([{ stream: 'transforms', required: true }])
})

test('messages count one by one where they tell of several things, and where nobody says them again', () => {
  const type = 'tf2_msgs/TFMessage'
  const seen = { topic: '/seen', type: 'vision_msgs/Detection3DArray' } as const
  const each = (objects: Profile['objects']) =>
    new RobotStreams({ ...sim, objects }).subscriptions.flatMap(({ topic, isEach }) => (isEach ? [topic] : []))
  expect(each(sim.objects)).toEqual(['/tenon/stop'])
  const transforms = { source: { topic: '/tf', type, id: 'a' }, target: { topic: '/tf', type, id: 'b' } } as const
  expect(each(transforms)).toEqual(['/tf', '/tenon/stop'])
  expect(each({ source: { ...seen, id: '1' }, target: { ...seen, id: '2' } })).toEqual(['/seen', '/tenon/stop'])
})

test('a joystick without the stop button is told of', () => {
  const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 2, record: 0 } as const
  const streams = new RobotStreams({ ...sim, joystick })
  const message = encodeJoy({ stamp: 10, axes: [], buttons: [false, true] }, 1)
  expect(streams.take('/joy', message, 10)).toEqual([
    {
      stream: 'joystick',
      message: "/joy: buttons: expected the profile's stop at 2, counted from 0, got 2 buttons",
      required: false,
    },
  ])
})

test('a symmetric object is told in the one of its poses that is meant', () => {
  const { source, target } = sim.objects
  const streams = new RobotStreams({ ...sim, objects: { source: { ...source, symmetry: 2 }, target } })
  const half = makePose([0.1, 0, 0.5], axisAngleToQuat([0, 0, 1], Math.PI - 0.1))
  const seen = (pose: Pose) => encodePoseStamped({ stamp: 10, frame: 'camera', pose }, 1)
  expect(streams.take(target.topic, seen(makePose([0, 0, 0.5])), 10)).toEqual([])
  expect(streams.take(source.topic, seen(half), 10)).toEqual([])
  const { pose } = streams.newest('source') ?? {}
  expect(pose?.orientation[2]).toBeCloseTo(Math.sin(-0.05), 9)
})

test('an object is where its part is, not where the frame of its model lies', () => {
  const { source, target } = sim.objects
  // The model's frame lies 40 mm above the tip, turned upside down.
  const partInTracked = makePose([0, 0, 0.04], [1, 0, 0, 0])
  const streams = new RobotStreams({ ...sim, objects: { source: { ...source, partInTracked }, target } })
  const pose = makePose([0.1, 0, 0.5])
  streams.take(source.topic, encodePoseStamped({ stamp: 10, frame: 'camera', pose }, 1), 10)
  expect(streams.newest('source')?.pose).toEqual(makePose([0.1, 0, 0.54], [1, 0, 0, 0]))
})

test('after all is forgotten the next of each counts, whatever its stamp', () => {
  const streams = new RobotStreams(sim)
  const pose = (stamp: number) => encodePoseStamped({ stamp, frame: 'base', pose: makePose([0, 0, 0]) }, 1)
  streams.take('/tenon/ee_pose', pose(10), 10)
  expect(streams.take('/tenon/ee_pose', pose(5), 10)[0]?.message).toContain(
    'time ran backwards, from 10.000 to 5.000 s',
  )
  streams.empty()
  expect(streams.take('/tenon/ee_pose', pose(5), 10)).toEqual([])
})
