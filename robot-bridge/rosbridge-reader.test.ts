import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { encode } from 'cbor2'
import { afterEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { connectReader } from './rosbridge-reader.ts'

type Message = Record<string, unknown>
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that answers each message with what `answer` sends; it keeps what it heard. */
async function serve(answer: (message: Message, socket: WebSocket) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  const heard: Message[] = []
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message
      heard.push(message)
      answer(message, socket)
    })
  })
  ends.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, heard, server }
}

const respond = (values: unknown, result = true) => {
  return ({ id, service }: Message, socket: WebSocket) =>
    socket.send(JSON.stringify({ op: 'service_response', id, service, values, result }))
}

it('lists topics and services, and tells the time of either ROS', async () => {
  const answers: Record<string, unknown> = {
    '/rosapi/topics': { topics: ['/a', '/b'], types: ['std_msgs/Bool', 'std_msgs/String'] },
    '/rosapi/services': { services: ['/x'] },
    '/rosapi/publishers': { publishers: ['/node'] },
    '/rosapi/get_time': { time: { sec: 12, nanosec: 500_000_000 } },
  }
  const { url } = await serve((message, socket) => respond(answers[String(message.service)])(message, socket))
  const reader = await connectReader(url)
  expect([...(await reader.topics())]).toEqual([
    ['/a', 'std_msgs/Bool'],
    ['/b', 'std_msgs/String'],
  ])
  expect(await reader.services()).toEqual(['/x'])
  expect(await reader.publishers('/a')).toEqual(['/node'])
  expect(await reader.serverTime()).toBe(12.5)
  reader.close()
})

it('listens in JSON, to pictures in CBOR, and unsubscribes; it never publishes or advertises', async () => {
  const data = Uint8Array.of(1, 2, 3)
  const { url, heard } = await serve(({ op, topic, compression }, socket) => {
    if (op !== 'subscribe') return
    socket.send('{"op": "publish", "topic": ')
    const message = { op: 'publish', topic, msg: { data: compression === 'cbor' ? data : 'text' } }
    socket.send(compression === 'cbor' ? encode(message) : JSON.stringify(message))
  })
  const reader = await connectReader(url)
  const [text, picture] = await Promise.all(
    [
      ['/text', 'std_msgs/msg/String'],
      ['/picture', 'sensor_msgs/msg/Image'],
    ].map(
      ([topic, type]) =>
        new Promise<Message>((resolve) => {
          const end = reader.subscribe(topic as string, type as string, (message) => {
            end()
            resolve(message as Message)
          })
        }),
    ),
  )
  expect(text).toEqual({ data: 'text' })
  expect(picture).toEqual({ data })
  await expect.poll(() => heard.length).toBe(4)
  expect(heard.map(({ op }) => op).sort()).toEqual(['subscribe', 'subscribe', 'unsubscribe', 'unsubscribe'])
  reader.close()
})

it('a service that fails, or never answers, is named', async () => {
  const failing = await serve(respond('no such service', false))
  const reader = await connectReader(failing.url)
  await expect(reader.services()).rejects.toThrow('/rosapi/services: "no such service"')
  expect(await reader.publishers('/a')).toBeUndefined()
  const silent = await serve(() => {})
  const waiting = await connectReader(silent.url, { timeout: 0.2 })
  await expect(waiting.serverTime()).rejects.toThrow('/rosapi/get_time: no answer in 0.2 s; check that rosapi runs')
})

it('a connection that ends fails what was asked and what will be', async () => {
  const { url } = await serve((_, socket) => socket.terminate())
  const reader = await connectReader(url)
  await expect(reader.topics()).rejects.toThrow(`${url}: the connection was closed`)
  await expect(reader.serverTime()).rejects.toThrow(`${url}: the connection was closed`)
})

it('nobody there, or no address, is said so', async () => {
  const { url, server } = await serve(() => {})
  server.close()
  await once(server, 'close')
  await expect(connectReader(url)).rejects.toThrow(/ECONNREFUSED.*check the address, and that rosbridge runs there/)
  await expect(connectReader('nonsense')).rejects.toThrow('"nonsense": expected an address like ws://')
})
