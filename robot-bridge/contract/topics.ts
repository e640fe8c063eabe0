// The contract of topics: what is published arrives, whole, in order, and with what rosbridge adds to it.
import { type Check, expectEqual, expectThat, type Kit } from './check.ts'
import type { Peer } from './peer.ts'

/** A topic that one client publishes and another hears. */
export async function channel(kit: Kit, plain: string, subscribe: object = {}) {
  const topic = kit.fresh(plain.split('/')[1] ?? 'topic')
  const type = kit.type(plain)
  const [speaker, listener] = [await kit.open(), await kit.open()]
  listener.send({ op: 'subscribe', id: 'contract', topic, type, ...subscribe })
  await listener.settled()
  speaker.send({ op: 'advertise', id: 'contract', topic, type })
  await speaker.settled()
  // A subscription of ROS takes a while to find its publisher; nothing tells when it has.
  await kit.sleep(0.2)
  return { topic, type, speaker, listener, publish: (msg: unknown) => speaker.send({ op: 'publish', topic, msg }) }
}

const stampOf = (kit: Kit, seconds: number, nanoseconds: number) =>
  kit.ros === 1 ? { secs: seconds, nsecs: nanoseconds } : { sec: seconds, nanosec: nanoseconds }

/** s */
const timeOf = (kit: Kit, stamp: Record<string, number>): number =>
  kit.ros === 1
    ? (stamp.secs ?? Number.NaN) + (stamp.nsecs ?? Number.NaN) / 1e9
    : (stamp.sec ?? Number.NaN) + (stamp.nanosec ?? Number.NaN) / 1e9

const pose = {
  // Digits that no 32-bit number holds.
  position: { x: 0.1234567890123456, y: -1e-9, z: 0.30000000000000004 },
  orientation: { x: 1, y: 0, z: 0, w: 0 },
}
const ZERO_POSE = { position: { x: 0, y: 0, z: 0 }, orientation: { x: 0, y: 0, z: 0, w: 0 } }

/** What is wrong is dropped, and the good one after it arrives: the first to come is that one. */
async function isDropped(kit: Kit, plain: string, wrong: unknown, good: unknown, isGood: (msg: never) => boolean) {
  const { publish, listener, topic } = await channel(kit, plain)
  publish(wrong)
  publish(good)
  const [first] = await listener.hear(topic)
  expectThat(
    isGood(first?.message.msg as never),
    'the wrong message dropped and the next one heard',
    first?.message.msg,
  )
  return undefined
}

export const TOPICS: readonly Check[] = [
  {
    name: 'A pose arrives with all digits, frame and stamp to the nanosecond',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/PoseStamped')
      publish({ header: { stamp: stampOf(kit, 1_700_000_000, 123_456_789), frame_id: 'base' }, pose })
      const [{ message, form } = { message: undefined, form: undefined }] = await listener.hear(topic)
      expectEqual(message.msg.pose, pose, 'the pose')
      expectEqual(message.msg.header.stamp, stampOf(kit, 1_700_000_000, 123_456_789), 'the stamp')
      expectEqual([message.msg.header.frame_id, form], ['base', 'json'], 'frame and form')
      return undefined
    },
  },
  {
    name: 'A client hears what it says itself, its heartbeat too',
    kind: 'rule',
    async run(kit) {
      const peer = await kit.open()
      const topic = kit.fresh('heartbeat')
      const type = kit.type('std_msgs/Header')
      peer.send({ op: 'subscribe', topic, type, queue_length: 1 })
      peer.send({ op: 'advertise', topic, type, queue_size: 1 })
      await kit.sleep(0.3)
      const times: number[] = []
      for (let beat = 1; beat <= 30; beat++) {
        const sent = performance.now()
        const id = `beat ${beat}`
        peer.send({ op: 'publish', topic, msg: { frame_id: id } })
        const answered = () => peer.heard(topic).some(({ message }) => message.msg.frame_id === id)
        await peer.until(answered, () => `expected ${id} to come back, got nothing`)
        times.push(performance.now() - sent)
      }
      const p50 = times.toSorted((a, b) => a - b)[15] as number
      return `round trip p50 ${p50.toFixed(1)} ms`
    },
  },
  {
    name: 'A std_msgs/Header without a stamp gets the time of the ROS side, which goes forward as ours does',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/Header')
      publish({ frame_id: 'a' })
      const [first] = await listener.hear(topic)
      await kit.sleep(0.3)
      publish({ frame_id: 'b' })
      const [, second] = await listener.hear(topic, 2)
      const [a, b] = [timeOf(kit, first?.message.msg.stamp), timeOf(kit, second?.message.msg.stamp)]
      const passed = (second?.at ?? 0) - (first?.at ?? 0)
      expectThat(a > 1e9 || a > 0, 'a time', first?.message.msg.stamp)
      // What passes here and there between two messages differs by how long each was on its way.
      expectThat(Math.abs(b - a - passed) < 0.2, `${passed.toFixed(3)} s between the stamps`, b - a)
      return undefined
    },
  },
  {
    name: 'A Header’s own seq comes back on ROS 1',
    kind: 'rule',
    only: 1,
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/Header')
      publish({ seq: 4711, frame_id: 'a' })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.seq, 4711, 'seq')
      return undefined
    },
  },
  {
    name: 'A header without a stamp gets the time of now',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/PoseStamped')
      publish({ header: { frame_id: 'base' }, pose })
      const [first] = await listener.hear(topic)
      expectThat(timeOf(kit, first?.message.msg.header.stamp) > 0, 'a stamp', first?.message.msg.header.stamp)
      return undefined
    },
  },
  {
    name: 'A message without a header has the stamp 0',
    kind: 'quirk',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/PoseStamped')
      publish({ pose })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.header.stamp, stampOf(kit, 0, 0), 'the stamp')
      return undefined
    },
  },
  {
    name: 'Missing fields become 0 without a word: no z is z = 0, no orientation a quaternion of zeros',
    kind: 'quirk',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/PoseStamped')
      publish({ header: { frame_id: 'base' }, pose: { position: { x: 0.5, y: 0.25 } } })
      const [first] = await listener.hear(topic)
      // Quaternions of ROS 2 begin as [0, 0, 0, 1].
      const { x, y, z, w } = first?.message.msg.pose.orientation ?? {}
      expectEqual(first?.message.msg.pose.position, { x: 0.5, y: 0.25, z: 0 }, 'the position')
      expectEqual([x, y, z, kit.ros === 1 ? w : 0], [0, 0, 0, 0], 'the orientation')
      return undefined
    },
  },
  {
    name: 'A message of nothing is one of zeros',
    kind: 'quirk',
    only: 1,
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'geometry_msgs/Pose')
      publish({})
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg, ZERO_POSE, 'the pose')
      return undefined
    },
  },
  {
    name: 'A text where a number belongs: the message is dropped, the connection stays',
    kind: 'rule',
    run: (kit) =>
      isDropped(
        kit,
        'geometry_msgs/PoseStamped',
        { header: { frame_id: 'base' }, pose: { position: { x: '0.5', y: 0, z: 0 } } },
        { header: { frame_id: 'good' }, pose },
        ({ header }: { header: { frame_id: string } }) => header.frame_id === 'good',
      ),
  },
  {
    name: 'A number that is not finite, which JSON writes as null: the message is dropped',
    kind: 'rule',
    run: (kit) =>
      isDropped(
        kit,
        'geometry_msgs/PoseStamped',
        { header: { frame_id: 'base' }, pose: { position: { x: Number.NaN, y: 0, z: 0 } } },
        { header: { frame_id: 'good' }, pose },
        ({ header }: { header: { frame_id: string } }) => header.frame_id === 'good',
      ),
  },
  {
    name: 'A field that the type does not have: the message is dropped',
    kind: 'rule',
    run: (kit) =>
      isDropped(
        kit,
        'std_msgs/String',
        { data: 'a', more: 1 },
        { data: 'b' },
        ({ data }: { data: string }) => data === 'b',
      ),
  },
  {
    name: 'A topic of another type is not advertised over: its messages go on as they were',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String')
      const stranger = await kit.open()
      stranger.send({ op: 'advertise', topic, type: kit.type('std_msgs/Bool') })
      stranger.send({ op: 'publish', topic, msg: { data: true } })
      await stranger.settled()
      publish({ data: 'still a text' })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg, { data: 'still a text' }, 'the message')
      return undefined
    },
  },
  {
    name: 'Fifty messages in a row arrive, once each and in order',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic } = await channel(kit, 'std_msgs/String')
      const sent = Array.from({ length: 50 }, (_, i) => `${i}`)
      for (const data of sent) publish({ data })
      await listener.hear(topic, sent.length)
      await kit.sleep(0.1)
      expectEqual(
        listener.heard(topic).map(({ message }) => message.msg.data),
        sent,
        'the messages',
      )
      return undefined
    },
  },
  {
    name: 'Whoever subscribes more than a second after the last message hears nothing old',
    kind: 'rule',
    async run(kit) {
      const { speaker, topic, type } = await advertisedOnly(kit, false)
      speaker.send({ op: 'publish', topic, msg: { data: 'old' } })
      await kit.sleep(1.6)
      const listener = await subscribed(kit, topic, type)
      await kit.sleep(0.5)
      speaker.send({ op: 'publish', topic, msg: { data: 'new' } })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.data, 'new', 'the first message')
      return undefined
    },
  },
  {
    name: 'Whoever subscribes within the first second hears the messages before',
    kind: 'quirk',
    async run(kit) {
      const { speaker, topic, type } = await advertisedOnly(kit, false)
      for (const data of ['first', 'second']) speaker.send({ op: 'publish', topic, msg: { data } })
      const listener = await subscribed(kit, topic, type)
      const heard = await listener.hear(topic, 2)
      expectEqual(
        heard.map(({ message }) => message.msg.data),
        ['first', 'second'],
        'the messages',
      )
      return undefined
    },
  },
  {
    name: 'A latched topic gives its last message to whoever subscribes later',
    kind: 'rule',
    async run(kit) {
      const { speaker, topic, type } = await advertisedOnly(kit, true)
      for (const data of ['first', 'last']) speaker.send({ op: 'publish', topic, msg: { data } })
      await kit.sleep(1.6)
      const listener = await subscribed(kit, topic, type)
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.data, 'last', 'the message')
      return undefined
    },
  },
  {
    name: 'Messages stop with unsubscribe; of two subscriptions of a client the other stays',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic, type } = await channel(kit, 'std_msgs/String')
      listener.send({ op: 'subscribe', id: 'other', topic, type })
      listener.send({ op: 'unsubscribe', id: 'contract', topic })
      await listener.settled()
      publish({ data: 'one left' })
      await listener.hear(topic)
      listener.send({ op: 'unsubscribe', id: 'other', topic })
      await listener.settled()
      publish({ data: 'none left' })
      await kit.sleep(0.4)
      expectEqual(listener.heard(topic).length, 1, 'messages')
      return undefined
    },
  },
]

async function advertisedOnly(kit: Kit, latch: boolean) {
  const speaker = await kit.open()
  const [topic, type] = [kit.fresh('late'), kit.type('std_msgs/String')]
  speaker.send({ op: 'advertise', topic, type, latch })
  await speaker.settled()
  return { speaker, topic, type }
}

async function subscribed(kit: Kit, topic: string, type: string): Promise<Peer> {
  const listener = await kit.open()
  listener.send({ op: 'subscribe', topic, type })
  return listener
}
