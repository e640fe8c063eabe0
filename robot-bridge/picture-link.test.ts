import { beforeAll, beforeEach, expect, test } from 'vitest'
import { loadProfile } from './load-profile.ts'
import { encodeCameraInfo } from './messages.ts'
import { PictureLink } from './picture-link.ts'
import { encodeColour, encodeDepth } from './pictures.ts'
import type { Profile } from './profile.ts'
import type { SubscribeOptions, Wire, WireHandlers } from './wire.ts'

let profile: Profile
beforeAll(async () => {
  profile = await loadProfile('sim')
})

let now = 0
let handlers: WireHandlers[] = []
let subscribed: [topic: string, type: string, options?: SubscribeOptions][] = []
let terminated = 0
const problems: string[] = []
beforeEach(() => {
  now = 0
  handlers = []
  subscribed = []
  terminated = 0
  problems.length = 0
})

const dial = (given: WireHandlers): Wire => {
  handlers.push(given)
  const never = () => {
    throw new Error('expected nothing to be published or called')
  }
  return {
    subscribe: (...args) => subscribed.push(args as never),
    advertise: never,
    publish: never,
    call: never,
    close: () => {},
    terminate: () => void terminated++,
  }
}
const wire = () => handlers.at(-1) as WireHandlers

function opened(rate?: number): PictureLink {
  const link = new PictureLink({
    profile,
    dial,
    now: () => now,
    random: () => 0,
    onProblem: (message) => problems.push(message),
    ...(rate !== undefined && { rate }),
  })
  link.tick()
  wire().opened()
  return link
}

const size = { width: 4, height: 2 }
const stamped = (stamp: number) => ({ stamp, frame: 'camera', ...size })
const colour = (stamp: number, shade = 0) =>
  wire().message('/tenon/colour', encodeColour({ ...stamped(stamp), rgb: new Uint8Array(24).fill(shade) }, 1))
const depth = (stamp: number, metres = 0.5) =>
  wire().message('/tenon/depth', encodeDepth({ ...stamped(stamp), depth: new Float32Array(8).fill(metres) }, 1))
const info = (stamp = 1, cx = 1.5) => {
  const intrinsics = { ...size, fx: 4, fy: 4, cx, cy: 0.5 }
  wire().message('/tenon/camera_info', encodeCameraInfo({ stamp, frame: 'camera', intrinsics }, 1))
}

test('colour and depth come as CBOR, the camera’s matrix as JSON, all at the rate that is asked for', () => {
  opened(15)
  expect(subscribed).toEqual([
    ['/tenon/colour', 'sensor_msgs/Image', { compression: 'cbor', throttle: 66 }],
    ['/tenon/depth', 'sensor_msgs/Image', { compression: 'cbor', throttle: 66 }],
    ['/tenon/camera_info', 'sensor_msgs/CameraInfo', { throttle: 66 }],
  ])
})

test('colour and depth of the same moment make a picture, whichever comes first; it is taken once', () => {
  const link = opened()
  info()
  colour(1, 7)
  expect(link.take()).toBeUndefined()
  depth(1.005)
  const picture = link.take()
  expect(picture?.stamp).toBe(1)
  expect(picture?.rgbd).toMatchObject({ intrinsics: { width: 4, fx: 4 } })
  expect([picture?.rgbd.rgb[0], picture?.rgbd.depth[0]]).toEqual([7, 0.5])
  expect(link.take()).toBeUndefined()
  depth(1.033)
  colour(1.034)
  expect(link.take()?.stamp).toBe(1.034)
  expect(link.stamp).toBe(1.034)
  expect(problems).toEqual([])
})

test('a picture is decoded where there is room for it', () => {
  const link = opened()
  info()
  colour(1, 7)
  depth(1)
  const room = { rgb: new Uint8Array(24), depth: new Float32Array(8) }
  const picture = link.take({ rgb: () => room.rgb, depth: () => room.depth })
  expect(picture?.rgbd.rgb).toBe(room.rgb)
  expect(picture?.rgbd.depth).toBe(room.depth)
  expect([room.rgb[23], room.depth[7]]).toEqual([7, 0.5])
})

test('halves of different moments make none, which is told once it is clear', () => {
  const link = opened()
  info()
  for (let i = 0; i < 20; i++) {
    colour(1 + 0.1 * i)
    depth(1.05 + 0.1 * i)
    if (i === 9) expect(problems).toEqual([])
  }
  expect(link.take()).toBeUndefined()
  expect(problems[0]).toBe('/tenon/depth: nothing of the same moment comes on /tenon/colour')
})

test('depth that comes some pictures late finds its colour, also among those that are near', () => {
  const link = opened()
  info()
  for (let i = 0; i < 20; i++) {
    colour(1 + i / 60, i)
    if (i < 3) continue
    depth(1 + (i - 3) / 60)
    expect(link.take()?.rgbd.rgb[0]).toBe(i - 3)
  }
  expect(problems).toEqual([])
})

test.for([0, 0.004])('at 60 a second, with %f s between colour and depth, a lost half costs one picture', (apart) => {
  const link = opened()
  info()
  const taken: unknown[] = []
  for (let i = 0; i < 20; i++) {
    const stamp = 1 + i / 60
    if (i !== 5) colour(stamp, i)
    depth(stamp + apart, (i + 1) / 10)
    const rgbd = link.take()?.rgbd
    taken.push(rgbd && [rgbd.rgb[0], Math.round(10 * (rgbd.depth[0] as number)) - 1])
  }
  expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => (i === 5 ? undefined : [i, i])))
})

test('depth that is slower than colour is no reason to complain', () => {
  const link = opened()
  info()
  for (let i = 0; i < 90; i++) {
    colour(1 + i / 30)
    if (i % 10 === 0) depth(1 + i / 30)
  }
  expect(link.take()?.stamp).toBeCloseTo(1 + 80 / 30, 9)
  expect(problems).toEqual([])
})

test('without camera info there is no picture, which is told once it is clear', () => {
  const link = opened()
  for (let i = 0; i < 40; i++) {
    colour(1 + i / 30)
    depth(1 + i / 30)
    if (i === 29) expect(problems).toEqual([])
  }
  expect(link.take()).toBeUndefined()
  expect(problems[0]).toBe('/tenon/depth: no camera info comes on /tenon/camera_info: its focal length is not known')
})

test('a window that moves over the sensor has the camera info of its own picture, or is none', () => {
  const link = opened()
  const picture = (i: number, isInfoLost = false) => {
    if (!isInfoLost) info(1 + i / 30, i)
    colour(1 + i / 30)
    depth(1 + i / 30)
    return link.take()?.rgbd.intrinsics.cx
  }
  expect([picture(0), picture(1), picture(2, true), picture(3)]).toEqual([0, 1, undefined, 3])
})

test('of several only the newest is kept', () => {
  const link = opened()
  info()
  for (let i = 0; i < 5; i++) {
    colour(1 + 0.033 * i, i)
    depth(1 + 0.033 * i)
  }
  expect(link.take()?.stamp).toBeCloseTo(1.132, 9)
  expect(link.take()).toBeUndefined()
})

test('a picture that cannot be decoded is told of, and counts as none', () => {
  const link = opened()
  info()
  colour(1)
  wire().message('/tenon/depth', { ...encodeDepth({ ...stamped(1), depth: new Float32Array(8) }, 1), encoding: '8UC1' })
  expect(link.take()).toBeUndefined()
  expect(problems.join()).toContain('pictures: sensor_msgs/Image encoding: expected a depth encoding')
  expect(link.stamp).toBeUndefined()
  colour(1.03)
  depth(1.03)
  expect(link.take()?.stamp).toBe(1.03)
  expect(link.stamp).toBe(1.03)
})

test('a picture of which colour, depth and camera info differ in shape is none, also with as many pixels', () => {
  const link = opened()
  info()
  const turned = { stamp: 1, frame: 'camera', width: 2, height: 4 }
  wire().message('/tenon/colour', encodeColour({ ...turned, rgb: new Uint8Array(24) }, 1))
  depth(1)
  expect(link.take()).toBeUndefined()
  expect(problems.join()).toContain(
    'pictures: expected colour, depth and camera info of one size, got 2×4, 4×2, 4×2 pixels; name topics of one',
  )
})

test('a foreign frame, and a message without a header, are refused', () => {
  opened()
  wire().message('/tenon/colour', encodeColour({ ...stamped(1), frame: 'wrist', rgb: new Uint8Array(24) }, 1))
  wire().message('/tenon/depth', { data: 1 })
  expect(problems[0]).toContain('expected "camera", as the profile says, got "wrist"')
  expect(problems[1]).toContain('/tenon/depth: std_msgs/Header')
})

test('a connection that is silent for 3 s is given up, and another is dialled after a while', () => {
  const link = opened()
  now = 2.9
  link.tick()
  expect(terminated).toBe(0)
  now = 3.1
  link.tick()
  expect(terminated).toBe(1)
  expect(problems).toEqual(['pictures: no picture for 3 s'])
  now = 3.15
  link.tick()
  expect(handlers.length).toBe(1)
  now = 3.21
  link.tick()
  expect(handlers.length).toBe(2)
  // What the old one still says is nobody's.
  handlers[0]?.closed('late')
  expect(problems.length).toBe(1)
})

test('a profile without a camera is refused', () => {
  const { camera: _, ...blind } = profile
  const options = { profile: blind, dial, now: () => 0, random: () => 0, onProblem: () => {} }
  expect(() => new PictureLink(options)).toThrow('the profile "sim" has no camera')
})
