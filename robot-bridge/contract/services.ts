// The contract of services, of rosapi's among them, and of frames that are no operation.
import { type Check, expectEqual, expectThat, type Kit } from './check.ts'
import type { Peer } from './peer.ts'
import { channel } from './topics.ts'

/** A service that one client offers; `answer` is called with the request, and sends. */
async function offer(kit: Kit, plain: string, answer: (request: { id: string; args: never }, server: Peer) => void) {
  const server = await kit.open()
  const service = kit.fresh('service')
  server.send({ op: 'advertise_service', service, type: kit.type(plain, 'srv') })
  await server.settled()
  const answered = new Set<string>()
  const serving = setInterval(() => {
    for (const { message } of server.arrived) {
      if (message.op !== 'call_service' || answered.has(message.id)) continue
      answered.add(message.id)
      answer(message, server)
    }
  }, 5)
  return { service, server, end: () => clearInterval(serving) }
}

export const SERVICES: readonly Check[] = [
  {
    name: 'A service that a client offers is called by another: arguments and answer arrive',
    kind: 'rule',
    async run(kit) {
      const { service, end } = await offer(kit, 'std_srvs/SetBool', ({ id, args }, server) => {
        const values = { success: true, message: JSON.stringify(args) }
        server.send({ op: 'service_response', id, service, values, result: true })
      })
      try {
        const { values, result } = await (await kit.open()).call(service, { data: true })
        expectEqual([values, result], [{ success: true, message: '{"data":true}' }, true], 'the answer')
      } finally {
        end()
      }
      return undefined
    },
  },
  {
    name: 'A service that fails is answered with result false',
    kind: 'rule',
    async run(kit) {
      const { service, end } = await offer(kit, 'std_srvs/Trigger', ({ id }, server) =>
        server.send({ op: 'service_response', id, service, values: {}, result: false }),
      )
      try {
        const { result } = await (await kit.open()).call(service)
        expectEqual(result, false, 'the result')
      } finally {
        end()
      }
      return undefined
    },
  },
  {
    name: 'A service that does not exist is answered with result false, and the call’s id',
    kind: 'rule',
    async run(kit) {
      const { values, result } = await (await kit.open()).call(kit.fresh('nobody'))
      expectEqual(result, false, 'the result')
      return typeof values === 'string' ? values : undefined
    },
  },
  {
    name: 'A service that does not answer holds up neither topics nor the caller’s other messages',
    kind: 'rule',
    async run(kit) {
      const { service, end } = await offer(kit, 'std_srvs/Trigger', () => {})
      try {
        const { publish, listener, topic, speaker } = await channel(kit, 'std_msgs/String')
        speaker.send({ op: 'call_service', id: 'waits', service, args: {} })
        await kit.sleep(0.2)
        publish({ data: 'meanwhile' })
        await listener.hear(topic)
        const answered = speaker.arrived.some(({ message }) => message.id === 'waits')
        expectEqual(answered, false, 'an answer')
      } finally {
        end()
      }
      return undefined
    },
  },
  {
    name: 'A service is gone with unadvertise_service',
    kind: 'rule',
    async run(kit) {
      const { service, server, end } = await offer(kit, 'std_srvs/Trigger', () => {})
      end()
      server.send({ op: 'unadvertise_service', service })
      await kit.sleep(0.3)
      const { result } = await (await kit.open()).call(service)
      expectEqual(result, false, 'the result')
      return undefined
    },
  },
  {
    name: 'rosapi lists topics with their types',
    kind: 'rule',
    needs: 'rosapi',
    async run(kit) {
      const { topic, type, speaker } = await channel(kit, 'geometry_msgs/PoseStamped')
      const { values } = await speaker.call('/rosapi/topics')
      const at = (values.topics as string[]).indexOf(topic)
      expectThat(at >= 0, `${topic} among the topics`, values.topics)
      expectEqual(values.types[at], type, 'its type')
      const asked = await speaker.call('/rosapi/topic_type', { topic })
      expectEqual(asked.values.type, type, 'the type asked for')
      return undefined
    },
  },
  {
    name: 'rosapi lists services, and who publishes a topic',
    kind: 'rule',
    needs: 'rosapi',
    async run(kit) {
      const { service, server, end } = await offer(kit, 'std_srvs/Trigger', () => {})
      end()
      const { values } = await server.call('/rosapi/services')
      expectThat(values.services.includes(service), `${service} among the services`, values.services)
      const { topic, speaker } = await channel(kit, 'std_msgs/String')
      const { values: found } = await speaker.call('/rosapi/publishers', { topic })
      expectThat(found.publishers.length > 0, 'a publisher', found.publishers)
      return undefined
    },
  },
  {
    name: 'rosapi tells the same time that headers get',
    kind: 'rule',
    needs: 'rosapi',
    async run(kit) {
      const { publish, listener, topic, speaker } = await channel(kit, 'std_msgs/Header')
      const { values } = await speaker.call('/rosapi/get_time')
      publish({ frame_id: 'a' })
      const [first] = await listener.hear(topic)
      const seconds = (time: Record<string, number>) =>
        (time.secs ?? time.sec ?? Number.NaN) + (time.nsecs ?? time.nanosec ?? Number.NaN) / 1e9
      const apart = seconds(first?.message.msg.stamp) - seconds(values.time)
      expectThat(apart > -0.05 && apart < 2, 'a later time, by less than 2 s', apart)
      return undefined
    },
  },
]

export const FRAMES: readonly Check[] = [
  {
    name: 'A frame that is no JSON does not end the connection, nor what is sent after it',
    kind: 'rule',
    async run(kit) {
      const { publish, listener, topic, speaker } = await channel(kit, 'std_msgs/String')
      speaker.write('{"op": "publish", "topic": ')
      publish({ data: 'after it' })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.data, 'after it', 'the message')
      return undefined
    },
  },
  {
    name: 'A frame that is no JSON is answered with a status',
    kind: 'ours',
    async run(kit) {
      const peer = await kit.open()
      peer.write('no JSON')
      const told = () => peer.arrived.find(({ message }) => message.op === 'status')?.message
      await peer.until(
        () => told() !== undefined,
        () => 'expected a status, got none',
      )
      expectEqual(told().level, 'error', 'the level')
      return undefined
    },
  },
  {
    name: 'What is dropped is told by a status with the operation’s id',
    kind: 'ours',
    async run(kit) {
      const { speaker, topic } = await channel(kit, 'std_msgs/String')
      speaker.send({ op: 'publish', id: 'wrong', topic, msg: { data: 5 } })
      const told = () => speaker.arrived.find(({ message }) => message.op === 'status' && message.id === 'wrong')
      await speaker.until(
        () => told() !== undefined,
        () => 'expected a status, got none',
      )
      expectThat(/data: expected a string, got 5/.test(told()?.message.msg), 'what is wrong', told()?.message.msg)
      return undefined
    },
  },
  {
    name: 'An operation that does not exist does not end the connection',
    kind: 'rule',
    async run(kit) {
      const peer = await kit.open()
      peer.send({ op: 'no_such_operation' })
      peer.send({ op: 'set_level', level: 'none' })
      await peer.settled()
      return undefined
    },
  },
  {
    name: 'An operation that comes in fragments is put together',
    kind: 'rule',
    async run(kit) {
      const { listener, topic, speaker } = await channel(kit, 'std_msgs/String')
      const whole = JSON.stringify({ op: 'publish', topic, msg: { data: 'in parts' } })
      const half = Math.floor(whole.length / 2)
      const parts = [whole.slice(0, half), whole.slice(half)]
      // In any order.
      for (const num of [1, 0]) speaker.send({ op: 'fragment', id: 'parts', data: parts[num], num, total: 2 })
      const [first] = await listener.hear(topic)
      expectEqual(first?.message.msg.data, 'in parts', 'the message')
      return undefined
    },
  },
  {
    name: 'A client that hangs up is forgotten: its topics are no longer listed as published',
    kind: 'ours',
    needs: 'rosapi',
    async run(kit) {
      const { topic, speaker, listener } = await channel(kit, 'std_msgs/String')
      speaker.close()
      await kit.sleep(0.2)
      const { values } = await listener.call('/rosapi/publishers', { topic })
      expectEqual(values.publishers, [], 'publishers')
      return undefined
    },
  },
]
