import { once } from 'node:events'
import { Ros, Service, Topic } from 'roslib'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openTransport } from '../transport.ts'
import { LocalGraph, RosbridgeServer, type RosbridgeServerOptions } from './index.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serve(options: Partial<RosbridgeServerOptions> = {}) {
  const graph = new LocalGraph()
  const server = await RosbridgeServer.listen({ graph, port: 0, ...options })
  ends.push(() => server.close())
  return { graph, server }
}

/** roslib, as the bridge uses it. */
async function dial(url: string): Promise<Ros> {
  const ros = new Ros({ transportFactory: async (address) => openTransport(address) })
  const connected = new Promise<void>((resolve) => ros.on('connection', () => resolve()))
  void ros.connect(url)
  await connected
  ends.push(() => ros.close())
  return ros
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a rosbridge server', () => {
  it('is spoken to by roslib: topics, services and pictures of its graph', async () => {
    const { graph, server } = await serve()
    const ros = await dial(server.url)

    const heard: unknown[] = []
    graph.subscribe('/words', 'std_msgs/String', '/node', (message, from) => heard.push([message, from]))
    const words = new Topic<object>({ ros, name: '/words', messageType: 'std_msgs/String' })
    words.advertise()
    words.publish({ data: 'hello' })
    await until(() => heard.length > 0)
    expect(heard).toEqual([[{ data: 'hello' }, '/rosbridge_client_1']])

    const pictures: { data: Uint8Array }[] = []
    const picture = { ros, name: '/picture', messageType: 'sensor_msgs/Image', compression: 'cbor' }
    new Topic<{ data: Uint8Array }>(picture).subscribe((message) => pictures.push(message))
    await until(() => graph.hasSubscribers('/picture'))
    const publisher = graph.advertise('/picture', 'sensor_msgs/Image', { node: '/camera' })
    publisher.publish({ width: 100, height: 100, data: new Uint8Array(30_000).fill(7) })
    await until(() => pictures.length > 0)
    expect(pictures[0]?.data).toEqual(new Uint8Array(30_000).fill(7))

    graph.serve('/reset', 'std_srvs/Trigger', async () => ({ success: true, message: 'done' }))
    const reset = new Service<object, object>({ ros, name: '/reset', serviceType: 'std_srvs/Trigger' })
    const answer = await new Promise((resolve, reject) => reset.callService({}, resolve, reject))
    expect(answer).toEqual({ success: true, message: 'done' })
  })

  it('calls a topic as whoever subscribed to it did, with or without a slash', async () => {
    const { graph, server } = await serve()
    const ros = await dial(server.url)
    const heard: object[] = []
    const other = await dial(server.url)
    for (const [client, name] of [
      [ros, 'words'],
      [other, '/words'],
    ] as const) {
      new Topic<object>({ ros: client, name, messageType: 'std_msgs/String' }).subscribe((message) =>
        heard.push({ name, ...message }),
      )
    }
    // Said until both have subscribed and heard.
    const words = graph.advertise('/words', 'std_msgs/String', { node: '/node' })
    await until(() => {
      words.publish({ data: 'hello' })
      return new Set(heard.map((each) => JSON.stringify(each))).size === 2
    })
    for (const name of ['words', '/words']) expect(heard).toContainEqual({ name, data: 'hello' })
  })

  it('reports a port that is taken', async () => {
    const { server } = await serve()
    const again = RosbridgeServer.listen({ graph: new LocalGraph(), port: server.port })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('listens on this machine only, unless told otherwise', async () => {
    const { server } = await serve()
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}`)
  })

  it('takes what a client did off the graph when it is gone, and fails the calls that it was to answer', async () => {
    const { graph, server } = await serve()
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    for (const operation of [
      { op: 'advertise', topic: '/a', type: 'std_msgs/Bool' },
      { op: 'subscribe', topic: '/b', type: 'std_msgs/Bool' },
      { op: 'advertise_service', service: '/c', type: 'std_srvs/Trigger' },
    ]) {
      socket.send(JSON.stringify(operation))
    }
    await until(() => graph.typeOf('/b') !== undefined)
    await until(() => server.clients === 1)
    const services = async () => [...(await graph.services()).keys()]
    while (!(await services()).includes('/c')) await new Promise((resolve) => setTimeout(resolve, 5))
    const call = graph.call('/c', {})
    socket.terminate()
    await expect(call).rejects.toThrow('/rosbridge_client_1, which serves it, has gone')
    expect([graph.typeOf('/a'), graph.typeOf('/b')]).toEqual([undefined, undefined])
    expect(await services()).not.toContain('/c')
  })

  it('ends its connections when it is closed, and can be started again on the same port', async () => {
    const { server } = await serve()
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    const { port } = server
    await server.close()
    await closed
    await serve({ port })
  })

  it('loses its share of messages on purpose, and delays the rest, both ways', async () => {
    let n = 0
    // Every second one.
    const { graph, server } = await serve({ latency: 0.05, drop: 0.5, random: () => (n++ % 2 === 0 ? 0.9 : 0.1) })
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    const began = performance.now()
    const came: { data: string; after: number }[] = []
    socket.on('message', (frame) => {
      const { msg } = JSON.parse(String(frame))
      came.push({ data: msg.data, after: performance.now() - began })
    })
    socket.send(JSON.stringify({ op: 'subscribe', topic: '/echo', type: 'std_msgs/String' }))
    socket.send(JSON.stringify({ op: 'advertise', topic: '/echo', type: 'std_msgs/String' }))
    await until(() => graph.hasSubscribers('/echo'))
    // Of 8 in, 4 are heard by the graph; of these, 2 come back.
    const heard: unknown[] = []
    graph.subscribe('/echo', 'std_msgs/String', '/node', (message) => heard.push(message.data))
    for (let i = 0; i < 8; i++) socket.send(JSON.stringify({ op: 'publish', topic: '/echo', msg: { data: `${i}` } }))
    await until(() => heard.length === 4)
    await until(() => came.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([heard.length, came.length]).toEqual([4, 2])
    for (const { after } of came) expect(after).toBeGreaterThanOrEqual(99)
  })

  it('does not wait with ever more memory for a client that does not read', async () => {
    const { graph, server } = await serve()
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    socket.send(JSON.stringify({ op: 'subscribe', topic: '/picture', type: 'sensor_msgs/Image', compression: 'cbor' }))
    await until(() => graph.hasSubscribers('/picture'))
    socket.pause()
    const publisher = graph.advertise('/picture', 'sensor_msgs/Image', { node: '/camera' })
    // 64 MB are more than the 32 MB that may wait, and what the kernel takes.
    for (let i = 0; i < 64; i++) publisher.publish({ data: new Uint8Array(2 ** 20) })
    expect(server.dropped).toBeGreaterThan(10)
    expect(server.dropped).toBeLessThan(40)
  })
})
