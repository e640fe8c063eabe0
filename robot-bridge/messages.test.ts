import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePose, type Pose, poseDistance, type Quat, type Vec3 } from '../geometry/index.ts'
import {
  decodeBool,
  decodeCameraInfo,
  decodeDetection3DArray,
  decodeFloat64,
  decodeFloat64MultiArray,
  decodeHeader,
  decodeJointState,
  decodeJoy,
  decodeObjectPose,
  decodePoseStamped,
  decodeString,
  decodeTFMessage,
  decodeTime,
  decodeTransformStamped,
  decodeTriggerResponse,
  decodeTwist,
  decodeTwistStamped,
  decodeWrenchStamped,
  encodeBool,
  encodeCameraInfo,
  encodeDetection3DArray,
  encodeFloat64,
  encodeFloat64MultiArray,
  encodeHeader,
  encodeJointState,
  encodeJoy,
  encodePoseStamped,
  encodeString,
  encodeTFMessage,
  encodeTime,
  encodeTransformStamped,
  encodeTwist,
  encodeTwistStamped,
  encodeWrenchStamped,
  plainTypeName,
  sameFrame,
  typeName,
  wrenchIn,
} from './messages.ts'

const header1 = { seq: 7, stamp: { secs: 1700000000, nsecs: 250000000 }, frame_id: 'base' }
const header2 = { stamp: { sec: 1700000000, nanosec: 250000000 }, frame_id: 'base' }
const position = { x: 0.5, y: -0.25, z: 0.125 }
// Half a turn about x.
const orientation = { x: 1, y: 0, z: 0, w: 0 }
const poseStamped = { header: header1, pose: { position, orientation } }

const ros = fc.constantFrom(1 as const, 2 as const)
const number = fc.double({ min: -1e3, max: 1e3, noNaN: true })
const vector = fc.tuple(number, number, number) as fc.Arbitrary<Vec3>
const unit = fc
  .tuple(number, number, number, number)
  .filter((q) => Math.hypot(...q) > 1)
  .map((q) => q.map((value) => value / Math.hypot(...q)) as Quat)
const pose = fc.tuple(vector, unit).map(([p, q]) => makePose(p, q))
// Whole microseconds, as a double holds them until 2106.
const stamp = fc.integer({ min: 0, max: 2 ** 31 * 1e6 - 1 }).map((microseconds) => microseconds / 1e6)
const frame = fc.string({ maxLength: 20 })
/** A message as it arrives, after JSON. */
const sent = (message: unknown): unknown => JSON.parse(JSON.stringify(message))

function expectSamePose(got: Pose, expected: Pose) {
  const { translation, rotation } = poseDistance(got, expected)
  expect(translation).toBe(0)
  expect(rotation).toBeLessThan(1e-7)
}

describe('names of types', () => {
  it('ROS 2 puts msg or srv in the middle', () => {
    expect(typeName('geometry_msgs/PoseStamped', 1)).toBe('geometry_msgs/PoseStamped')
    expect(typeName('geometry_msgs/PoseStamped', 2)).toBe('geometry_msgs/msg/PoseStamped')
    expect(typeName('geometry_msgs/msg/PoseStamped', 2)).toBe('geometry_msgs/msg/PoseStamped')
    expect(typeName('geometry_msgs/msg/PoseStamped', 1)).toBe('geometry_msgs/PoseStamped')
    expect(typeName('std_srvs/Trigger', 2, 'srv')).toBe('std_srvs/srv/Trigger')
    expect(plainTypeName('std_srvs/srv/Trigger')).toBe('std_srvs/Trigger')
  })

  it.each(['PoseStamped', 'a/b/c/d', '/PoseStamped', ''])('"%s" is none', (name) => {
    expect(() => typeName(name, 2)).toThrow(RangeError)
  })
})

describe('time', () => {
  it('is written as ROS 1 and ROS 2 write it', () => {
    expect(encodeTime(1700000000.25, 1)).toEqual({ secs: 1700000000, nsecs: 250000000 })
    expect(encodeTime(1700000000.25, 2)).toEqual({ sec: 1700000000, nanosec: 250000000 })
    expect(encodeTime(0, 1)).toEqual({ secs: 0, nsecs: 0 })
  })

  it('rounds to the nearest nanosecond, and carries', () => {
    expect(encodeTime(0.1, 1)).toEqual({ secs: 0, nsecs: 100000000 })
    // 0.3 nanoseconds short of a second
    expect(encodeTime(0.9999999997, 1)).toEqual({ secs: 1, nsecs: 0 })
  })

  it('comes back as the same double', () => {
    fc.assert(
      fc.property(stamp, ros, (seconds, version) => {
        expect(decodeTime(sent(encodeTime(seconds, version)))).toBe(seconds)
      }),
    )
  })

  it('of the future beyond its 32 bits, before 1970 or no time at all is refused', () => {
    expect(encodeTime(2 ** 32 - 1, 1)).toEqual({ secs: 2 ** 32 - 1, nsecs: 0 })
    for (const wrong of [-0.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encodeTime(wrong, 2)).toThrow(`std_msgs/Header stamp: expected 0 to 2147483647 s, got ${wrong}`)
    }
    expect(() => decodeTime({ secs: 1 })).toThrow('std_msgs/Header stamp.nsecs: expected a finite number, got nothing')
    expect(() => decodeTime({ sec: -1, nanosec: 0 })).toThrow(
      'stamp.sec: expected a whole number of at least 0, got -1',
    )
    expect(() => decodeTime(undefined)).toThrow('std_msgs/Header stamp: expected an object with secs, got nothing')
  })
})

describe('a header', () => {
  it('of ROS 1 has a number, that of ROS 2 has none', () => {
    expect(decodeHeader(header1)).toEqual({ seq: 7, stamp: 1700000000.25, frame: 'base' })
    expect(decodeHeader(header2)).toEqual({ stamp: 1700000000.25, frame: 'base' })
    expect(encodeHeader({ seq: 7, stamp: 1700000000.25, frame: 'base' }, 1)).toEqual(header1)
    expect(() => encodeHeader({ seq: 7, frame: 'base' }, 2)).toThrow('std_msgs/Header seq: expected none in ROS 2')
  })

  it('without a stamp leaves the time to rosbridge', () => {
    expect(encodeHeader({ seq: 3, frame: 'client' }, 1)).toEqual({ seq: 3, frame_id: 'client' })
  })
})

describe('golden vectors, written by hand', () => {
  it('a pose', () => {
    const expected = { stamp: 1700000000.25, frame: 'base', pose: makePose([0.5, -0.25, 0.125], [1, 0, 0, 0]) }
    expect(decodePoseStamped(poseStamped)).toEqual(expected)
    expect(decodePoseStamped({ ...poseStamped, header: header2 })).toEqual(expected)
    expect(encodePoseStamped(expected, 2)).toEqual({ header: header2, pose: { position, orientation } })
  })

  it('transforms', () => {
    const transform = {
      header: header2,
      child_frame_id: 'ee',
      transform: { translation: position, rotation: orientation },
    }
    const expected = {
      stamp: 1700000000.25,
      frame: 'base',
      childFrame: 'ee',
      pose: makePose([0.5, -0.25, 0.125], [1, 0, 0, 0]),
    }
    expect(decodeTransformStamped(transform)).toEqual(expected)
    expect(decodeTFMessage({ transforms: [transform, transform] })).toEqual({ sound: [expected, expected], wrong: [] })
    expect(encodeTFMessage([expected], 2)).toEqual({ transforms: [transform] })
    expect(decodeTFMessage({ transforms: [] })).toEqual({ sound: [], wrong: [] })
  })

  it('a wrench', () => {
    const message = { header: header1, wrench: { force: { x: 1, y: 2, z: 3 }, torque: { x: 4, y: 5, z: 6 } } }
    expect(decodeWrenchStamped(message).wrench).toEqual({ force: [1, 2, 3], torque: [4, 5, 6] })
  })

  it('joints, with what is not known left out or null', () => {
    const message = { header: header1, name: ['a', 'b'], position: [0.1, 0.2], velocity: [], effort: [1, null] }
    expect(decodeJointState(message)).toEqual({
      stamp: 1700000000.25,
      names: ['a', 'b'],
      positions: [0.1, 0.2],
      velocities: [],
      efforts: [],
    })
    const cbor = { ...message, position: Float64Array.of(0.1, 0.2), velocity: Float64Array.of(3, 4) }
    expect(decodeJointState(cbor)).toMatchObject({ positions: [0.1, 0.2], velocities: [3, 4] })
  })

  it('a joystick', () => {
    const message = { header: header1, axes: Float32Array.of(-1, 0.5), buttons: [0, 1, 1] }
    expect(decodeJoy(message)).toMatchObject({ axes: [-1, 0.5], buttons: [false, true, true] })
  })

  it('velocities', () => {
    const twist = { linear: { x: 1, y: 2, z: 3 }, angular: { x: 4, y: 5, z: 6 } }
    const velocity = { linear: [1, 2, 3] as Vec3, angular: [4, 5, 6] as Vec3 }
    expect(decodeTwist(twist)).toEqual(velocity)
    expect(encodeTwist(velocity)).toEqual(twist)
    expect(encodeTwistStamped({ stamp: 1700000000.25, frame: 'base', velocity }, 2)).toEqual({ header: header2, twist })
  })

  it('values by themselves', () => {
    expect(decodeBool({ data: true })).toBe(true)
    expect(decodeBool({ data: 0 })).toBe(false)
    expect(decodeString({ data: 'x' })).toBe('x')
    expect(decodeFloat64({ data: -1.5 })).toBe(-1.5)
    expect(encodeFloat64MultiArray([0.04])).toEqual({ layout: { dim: [], data_offset: 0 }, data: [0.04] })
    expect(decodeTriggerResponse({ success: true, message: 'armed' })).toEqual({ success: true, message: 'armed' })
  })
})

describe('detections', () => {
  const pose = { pose: { position, orientation }, covariance: new Array(36).fill(0) }
  const empty = { stamp: { secs: 0, nsecs: 0 }, frame_id: '' }
  const expected = { stamp: 1700000000.25, frame: 'base', pose: makePose([0.5, -0.25, 0.125], [1, 0, 0, 0]) }

  it('of ROS 1: the likeliest hypothesis, and the array’s header where its own says nothing', () => {
    const detections = [
      {
        header: empty,
        results: [
          { id: 3, score: 0.25, pose },
          { id: 4, score: 0.75, pose },
        ],
        bbox: {},
      },
      { header: { ...header1, frame_id: 'camera' }, results: [{ id: 5n, score: 1.5, pose }], bbox: {} },
      { header: header1, results: [], bbox: {} },
    ]
    expect(decodeDetection3DArray({ header: header1, detections })).toEqual([
      { ...expected, classId: '4', confidence: 0.75 },
      { ...expected, frame: 'camera', classId: '5', confidence: 1 },
    ])
  })

  it('of ROS 2: class and tracking id', () => {
    const results = [{ hypothesis: { class_id: 'peg', score: 0.5 }, pose }]
    const detections = [
      { header: header2, results, bbox: {}, id: 'peg-1' },
      { header: header2, results, bbox: {}, id: '' },
    ]
    expect(decodeDetection3DArray({ header: header2, detections })).toEqual([
      { ...expected, classId: 'peg', trackingId: 'peg-1', confidence: 0.5 },
      { ...expected, classId: 'peg', confidence: 0.5 },
    ])
  })

  it('of ROS 2 Foxy, which names the class in the result itself', () => {
    const detections = [{ header: header2, results: [{ id: 'peg', score: 0.5, pose }], bbox: {} }]
    expect(decodeDetection3DArray({ header: header2, detections })).toEqual([
      { ...expected, classId: 'peg', confidence: 0.5 },
    ])
  })

  describe('of Isaac ROS, whose poses are those of the bounding boxes', () => {
    const unwritten = { position: { x: 0, y: 0, z: 0 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }
    const default2 = { pose: unwritten, covariance: new Array(36).fill(0) }
    const bbox = { center: { position, orientation }, size: { x: 0.1, y: 0.1, z: 0.1 } }
    const decoded = (results: unknown[], box: object = bbox) => {
      const message = { header: header2, detections: [{ header: header2, results, bbox: box, id: '' }] }
      return decodeDetection3DArray(message)
    }
    const hypothesis = (class_id: string, score: number, pose: object = default2) => ({
      hypothesis: { class_id, score },
      pose,
    })

    it('without a hypothesis, it is seen all the same', () => {
      expect(decoded([])).toEqual([{ ...expected, classId: '', confidence: 1 }])
      const message = { header: header2, detections: [{ header: header2, results: [], bbox, id: '' }] }
      expect(decodeObjectPose('vision_msgs/Detection3DArray', message)).toEqual({ ...expected, confidence: 1 })
    })

    it('with one of score 0 and no class, it is seen', () => {
      expect(decoded([hypothesis('', 0)])).toEqual([{ ...expected, classId: '', confidence: 1 }])
    })

    it('with scores, the likeliest is where the box is', () => {
      const results = [hypothesis('22', 0.25), hypothesis('23', 0.75)]
      expect(decoded(results)).toEqual([{ ...expected, classId: '23', confidence: 0.75 }])
    })

    it('a pose that was written counts, wherever the box is, and a score of 0 with a class is not seen', () => {
      const elsewhere = { center: { position: { x: Number.NaN, y: 9, z: 9 }, orientation } }
      expect(decoded([hypothesis('peg', 0, pose)], elsewhere)).toEqual([{ ...expected, classId: 'peg', confidence: 0 }])
    })

    it('a tracker that names no class and is unsure of what it had is believed no more than it says', () => {
      const noBox = { center: unwritten, size: { x: 0, y: 0, z: 0 } }
      expect(decoded([hypothesis('', 0.1, pose)])).toEqual([{ ...expected, classId: '', confidence: 0.1 }])
      expect(decoded([hypothesis('', 0, pose)], noBox)).toEqual([{ ...expected, classId: '', confidence: 0 }])
      expect(decoded([hypothesis('', 0)], noBox)).toEqual([])
      expect(decoded([hypothesis('peg', 1)], noBox)).toEqual([])
    })

    it('neither hypothesis nor box is no detection', () => {
      expect(decoded([], { center: unwritten, size: { x: 0, y: 0, z: 0 } })).toEqual([])
      expect(decoded([], { center: { ...unwritten, orientation: { x: 0, y: 0, z: 0, w: 0 } } })).toEqual([])
    })
  })

  it('a class that is no number has no place in ROS 1', () => {
    const detection = { ...expected, classId: 'peg', confidence: 1 }
    expect(() => encodeDetection3DArray([detection], expected, 1)).toThrow(
      'vision_msgs/Detection3DArray id: expected a whole number in ROS 1, got "peg"',
    )
  })
})

describe('the pose of one object', () => {
  const at = (x: number): Pose => makePose([x, 0, 0])
  const stamped = { stamp: 1, frame: 'camera' }
  const detections = encodeDetection3DArray(
    [
      { ...stamped, classId: 'peg', trackingId: 'peg-1', confidence: 0.5, pose: at(1) },
      { ...stamped, classId: 'peg', trackingId: 'peg-2', confidence: 0.75, pose: at(2) },
      { ...stamped, classId: 'hole', confidence: 0.25, pose: at(3) },
    ],
    stamped,
    2,
  )

  it('is the likeliest detection of its class, or the very one its tracking id names', () => {
    const type = 'vision_msgs/Detection3DArray'
    expect(decodeObjectPose(type, detections, 'peg')).toEqual({ ...stamped, confidence: 0.75, pose: at(2) })
    expect(decodeObjectPose(type, detections, 'peg-1')).toEqual({ ...stamped, confidence: 0.5, pose: at(1) })
    expect(decodeObjectPose(type, detections, 'hole')).toEqual({ ...stamped, confidence: 0.25, pose: at(3) })
    expect(decodeObjectPose(type, detections, 'cup')).toBeUndefined()
    expect(() => decodeObjectPose(type, detections)).toThrow('got 3: peg-1, peg-2, hole')
  })

  it('is the transform of its frame, with or without a slash', () => {
    const message = encodeTFMessage([{ ...stamped, childFrame: '/peg', pose: at(4) }], 1)
    expect(decodeObjectPose('tf2_msgs/TFMessage', message, 'peg')).toEqual({ ...stamped, confidence: 1, pose: at(4) })
    expect(decodeObjectPose('tf2_msgs/TFMessage', message, 'hole')).toBeUndefined()
    const [peg] = message.transforms
    const stranger = { ...peg, child_frame_id: 'cup', transform: null }
    const beside = { transforms: [stranger, peg] }
    expect(decodeObjectPose('tf2_msgs/TFMessage', beside, 'peg')).toMatchObject({ pose: at(4) })
    expect(() => decodeObjectPose('tf2_msgs/TFMessage', beside, 'cup')).toThrow('transforms[0].transform')
    expect(sameFrame('/base', 'base')).toBe(true)
    expect(sameFrame('base', 'base2')).toBe(false)
  })

  it('is the pose, where the topic is about one object', () => {
    const message = encodePoseStamped({ ...stamped, pose: at(5) }, 1)
    expect(decodeObjectPose('geometry_msgs/PoseStamped', message)).toEqual({ ...stamped, confidence: 1, pose: at(5) })
  })
})

describe('what went out comes back, through JSON, in both versions of ROS', () => {
  it('poses and transforms', () => {
    fc.assert(
      fc.property(stamp, frame, frame, pose, ros, (time, name, childFrame, value, version) => {
        const stamped = { stamp: time, frame: name, childFrame, pose: value }
        const decoded = decodeTransformStamped(sent(encodeTransformStamped(stamped, version)))
        expect(decoded).toMatchObject({ stamp: time, frame: name, childFrame })
        expectSamePose(decoded.pose, value)
        expectSamePose(decodePoseStamped(sent(encodePoseStamped(stamped, version))).pose, value)
      }),
    )
  })

  it('detections', () => {
    const detection = fc.record({
      stamp: stamp.filter((time) => time > 0),
      frame: fc.string({ minLength: 1, maxLength: 9 }),
      classId: fc.integer({ min: 0, max: 99 }).map(String),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }).map((score) => score + 0),
      pose,
    })
    fc.assert(
      fc.property(fc.array(detection, { maxLength: 4 }), ros, (detections, version) => {
        const message = sent(encodeDetection3DArray(detections, { stamp: 3, frame: 'camera' }, version))
        const decoded = decodeDetection3DArray(message)
        expect(decoded.map(({ pose: _, ...rest }) => rest)).toEqual(detections.map(({ pose: _, ...rest }) => rest))
        decoded.forEach(({ pose: got }, i) => {
          expectSamePose(got, (detections[i] as { pose: Pose }).pose)
        })
      }),
    )
  })

  it('wrenches and velocities', () => {
    fc.assert(
      fc.property(stamp, frame, vector, vector, ros, (time, name, a, b, version) => {
        const wrench = { stamp: time, frame: name, wrench: { force: a, torque: b } }
        expect(decodeWrenchStamped(encodeWrenchStamped(wrench, version))).toEqual(wrench)
        const velocity = { stamp: time, frame: name, velocity: { linear: a, angular: b } }
        expect(decodeTwistStamped(encodeTwistStamped(velocity, version))).toEqual(velocity)
      }),
    )
  })

  it('joints and joysticks', () => {
    fc.assert(
      fc.property(
        stamp,
        fc.array(fc.tuple(frame, number)),
        fc.array(fc.boolean()),
        ros,
        (time, joints, buttons, version) => {
          const positions = joints.map(([, value]) => value + 0)
          const names = joints.map(([name]) => name)
          const state = { stamp: time, names, positions, velocities: [], efforts: positions }
          expect(decodeJointState(sent(encodeJointState(state, version)))).toEqual(state)
          const joystick = { stamp: time, axes: positions, buttons }
          expect(decodeJoy(sent(encodeJoy(joystick, version)))).toEqual(joystick)
        },
      ),
    )
  })

  it('cameras', () => {
    const positive = fc.double({ min: 1, max: 5e3, noNaN: true })
    const size = fc.integer({ min: 1, max: 4096 })
    const intrinsics = fc.record({ width: size, height: size, fx: positive, fy: positive, cx: positive, cy: positive })
    fc.assert(
      fc.property(intrinsics, ros, fc.boolean(), (camera, version, rectified) => {
        const message = sent(encodeCameraInfo({ stamp: 1, frame: 'camera', intrinsics: camera }, version))
        expect(decodeCameraInfo(message, { rectified })).toEqual({ stamp: 1, frame: 'camera', intrinsics: camera })
      }),
    )
  })

  it('values by themselves', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.string(), number, (truth, text, value) => {
        expect(decodeBool(sent(encodeBool(truth)))).toBe(truth)
        expect(decodeString(sent(encodeString(text)))).toBe(text)
        expect(decodeFloat64(sent(encodeFloat64(value)))).toBeCloseTo(value, 12)
        expect(decodeFloat64MultiArray(sent(encodeFloat64MultiArray([value])))[0]).toBeCloseTo(value, 12)
      }),
    )
  })
})

describe('what is wrong is named: type, field, got and expected', () => {
  const type = 'geometry_msgs/PoseStamped'
  const changed = (change: object) => ({ ...poseStamped, ...change })

  it.each<[string, unknown, string]>([
    ['nothing at all', undefined, `${type}: expected an object with header, got nothing`],
    ['null', null, `${type}: expected an object with header, got null`],
    ['text', 'hello', `${type}: expected an object with header, got "hello"`],
    ['no header', { pose: poseStamped.pose }, `${type} header: expected an object with stamp, got nothing`],
    [
      'no frame',
      changed({ header: { stamp: header1.stamp } }),
      `${type} header.frame_id: expected a string, got nothing`,
    ],
    [
      'no z',
      changed({ pose: { position: { x: 0, y: 0 }, orientation } }),
      `${type} pose.position.z: expected a finite number, got nothing`,
    ],
    [
      'NaN, which JSON makes null',
      changed({ pose: { position: { ...position, y: null }, orientation } }),
      `${type} pose.position.y: expected a finite number, got null`,
    ],
    [
      'NaN',
      changed({ pose: { position: { ...position, x: Number.NaN }, orientation } }),
      `${type} pose.position.x: expected a finite number, got NaN`,
    ],
    [
      'a number as text',
      changed({ pose: { position: { ...position, x: '1' }, orientation } }),
      `${type} pose.position.x: expected a finite number, got "1"`,
    ],
    [
      'no orientation',
      changed({ pose: { position } }),
      `${type} pose.orientation: expected an object with x, got nothing`,
    ],
    [
      'zero orientation',
      changed({ pose: { position, orientation: { x: 0, y: 0, z: 0, w: 0 } } }),
      `${type} pose.orientation: expected a quaternion of length 1, got [0, 0, 0, 0] of length 0`,
    ],
    [
      'long orientation',
      changed({ pose: { position, orientation: { x: 0, y: 0, z: 0, w: 2 } } }),
      `${type} pose.orientation: expected a quaternion of length 1, got [0, 0, 0, 2] of length 2`,
    ],
  ])('%s', (_, message, expected) => {
    expect(() => decodePoseStamped(message)).toThrow(RangeError)
    expect(() => decodePoseStamped(message)).toThrow(expected)
  })

  it('a quaternion that is 32 bits wide is taken, and made unit', () => {
    const [x, w] = [Math.fround(Math.sin(0.4)), Math.fround(Math.cos(0.4))]
    const { pose } = decodePoseStamped(changed({ pose: { position, orientation: { x, y: 0, z: 0, w } } }))
    expect(Math.hypot(...pose.orientation)).toBeCloseTo(1, 15)
  })

  it('in an array, with its place', () => {
    const good = encodeTFMessage([{ stamp: 1, frame: 'a', childFrame: 'b', pose: makePose([0, 0, 0]) }], 1)
      .transforms[0]
    const transforms = [good, { ...good, child_frame_id: 5 }]
    const { sound, wrong } = decodeTFMessage({ transforms })
    expect(sound.map(({ childFrame }) => childFrame)).toEqual(['b'])
    expect(wrong).toEqual([
      {
        childFrame: 5,
        problem: new RangeError('tf2_msgs/TFMessage transforms[1].child_frame_id: expected a string, got 5'),
      },
    ])
    const joints = { header: header1, name: ['a', 'b'], position: [1], velocity: [], effort: [] }
    expect(() => decodeJointState(joints)).toThrow('sensor_msgs/JointState position: expected 2 numbers, got 1')
  })

  it('before it is sent', () => {
    const wrong: Pose = { position: [0, Number.NaN, 0], orientation: [0, 0, 0, 1] }
    const stamped = { stamp: 1, frame: 'base' }
    expect(() => encodePoseStamped({ ...stamped, pose: wrong }, 1)).toThrow(
      'geometry_msgs/PoseStamped pose.position[1]: expected a finite number, got NaN',
    )
    const zero: Pose = { position: [0, 0, 0], orientation: [0, 0, 0, 0] }
    expect(() => encodePoseStamped({ ...stamped, pose: zero }, 1)).toThrow('pose.orientation: expected a quaternion')
    const velocity = { linear: [0, 0, Number.POSITIVE_INFINITY] as Vec3, angular: [0, 0, 0] as Vec3 }
    expect(() => encodeTwistStamped({ ...stamped, velocity }, 2)).toThrow('geometry_msgs/TwistStamped twist.linear[2]')
  })

  it('for any message at all, an error is a RangeError that begins with the type', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true }), (message) => {
        for (const decode of [
          decodePoseStamped,
          decodeTFMessage,
          decodeDetection3DArray,
          decodeJointState,
          decodeCameraInfo,
        ]) {
          try {
            decode(message)
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
            expect((error as Error).message).toMatch(/^\w+_msgs\/\w+.*: expected .*, got /)
          }
        }
      }),
    )
  })
})

describe('a camera', () => {
  const info = {
    header: header1,
    width: 640,
    height: 480,
    distortion_model: 'plumb_bob',
    D: [0, 0, 0, 0, 0],
    K: [600, 0, 320, 0, 601, 240, 0, 0, 1],
    P: [580, 0, 319, 0, 0, 581, 239, 0, 0, 0, 1, 0],
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  }

  it('without distortion is its matrix K, in small letters in ROS 2', () => {
    const expected = { width: 640, height: 480, fx: 600, fy: 601, cx: 320, cy: 240 }
    expect(decodeCameraInfo(info).intrinsics).toEqual(expected)
    expect(decodeCameraInfo({ ...info, D: [] }).intrinsics).toEqual(expected)
    const { D: d, K: k, P: p, ...rest } = info
    expect(decodeCameraInfo({ ...rest, header: header2, d, k: Float64Array.from(k), p }).intrinsics).toEqual(expected)
  })

  it('rectified is its matrix P, whatever the lens did', () => {
    const distorted = { ...info, D: [-0.3, 0.1, 0, 0, 0] }
    const expected = { width: 640, height: 480, fx: 580, fy: 581, cx: 319, cy: 239 }
    expect(decodeCameraInfo(distorted, { rectified: true }).intrinsics).toEqual(expected)
  })

  it('with a lens that bends by more than half a pixel is refused', () => {
    // Furthest at the corner (−320/600, −240/601), r² = 0.444: k1 r² · r · f ≈ k1 · 0.444 · 400 px = 177.6 px · k1.
    expect(() => decodeCameraInfo({ ...info, D: [-0.1, 0, 0, 0, 0] })).toThrow(
      /^sensor_msgs\/CameraInfo D: expected none; rectify .*got plumb_bob \[-0\.1,0,0,0,0\], which moves pixels by up to 17\.8/,
    )
    expect(decodeCameraInfo({ ...info, D: [0.0025, 0, 0, 0, 0] }).intrinsics.fx).toBe(600)
    expect(() => decodeCameraInfo({ ...info, D: [0.0031, 0, 0, 0, 0] })).toThrow('moves pixels by up to 0.6')
  })

  it('of a kind whose distortion is not known here is refused', () => {
    const fisheye = { ...info, distortion_model: 'equidistant', D: [0.001, 0, 0, 0] }
    expect(() => decodeCameraInfo(fisheye)).toThrow('got equidistant [0.001,0,0,0]')
  })

  it('that was never calibrated, is skewed, cut or binned is refused', () => {
    expect(() => decodeCameraInfo({ ...info, K: new Array(9).fill(0) })).toThrow('K: expected focal lengths above 0')
    expect(() => decodeCameraInfo({ ...info, K: [600, 1, 320, 0, 601, 240, 0, 0, 1] })).toThrow('K: expected no skew')
    expect(() => decodeCameraInfo({ ...info, roi: { ...info.roi, x_offset: 8 } })).toThrow('roi.x_offset: expected 0')
    expect(() => decodeCameraInfo({ ...info, binning_x: 2 })).toThrow('binning_x: expected 0 or 1')
    expect(() => decodeCameraInfo({ ...info, width: 0 })).toThrow('width: expected a picture’s size, got 0×480')
  })
})

describe('a wrench seen from another place', () => {
  it('10 N across a lever of 0.1 m turn with 1 N·m', () => {
    // p = (0, 0, 0.1), f = (10, 0, 0): p × f = (0, 0.1 · 10, 0)
    const wrench = { force: [10, 0, 0] as Vec3, torque: [0, 0, 0] as Vec3 }
    expect(wrenchIn(makePose([0, 0, 0.1]), wrench)).toEqual({ force: [10, 0, 0], torque: [0, 1, 0] })
  })

  it('a quarter turn about z makes +x +y', () => {
    const quarter: Quat = [0, 0, Math.SQRT1_2, Math.SQRT1_2]
    const { force, torque } = wrenchIn(makePose([0, 0, 0], quarter), { force: [1, 0, 0], torque: [0, 2, 0] })
    expect(force[1]).toBeCloseTo(1, 12)
    expect(torque[0]).toBeCloseTo(-2, 12)
  })
})
