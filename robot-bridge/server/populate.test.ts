import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCameraInfo, encodePoseStamped, encodeWrenchStamped, type RosVersion } from '../messages.ts'
import { typeTable } from './message-types.ts'
import { populate, populateFields } from './populate.ts'

const NOW = 1234.5
const whole = (type: string, value: unknown, ros: RosVersion = 1) =>
  populate(type, value, { types: typeTable(ros), now: NOW })
const now = { secs: 1234, nsecs: 500_000_000 }
const point = { x: 0, y: 0, z: 0 }

describe('what is missing', () => {
  it('becomes 0, and the stamp of a header that is there becomes now', () => {
    expect(whole('geometry_msgs/PoseStamped', { header: { frame_id: 'base' }, pose: { position: { x: 1 } } })).toEqual({
      header: { seq: 0, stamp: now, frame_id: 'base' },
      pose: { position: { ...point, x: 1 }, orientation: { ...point, w: 0 } },
    })
  })

  it('is not stamped when it is the header itself', () => {
    expect(whole('geometry_msgs/PoseStamped', {}).header).toEqual({
      seq: 0,
      stamp: { secs: 0, nsecs: 0 },
      frame_id: '',
    })
  })

  it('is an array of as many zeros as its type says, or of none', () => {
    const { D, K, roi } = whole('sensor_msgs/CameraInfo', {})
    expect(D).toEqual([])
    expect(K).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(roi).toEqual({ x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false })
    expect(whole('sensor_msgs/Image', {}).data).toEqual(new Uint8Array(0))
  })

  it('is now for half a stamp: the other half stays', () => {
    expect(whole('std_msgs/Header', { stamp: { secs: 7 } }).stamp).toEqual({ secs: 7, nsecs: 500_000_000 })
    expect(whole('std_msgs/Header', { stamp: 'now' }).stamp).toEqual(now)
  })

  it('is a stamp that ROS 1 does not know by the names of ROS 2; ROS 2 knows both', () => {
    const stamp = { sec: 7, nanosec: 8 }
    expect(whole('std_msgs/Header', { stamp }).stamp).toEqual(now)
    expect(whole('std_msgs/Header', { stamp }, 2).stamp).toEqual(stamp)
    expect(whole('std_msgs/Header', { stamp: { secs: 7, nsecs: 8 } }, 2).stamp).toEqual(stamp)
  })
})

describe('what is wrong', () => {
  it.each<[what: string, type: string, value: unknown, complaint: string]>([
    ['a text for a number', 'geometry_msgs/Point', { x: '1' }, 'Point x: expected a number, got "1"'],
    ['null for a number', 'geometry_msgs/Point', { x: null }, 'Point x: expected a number, got null'],
    ['a field of no name', 'geometry_msgs/Pose', { position: { w: 1 } }, 'Pose has no field position.w'],
    ['a number for a bool', 'std_msgs/Bool', { data: 1 }, 'Bool data: expected true or false, got 1'],
    ['a bool for a number', 'std_msgs/Float64', { data: true }, 'Float64 data: expected a number, got true'],
    ['a half', 'std_msgs/Int32', { data: 0.5 }, 'Int32 data: expected a whole number from -2147483648 to 2147483647'],
    ['too large', 'sensor_msgs/Image', { is_bigendian: 256 }, 'is_bigendian: expected a whole number from 0 to 255'],
    ['too few', 'sensor_msgs/CameraInfo', { K: [1, 2] }, 'K: expected 9 elements, got [1,2]'],
    ['an object for a list', 'sensor_msgs/Joy', { axes: {} }, 'axes: expected an array, got {}'],
    ['wrong in a list', 'sensor_msgs/Joy', { axes: [0, 'a'] }, 'axes[1]: expected a number, got "a"'],
    [
      'a list for a message',
      'geometry_msgs/Pose',
      { position: [1] },
      'position: expected an object of geometry_msgs/Point',
    ],
    ['time before 1970', 'std_msgs/Header', { stamp: { secs: -1 } }, 'stamp.secs: expected a whole number from 0'],
    ['no message at all', 'std_msgs/Bool', 'true', 'Bool: expected an object of std_msgs/Bool, got "true"'],
    [
      'an unknown type',
      'std_msgs/Nothing',
      {},
      'unknown type of message: std_msgs/Nothing; known here: geometry_msgs/',
    ],
    ['seq in ROS 2', 'std_msgs/Header', { seq: 1 }, 'Header has no field seq'],
  ])('%s is refused with its name', (what, type, value, complaint) => {
    expect(() => whole(type, value, what.endsWith('ROS 2') ? 2 : 1)).toThrow(complaint)
  })
})

describe('what is right', () => {
  it('stays as it is: what our own messages hold is what the types say', () => {
    for (const ros of [1, 2] as const) {
      const stamped = { stamp: 5.25, frame: 'base' }
      const messages = {
        'geometry_msgs/PoseStamped': encodePoseStamped(
          { ...stamped, pose: { position: [1, 2, 3], orientation: [0, 0, 0, 1] } },
          ros,
        ),
        'geometry_msgs/WrenchStamped': encodeWrenchStamped(
          { ...stamped, wrench: { force: [1, 2, 3], torque: [4, 5, 6] } },
          ros,
        ),
        'sensor_msgs/CameraInfo': encodeCameraInfo(
          { ...stamped, intrinsics: { width: 4, height: 3, fx: 1, fy: 1, cx: 2, cy: 1 } },
          ros,
        ),
      }
      for (const [type, message] of Object.entries(messages)) {
        const { header, ...rest } = whole(type, message, ros) as { header: object }
        const { header: sent, ...sentRest } = message as { header: object }
        expect(rest).toEqual(sentRest)
        expect(header).toEqual(ros === 1 ? { seq: 0, ...sent } : sent)
      }
    }
  })

  it('is made whole once and for all: a whole message is its own', () => {
    const numbers = fc.record({ x: fc.double(), y: fc.double(), z: fc.double() }, { requiredKeys: [] })
    fc.assert(
      fc.property(numbers, fc.uint8Array(), (position, data) => {
        const pose = whole('geometry_msgs/Pose', { position })
        expect(whole('geometry_msgs/Pose', pose)).toEqual(pose)
        const image = whole('sensor_msgs/Image', { data: Buffer.from(data).toString('base64') })
        expect(new Uint8Array(image.data as Uint8Array)).toEqual(new Uint8Array(data))
        expect(whole('sensor_msgs/Image', image)).toEqual(image)
      }),
    )
  })

  it('may be a service’s arguments in their order', () => {
    const { request } = typeTable(1).service('std_srvs/SetBool')
    const options = { types: typeTable(1), now: NOW }
    expect(populateFields('std_srvs/SetBool', request, [true], options)).toEqual({ data: true })
    expect(populateFields('std_srvs/SetBool', request, undefined, options)).toEqual({ data: false })
    expect(() => populateFields('std_srvs/SetBool', request, [1], options)).toThrow('data: expected true or false')
  })
})
