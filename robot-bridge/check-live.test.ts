import { describe, expect, it } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { checkLive, type LiveCheck } from './check-live.ts'
import { FakeGraph, type FakeOptions, type FakeTopic } from './fake-graph.ts'
import {
  camera,
  HEALTHY_PUBLISHERS,
  HEALTHY_SERVICES,
  HEALTHY_TOPICS,
  inside,
  intrinsics,
  poseIn,
  size,
  type,
} from './fake-system.ts'
import { loadProfile } from './load-profile.ts'
import {
  encodeCameraInfo,
  encodeDetection3DArray,
  encodeJoy,
  encodeString,
  encodeTFMessage,
  type RosVersion,
  typeName,
} from './messages.ts'
import { encodeDepth } from './pictures.ts'
import type { Profile } from './profile.ts'

const sim = await loadProfile('sim')
const [healthy, services] = [HEALTHY_TOPICS, HEALTHY_SERVICES]
interface System extends FakeOptions {
  profile?: Profile
  /** in place of healthy topics; none: the topic is not there */
  topics?: Record<string, Partial<FakeTopic> | undefined>
}

async function check(
  { profile = sim, topics = {}, publishers = {}, ...rest }: System = {},
  tell?: (text: string) => void,
): Promise<LiveCheck[]> {
  const all: Record<string, FakeTopic> = { ...healthy }
  for (const [name, change] of Object.entries(topics)) {
    if (change) all[name] = { ...type(''), ...all[name], ...change }
    else delete all[name]
  }
  const graph = new FakeGraph(all, { services, publishers: { ...HEALTHY_PUBLISHERS, ...publishers }, ...rest })
  return checkLive(profile, graph, { ...(tell && { tell }) })
}

const failures = async (system: System) =>
  (await check(system)).filter(({ state }) => state === 'failed').map(({ name, detail }) => `${name}: ${detail}`)

describe('a system that is as its profile says', () => {
  it('fits, and its rates, ages and values are told', async () => {
    const checks = await check()
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    const detail = Object.fromEntries(checks.map((entry) => [entry.name, entry.detail]))
    expect(detail).toMatchObject({
      'ROS version': 'ROS 1, 10 topics',
      latency: 'round trip 2.0 ms in the median, 2.0 ms at the 99th percentile',
      command: '/tenon/command, geometry_msgs/PoseStamped',
      'end effector': expect.stringMatching(/^\/tenon\/ee_pose: (29|30)\.\d Hz, 5\.0 ms old$/),
      source: expect.stringMatching(/^\/tenon\/source_pose: (29|30)\.\d Hz, 40 ms old$/),
      wrench: expect.stringMatching(/Hz, 5\.0 N, 1\.00 N·m, 5\.0 ms old$/),
      depth: expect.stringMatching(/4×2, 0\.75 m in the median/),
      'camera info': expect.stringMatching(/4×2, focal length 5 pixels/),
      guard: expect.stringMatching(/^\/tenon\/guard: (19|20)\.\d Hz, idle$/),
      stop: '/tenon/stop, silent: nobody pressed anything',
      'camera in base': 'known, from the profile',
      workspace: 'the end effector is at [0.500, 0.000, 0.300] m, inside',
      // The tool points down.
      force: expect.stringMatching(
        /^\[0\.0, -3\.0, -4\.0\] N on the part, in base: push the tool by hand along \+z of base/,
      ),
    })
  })

  it('tells the force on the part also where the topic has the opposite sign', async () => {
    const wrench = { ...(sim.wrench as NonNullable<Profile['wrench']>), reversed: true }
    const checks = await check({ profile: { ...sim, wrench } })
    expect(checks.find(({ name }) => name === 'force')?.detail).toContain('[0.0, 3.0, 4.0] N on the part')
  })

  it('fits too when its clock is hours behind ours', async () => {
    expect(await failures({ ahead: 20_000 })).toEqual([])
  })
})

it('pictures are looked for on the bridge that they come from, when that is another', async () => {
  const isPicture = ([topic]: [string, unknown]) => /colour|depth|camera_info/.test(topic)
  const pick = (wanted: boolean) => Object.fromEntries(Object.entries(healthy).filter((e) => isPicture(e) === wanted))
  const graph = () => new FakeGraph(pick(false), { services, publishers: HEALTHY_PUBLISHERS })
  const checks = await checkLive(sim, graph(), { pictures: new FakeGraph(pick(true)) })
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
  expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['colour', 'depth', 'camera info', 'wrench']))
  const without = await checkLive(sim, graph(), { pictures: new FakeGraph({}) })
  expect(without.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual([
    'colour',
    'depth',
    'camera info',
  ])
})

describe('each thing that is broken is named', () => {
  it('a topic that is missing, with those that may be meant', async () => {
    const topics = { '/tenon/ee_pose': undefined, '/other/ee': type('geometry_msgs/PoseStamped') }
    expect(await failures({ topics })).toEqual([
      expect.stringMatching(
        /^end effector: \/tenon\/ee_pose: expected a topic of type geometry_msgs\/PoseStamped, got none; topics of that type: .*\/other\/ee/,
      ),
    ])
  })

  it('nobody who listens to commands', async () => {
    expect(await failures({ topics: { '/tenon/command': undefined } })).toEqual([
      expect.stringContaining('command: /tenon/command: expected a topic of type geometry_msgs/PoseStamped, got none'),
    ])
  })

  it('a wrong type', async () => {
    expect(await failures({ topics: { '/tenon/wrench': type('geometry_msgs/Wrench') } })).toEqual([
      'wrench: /tenon/wrench: expected geometry_msgs/WrenchStamped, got geometry_msgs/Wrench',
    ])
  })

  it('a slow rate', async () => {
    // 3 s, or a little more, at 12 Hz
    expect(await failures({ topics: { '/tenon/ee_pose': { rate: 12 } } })).toEqual([
      expect.stringMatching(/^end effector: .*: 1[12]\.\d messages a second, expected at least 20$/),
    ])
  })

  it('a stream that says nothing', async () => {
    expect(await failures({ topics: { '/tenon/target_pose': { rate: 0 } } })).toEqual([
      expect.stringMatching(/^target: \/tenon\/target_pose: no message in 3\.\d s$/),
    ])
  })

  it('a stream that stalls for longer than the robot would bear', async () => {
    // 30 Hz, and nothing but errors from the 40th message to the 59th.
    const message = (stamp: number, index: number) => (index > 40 && index < 60 ? {} : poseIn('base')(stamp))
    expect(await failures({ topics: { '/tenon/ee_pose': { message } } })).toContainEqual(
      'end effector: /tenon/ee_pose: silent for 667 ms, after 200 ms of which the robot would hold',
    )
  })

  it('old stamps', async () => {
    expect(await failures({ topics: { '/tenon/ee_pose': { latency: 0.8 } } })).toEqual([
      'end effector: /tenon/ee_pose: 800 ms old on arrival in the median, expected at most 200 ms',
    ])
  })

  it('stamps from the future', async () => {
    expect(await failures({ topics: { '/tenon/source_pose': { latency: -3 } } })).toEqual([
      'source: /tenon/source_pose: stamped 3000 ms in the future, in the median',
    ])
  })

  it('stamps from so far in the future that the governor would hold, of what it goes by', async () => {
    const latency = -0.015
    expect(await failures({ topics: { '/tenon/ee_pose': { latency }, '/tenon/source_pose': { latency } } })).toEqual([
      'end effector: /tenon/ee_pose: stamped 15 ms in the future, in the median; the governor holds by what is more than 10 ms ahead',
    ])
  })

  it('no stamps', async () => {
    const message = () => poseIn('base')(0)
    expect(await failures({ topics: { '/tenon/ee_pose': { message } } })).toEqual([
      'end effector: /tenon/ee_pose: header.stamp is 0',
    ])
  })

  it('time that runs backwards', async () => {
    // Every tenth stamp is 50 ms behind the one before.
    const message = (stamp: number, index: number) => poseIn('base')(index % 10 === 0 ? stamp - 0.05 - 1 / 30 : stamp)
    expect(await failures({ topics: { '/tenon/ee_pose': { message } } })).toEqual([
      expect.stringMatching(/^end effector: .*: header\.stamp goes back [89] times in \d+ messages$/),
    ])
  })

  it('a symmetric source whose model points the other way', async () => {
    const { source, target } = sim.objects
    const profile: Profile = { ...sim, objects: { source: { ...source, symmetry: 'round' }, target } }
    const over = makePose([0.5, 0, 0.3])
    const topics = { '/tenon/source_pose': { message: poseIn('camera', over) } }
    expect(await failures({ profile, topics })).toContainEqual(
      expect.stringMatching(/^source: .*: expected a symmetric source whose z axis points as the target's does/),
    )
    expect(await failures({ topics })).toEqual([])
  })

  it('a foreign frame', async () => {
    const topics = { '/tenon/ee_pose': { message: poseIn('world') }, '/tenon/source_pose': { message: poseIn('') } }
    expect(await failures({ topics })).toEqual([
      'end effector: /tenon/ee_pose: header.frame_id: expected base, got world',
      'source: /tenon/source_pose: header.frame_id: expected camera, got nothing',
    ])
  })

  it('NaN, with its field', async () => {
    const message = (stamp: number) => {
      const { header, pose } = poseIn('base')(stamp)
      return { header, pose: { ...pose, position: { x: 0, y: null, z: 0 } } }
    }
    const [failure, ...rest] = await failures({ topics: { '/tenon/ee_pose': { message } } })
    expect(failure).toMatch(
      /^end effector: \/tenon\/ee_pose: geometry_msgs\/PoseStamped pose\.position\.y: expected a finite number, got null, in \d+ of its messages$/,
    )
    expect(rest).toEqual([])
  })

  it('depth without a reading, or of another size than colour', async () => {
    const empty = (stamp: number) => encodeDepth({ stamp, ...camera, ...size, depth: new Float32Array(8) }, 1)
    expect(await failures({ topics: { '/tenon/depth': { message: empty } } })).toEqual([
      'depth: /tenon/depth: sensor_msgs/Image data: expected depth, got no reading at all',
    ])
    const small = (stamp: number) =>
      encodeDepth({ stamp, ...camera, width: 2, height: 2, depth: new Float32Array(4).fill(1) }, 1)
    expect(await failures({ topics: { '/tenon/depth': { message: small } } })).toEqual([
      'pictures: expected pictures of one size, got colour 4×2, depth 2×2, camera info 4×2',
    ])
  })

  it('a distorted camera', async () => {
    const message = (stamp: number) => ({
      ...encodeCameraInfo({ stamp, ...camera, intrinsics: { ...intrinsics, width: 640, fx: 500 } }, 1),
      D: [-0.3, 0, 0, 0, 0],
    })
    expect(await failures({ topics: { '/tenon/camera_info': { message } } })).toContainEqual(
      expect.stringMatching(/^camera info: .*CameraInfo D: expected none; rectify the pictures/),
    )
  })

  it('an end effector outside of the workspace', async () => {
    const message = poseIn('base', makePose([0.5, 0, 0.02]))
    expect(await failures({ topics: { '/tenon/ee_pose': { message } } })).toEqual([
      'workspace: the end effector is at [0.500, 0.000, 0.020] m, outside of the workspace from [0.25, -0.3, 0.05] to [0.75, 0.3, 0.5] m',
    ])
  })

  it('a guard that is armed, talks nonsense, or lacks its services', async () => {
    const armed = { message: () => encodeString('{"state":"armed","reason":"","accepted":0,"rejected":0}') }
    expect(await failures({ topics: { '/tenon/guard': armed } })).toEqual([
      'guard: expected a guard that lets nothing through yet, got one that is armed: somebody moves the arm',
    ])
    const nonsense = { message: () => encodeString('hello') }
    expect(await failures({ topics: { '/tenon/guard': nonsense } })).toEqual([
      'guard: /tenon/guard: state of the guard: expected an object with state, got "hello"',
    ])
    // The link would refuse each of its messages.
    const other = { message: () => encodeString('{"state":"idle","reason":""}') }
    expect(await failures({ topics: { '/tenon/guard': other } })).toEqual([
      'guard: /tenon/guard: state of the guard accepted: expected a finite number, got nothing',
    ])
    expect(await failures({ services: ['/tenon/guard/arm', '/tenon/reset'] })).toEqual([
      'guard’s disarm: expected the service /tenon/guard/disarm, got none',
      'verdict: expected the service /tenon/verdict, got none',
    ])
  })

  it('a joystick with a stop button that nobody plugged in', async () => {
    const profile: Profile = { ...sim, joystick: { topic: '/joy', type: 'sensor_msgs/Joy', stop: 1 } }
    expect(await failures({ profile })).toEqual(['joystick: /joy: expected a topic of type sensor_msgs/Joy, got none'])
    // Somebody listens for it.
    const checks = await check({ profile, topics: { '/joy': type('sensor_msgs/Joy') } })
    expect(checks.filter(({ state }) => state !== 'ok')).toMatchObject([
      { name: 'joystick', state: 'missing', detail: '/joy: nobody publishes it: a press would not be heard' },
    ])
  })

  it('a joystick without the buttons that the profile names', async () => {
    const message = (stamp: number) => encodeJoy({ stamp, axes: [], buttons: [false, false] }, 1)
    const topics = { '/joy': { ...type('sensor_msgs/Joy'), rate: 50, message } }
    const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 1, pause: 4, record: 0 } as const
    expect(await failures({ profile: { ...sim, joystick }, topics })).toEqual([
      "joystick: /joy: buttons: expected the profile's pause at 4, counted from 0, got 2 buttons",
    ])
    const { pause: _, ...known } = joystick
    expect(await failures({ profile: { ...sim, joystick: known }, topics })).toEqual([])
  })

  it('another master', async () => {
    expect(await failures({ publishers: { '/tenon/command': () => ['/teleop', '/teleop'] } })).toEqual([
      'masters: expected nobody to command yet, got commands published by /teleop',
    ])
  })

  it('but not a master that has just gone, of whom rosbridge knows for ten seconds', async () => {
    const publishers = { '/tenon/command': (time: number) => (time < 10 ? ['/rosbridge_websocket'] : []) }
    const told: string[] = []
    const checks = await check({ publishers }, (text) => told.push(text))
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(told).toEqual([expect.stringMatching(/published by \/rosbridge_websocket: waits up to 12 s/)])
    // Who cannot be asked for any more has not gone.
    const lost = { '/tenon/command': (time: number) => (time < 5 ? ['/teleop'] : undefined) }
    expect(await failures({ publishers: lost })).toEqual([
      'masters: expected nobody to command yet, got commands published by /teleop',
    ])
    // With anything else wrong nothing is waited for.
    const topics = { '/tenon/ee_pose': { rate: 12 } }
    expect(await failures({ publishers, topics })).toHaveLength(2)
  })

  it('a stop that nobody would say', async () => {
    const checks = await check({ publishers: { '/tenon/stop': () => [] } })
    expect(checks.filter(({ state }) => state !== 'ok')).toMatchObject([
      { name: 'stop', state: 'missing', detail: '/tenon/stop: nobody publishes it: a press would not be heard' },
    ])
  })

  it('a slow network', async () => {
    expect(await failures({ roundTrip: 0.08 })).toEqual([
      'latency: round trip 80 ms in the median, 80 ms at the 99th percentile; expected at most 75 ms and 150 ms',
    ])
  })

  it('the other ROS', async () => {
    const topics = Object.fromEntries(
      Object.entries(healthy).map(([name, { type }]) => [name, { type: typeName(type, 2) }]),
    )
    expect(await failures({ topics })).toEqual(['ROS version: expected ROS 1, as the profile says, got ROS 2'])
  })
})

it('what can be done without is missing, not failed', async () => {
  const { guard: _, cameraInBase: __, ...rest } = sim
  const checks = await check({ profile: { ...rest }, topics: { '/tenon/stop': undefined } })
  const missing = checks.filter(({ state }) => state === 'missing').map(({ name }) => name)
  expect(missing).toEqual(['stop', 'guard'])
  expect(checks.find(({ name }) => name === 'guard')?.detail).toContain(sim.watchdog)
  expect(checks.find(({ state }) => state === 'failed')).toMatchObject({
    name: 'camera in base',
    detail: 'nothing tells where camera is in base, got no base and no camera',
    remedy: expect.stringContaining('tenon calibrate'),
  })
})

describe('an arm whose poses are transforms', () => {
  const ros: RosVersion = 2
  const link = (frame: string, childFrame: string) => ({ frame, childFrame, pose: makePose([0.18, 0, 0.15]) })
  const moving = [link('base_link', 'forearm'), link('forearm', 'wrist')]
  const fixed = [link('wrist', 'tool0'), link('base_link', 'camera_color_optical_frame')]

  async function armOf(
    links: { moving: typeof moving; fixed: typeof moving },
    rate = 50,
    strangers: unknown[] = [],
    publishers: FakeOptions['publishers'] = {},
  ) {
    const profile = await loadProfile('fzi-cartesian-compliance')
    const { camera: _, wrench: __, joints: ___, ...rest } = profile
    const { camera: ____, wrench: _____, ...leastRate } = profile.leastRate
    const detections = (stamp: number) =>
      encodeDetection3DArray(
        [{ stamp, frame: 'camera_color_optical_frame', classId: '1', confidence: 1, pose: inside }],
        { stamp, frame: 'camera_color_optical_frame' },
        ros,
      )
    const topics: Record<string, FakeTopic> = {
      '/cartesian_compliance_controller/target_frame': type('geometry_msgs/msg/PoseStamped'),
      '/tenon/command': type('geometry_msgs/msg/PoseStamped'),
      '/tenon/guard': { ...(healthy['/tenon/guard'] as FakeTopic), type: 'std_msgs/msg/String' },
      '/tf': {
        type: 'tf2_msgs/msg/TFMessage',
        rate,
        message: (stamp) => {
          const { transforms } = encodeTFMessage(
            links.moving.map((each) => ({ ...each, stamp })),
            ros,
          )
          return { transforms: [...transforms, ...strangers] }
        },
      },
      '/tf_static': {
        type: 'tf2_msgs/msg/TFMessage',
        rate: 0.5,
        message: () =>
          encodeTFMessage(
            links.fixed.map((each) => ({ ...each, stamp: 1 })),
            ros,
          ),
      },
      '/source/tracking/output': { type: 'vision_msgs/msg/Detection3DArray', rate: 20, message: detections },
      '/target/tracking/output': { type: 'vision_msgs/msg/Detection3DArray', rate: 20, message: detections },
    }
    return checkLive({ ...rest, leastRate }, new FakeGraph(topics, { services, publishers }), { seconds: 6 })
  }
  const failed = (checks: LiveCheck[]) => checks.filter(({ state }) => state === 'failed')

  it('fits, once the static ones have come', async () => {
    const checks = await armOf({ moving, fixed })
    expect(failed(checks)).toEqual([])
    const detail = Object.fromEntries(checks.map((entry) => [entry.name, entry.detail]))
    expect(detail).toMatchObject({
      frames: 'tool0 is known in base_link',
      'camera in base': 'known, from the transforms',
      'end effector': expect.stringMatching(/^\/tf: (49|50)\.\d Hz, 5\.0 ms old$/),
      workspace: expect.stringContaining('[0.540, 0.000, 0.450] m'),
    })
  })

  it('fits whatever is wrong with those of others', async () => {
    const of = (child: string) => ({ header: { frame_id: 'map' }, child_frame_id: child, transform: null })
    expect(failed(await armOf({ moving, fixed }, 50, [of('cart')]))).toEqual([])
    const wrong = failed(await armOf({ moving, fixed }, 50, [of('tool0')]))
    expect(wrong.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      expect.stringMatching(/^end effector: \/tf: tf2_msgs\/TFMessage transforms\[\d\]\..*: expected /),
    ])
  })

  it('and that somebody moves past the guard', async () => {
    const arm = '/cartesian_compliance_controller/target_frame'
    const alone = { [arm]: () => ['/tenon_guard'] }
    expect(failed(await armOf({ moving, fixed }, 50, [], alone))).toEqual([])
    const publishers = { [arm]: () => ['/tenon_guard', '/interactive_marker'] }
    expect(failed(await armOf({ moving, fixed }, 50, [], publishers))).toMatchObject([
      {
        name: 'masters',
        detail: `${arm}: expected nobody but the guard to publish, got /tenon_guard, /interactive_marker`,
      },
    ])
    // A guard that speaks elsewhere guards nothing.
    const instead = { [arm]: () => ['/interactive_marker'], '/tenon/guard': () => ['/tenon_guard'] }
    expect(failed(await armOf({ moving, fixed }, 50, [], instead)).map(({ detail }) => detail)).toEqual([
      `${arm}: expected nobody but the guard to publish, got /interactive_marker`,
    ])
  })

  it('that do not lead from the base to the end effector', async () => {
    const checks = failed(await armOf({ moving: [link('forearm', 'wrist')], fixed }))
    expect(checks.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      expect.stringMatching(/^end effector: \/tf: no message in 6\.\d s$/),
      'frames: expected transforms from base_link to tool0, got base_link at the root and tool0 in forearm',
    ])
  })

  it('that lead to the camera by way of the hand', async () => {
    const onHand = fixed.map((each) =>
      each.childFrame === 'camera_color_optical_frame' ? { ...each, frame: 'tool0' } : each,
    )
    expect(failed(await armOf({ moving, fixed: onHand })).map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'camera in base: expected a camera that stands still, got one that tool0 carries: its pictures are older than its place',
    ])
  })

  it('that lead to the camera by way of a hand beside the end effector', async () => {
    const beside = fixed.flatMap((each) =>
      each.childFrame === 'camera_color_optical_frame' ? [link('wrist', 'hand'), { ...each, frame: 'hand' }] : [each],
    )
    expect(failed(await armOf({ moving, fixed: beside })).map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'camera in base: expected a camera that stands still, got one that wrist carries: its pictures are older than its place',
    ])
  })

  it('that lead to the camera by way of the hand, from a base that lies beside the arm', async () => {
    const camera = { ...link('wrist', 'camera_color_optical_frame') }
    const others = fixed.filter(({ childFrame }) => childFrame !== 'camera_color_optical_frame')
    const beside = moving.map((each) => (each.frame === 'base_link' ? { ...each, frame: 'arm_root' } : each))
    const checks = failed(await armOf({ moving: beside, fixed: [...others, link('arm_root', 'base_link'), camera] }))
    expect(checks.map(({ name, detail }) => `${name}: ${detail}`)).toContain(
      'camera in base: expected a camera that stands still, got one that wrist carries: its pictures are older than its place',
    )
  })

  it('that lead to the camera by what the base stands on, or by a link of the arm that does not move', async () => {
    const others = fixed.filter(({ childFrame }) => childFrame !== 'camera_color_optical_frame')
    const camera = (frame: string) => link(frame, 'camera_color_optical_frame')
    // ROS 1 says again and again, on /tf, what never changes.
    const onTable = { moving: [...moving, link('table', 'base_link')], fixed: [...others, camera('table')] }
    expect(failed(await armOf(onTable))).toEqual([])
    const onFoot = [...others, link('base_link', 'foot'), camera('foot')]
    const fromFoot = moving.map((each) => (each.frame === 'base_link' ? { ...each, frame: 'foot' } : each))
    expect(failed(await armOf({ moving: fromFoot, fixed: onFoot })).map(({ name }) => name)).not.toContain(
      'camera in base',
    )
  })

  it('that come too rarely', async () => {
    const checks = failed(await armOf({ moving, fixed }, 10))
    expect(checks.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/messages a second, expected at least 15$/),
    ])
  })
})
