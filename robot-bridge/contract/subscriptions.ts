// The contract of a subscription's settings: how often, how many wait, and in which form.
import { type Check, expectEqual, expectThat } from './check.ts'
import { channel } from './topics.ts'

/** A picture of different bytes, whose rows do not look alike. */
export function picture(width: number, height: number): Uint8Array {
  const data = new Uint8Array(3 * width * height)
  for (let i = 0; i < data.length; i++) data[i] = (i * 31 + (i >> 8)) & 255
  return data
}

const image = (width: number, height: number, data: Uint8Array) => ({
  header: { frame_id: 'camera' },
  height,
  width,
  encoding: 'rgb8',
  is_bigendian: 0,
  step: 3 * width,
  data: Buffer.from(data).toString('base64'),
})

const same = (got: unknown, expected: Uint8Array): boolean =>
  got instanceof Uint8Array && Buffer.compare(got, expected) === 0

async function largePicture(kit: Parameters<Check['run']>[0], width: number, height: number) {
  const data = picture(width, height)
  const { publish, listener, topic } = await channel(kit, 'sensor_msgs/Image', { compression: 'cbor' })
  const begun = performance.now()
  publish(image(width, height, data))
  const [first] = await listener.hear(topic)
  expectThat(same(first?.message.msg.data, data), 'the same bytes', first?.message.msg.data?.length)
  return `${(data.length / 1e6).toFixed(1)} MB in ${(performance.now() - begun).toFixed(0)} ms`
}

export const SUBSCRIPTIONS: readonly Check[] = [
  {
    name: 'throttle_rate keeps messages that many ms apart; what comes too early is dropped',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String', { throttle_rate: 400 })
      const begun = performance.now()
      for (let i = 0; performance.now() - begun < 1000; i++) {
        publish({ data: `${i}` })
        await kit.sleep(0.02)
      }
      const lasted = performance.now() - begun
      await kit.sleep(0.2)
      const { length } = listener.heard(topic)
      expectThat(length >= 2 && length <= 1 + Math.floor((lasted + 200) / 400), 'about one in 400 ms', length)
      return `${length} in ${(lasted / 1e3).toFixed(1)} s`
    },
  },
  {
    name: 'Without a queue the last of a burst is lost',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String', { throttle_rate: 2000 })
      for (let i = 0; i < 10; i++) publish({ data: `${i}` })
      await listener.hear(topic)
      await kit.sleep(0.5)
      expectEqual(
        listener.heard(topic).map(({ message }) => message.msg.data),
        ['0'],
        'the messages',
      )
      return undefined
    },
  },
  {
    name: 'With queue_length 1 the last of a burst comes, and what it replaced does not',
    kind: 'rule',
    async run(kit) {
      const subscribe = { throttle_rate: 400, queue_length: 1 }
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String', subscribe)
      for (let i = 0; i < 10; i++) publish({ data: `${i}` })
      const last = () => listener.heard(topic).at(-1)?.message.msg.data
      await listener.until(
        () => last() === '9',
        () => `expected the last of ten messages, got ${last()}`,
      )
      const { length } = listener.heard(topic)
      expectThat(length <= 3, 'at most 3 messages of 10', length)
      return undefined
    },
  },
  {
    name: 'Two subscriptions of a client share one setting, the more generous, and each message comes once',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic, type } = await channel(kit, 'std_msgs/String', { throttle_rate: 5000 })
      listener.send({ op: 'subscribe', id: 'other', topic, type, throttle_rate: 0 })
      await listener.settled()
      for (let i = 0; i < 5; i++) publish({ data: `${i}` })
      await listener.hear(topic, 5)
      await kit.sleep(0.2)
      expectEqual(listener.heard(topic).length, 5, 'messages')
      return undefined
    },
  },
  {
    name: 'Two subscriptions of a client share one form: once CBOR is asked for, all comes as CBOR',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic, type } = await channel(kit, 'std_msgs/String')
      listener.send({ op: 'subscribe', id: 'other', topic, type, compression: 'cbor' })
      await listener.settled()
      publish({ data: 'text' })
      const [first] = await listener.hear(topic)
      expectEqual([first?.form, first?.message.msg], ['cbor', { data: 'text' }], 'form and message')
      return undefined
    },
  },
  {
    name: 'A picture of 640×480 arrives in CBOR, byte for byte',
    kind: 'rule',
    run: (kit) => largePicture(kit, 640, 480),
  },
  {
    name: 'A picture of 1280×960 arrives in CBOR, byte for byte',
    kind: 'rule',
    run: (kit) => largePicture(kit, 1280, 960),
  },
  {
    name: 'A picture arrives in JSON as base64',
    kind: 'rule',
    async run(kit) {
      const data = picture(20, 10)
      const { publish, listener, topic } = await channel(kit, 'sensor_msgs/Image')
      publish(image(20, 10, data))
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.data, Buffer.from(data).toString('base64'), 'the data')
      return undefined
    },
  },
  {
    name: 'Arrays of numbers come as typed arrays in CBOR',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/Float64MultiArray', { compression: 'cbor' })
      publish({ layout: { dim: [], data_offset: 0 }, data: [0.1, -2, 3e300] })
      const [first] = await listener.hear(topic)
      const { data } = first?.message.msg ?? {}
      expectThat(data instanceof Float64Array, 'a Float64Array', data)
      expectEqual([...data], [0.1, -2, 3e300], 'the numbers')
      return undefined
    },
  },
  {
    name: 'A pose in CBOR is the pose, and its stamp the stamp',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/PoseStamped', { compression: 'cbor' })
      const stamp = kit.ros === 1 ? { secs: 7, nsecs: 8 } : { sec: 7, nanosec: 8 }
      const orientation = { x: 0, y: 0, z: 0, w: 1 }
      publish({ header: { stamp, frame_id: 'base' }, pose: { position: { x: 0.1, y: 2, z: -3 }, orientation } })
      const [first] = await listener.hear(topic)
      const { header, pose } = first?.message.msg ?? {}
      expectEqual([header.stamp, header.frame_id], [stamp, 'base'], 'the header')
      expectEqual(pose, { position: { x: 0.1, y: 2, z: -3 }, orientation }, 'the pose')
      return undefined
    },
  },
  {
    name: 'CameraInfo and JointState do not arrive in CBOR on ROS 1, and the connection stays',
    kind: 'quirk',
    only: 1,
    async run(kit) {
      const info = await channel(kit, 'sensor_msgs/CameraInfo', { compression: 'cbor' })
      info.publish({ header: { frame_id: 'camera' }, width: 4, height: 2 })
      const joints = await channel(kit, 'sensor_msgs/JointState', { compression: 'cbor' })
      joints.publish({ header: { frame_id: '' }, name: ['joint'], position: [1] })
      await kit.sleep(0.5)
      await info.listener.settled()
      const got = [info, joints].map(({ listener, topic }) => listener.heard(topic).length)
      expectEqual(got, [0, 0], 'messages')
      return undefined
    },
  },
  {
    name: 'CameraInfo and JointState arrive in JSON',
    kind: 'rule',
    async run(kit) {
      const info = await channel(kit, 'sensor_msgs/CameraInfo')
      const k = [5, 0, 2, 0, 5, 1, 0, 0, 1]
      info.publish({ header: { frame_id: 'camera' }, width: 4, height: 2, [kit.ros === 1 ? 'K' : 'k']: k })
      const [first] = await info.listener.hear(info.topic)
      expectEqual(first?.message.msg[kit.ros === 1 ? 'K' : 'k'], k, 'the matrix')
      const joints = await channel(kit, 'sensor_msgs/JointState')
      joints.publish({ header: { frame_id: '' }, name: ['a', 'b'], position: [1, 2.5] })
      const [second] = await joints.listener.hear(joints.topic)
      const { name, position, velocity } = second?.message.msg ?? {}
      expectEqual([name, position, velocity], [['a', 'b'], [1, 2.5], []], 'the joints')
      return undefined
    },
  },
  {
    name: 'png compression is JSON in the pixels of a picture',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String', { compression: 'png' })
      publish({ data: 'grün' })
      const [first] = await listener.hear(topic)
      expectEqual([first?.form, first?.message.msg], ['png', { data: 'grün' }], 'form and message')
      return undefined
    },
  },
]
