import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { encode } from 'cbor2'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { makeCertificate } from './fake-certificate.ts'
import { FakeServer } from './fake-server.ts'
import { MalformedFrame, openTransport, type TlsOptions, type WsTransport } from './transport.ts'

let server: WebSocketServer
let peer: Promise<WebSocket>
let transport: WsTransport

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  peer = new Promise((resolve) => server.on('connection', resolve))
  await new Promise((resolve) => server.once('listening', resolve))
})
afterEach(async () => {
  transport?.terminate()
  for (const client of server.clients) client.terminate()
  await new Promise((resolve) => server.close(resolve))
})

const address = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
const said = (msg: string) => ({ op: 'publish', topic: '/x', msg }) as const
const event = (name: 'open' | 'close' | 'error' | 'message') =>
  new Promise<unknown>((resolve) => transport.on(name, resolve))

test('what is sent before it is open, or after, is dropped and never arrives', async () => {
  transport = openTransport(address())
  const opened = event('open')
  transport.send(said('early'))
  expect(transport.isConnecting()).toBe(true)
  await opened
  const received: string[] = []
  const socket = await peer
  socket.on('message', (data) => received.push(String(data)))
  transport.send(said('now'))
  await expect.poll(() => received).toEqual([JSON.stringify(said('now'))])
  const closed = event('close')
  transport.terminate()
  transport.send(said('late'))
  await closed
  expect(transport.isClosed()).toBe(true)
  transport.send(said('later'))
  expect(transport.dropped).toBe(3)
  expect(received).toEqual([JSON.stringify(said('now'))])
})

test('a peer that reads nothing: what the kernel does not take is dropped, and memory does not grow', async () => {
  transport = openTransport(address())
  await event('open')
  const socket = await peer
  socket.pause()
  const message = said('x'.repeat(1000))
  for (let i = 0; i < 50_000 && transport.dropped < 100; i++) {
    transport.send(message)
    // The kernel takes what it takes between two turns of the event loop.
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(transport.dropped).toBeGreaterThanOrEqual(100)
  // 16 kB, and the message that went beyond.
  expect(transport.buffered).toBeLessThan(16_384 + 1_200)
})

test('ending it does not wait for the peer', async () => {
  transport = openTransport(address())
  await event('open')
  const socket = await peer
  socket.pause()
  const closed = event('close')
  transport.terminate()
  await closed
})

test('a peer that takes the connection and says nothing is given up', async () => {
  const sockets: Socket[] = []
  const mute: Server = createServer((socket) => sockets.push(socket))
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  transport = openTransport(`ws://127.0.0.1:${(mute.address() as AddressInfo).port}`)
  const failed = event('error')
  await event('close')
  expect(String(await failed)).toContain('handshake has timed out')
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => mute.close(resolve))
})

test('messages arrive as JSON and as CBOR, whose bytes are not copied', async () => {
  transport = openTransport(address())
  await event('open')
  const socket = await peer
  const json = event('message')
  socket.send('{"op":"publish","topic":"/x","msg":{"data":1}}')
  expect(await json).toEqual({ op: 'publish', topic: '/x', msg: { data: 1 } })
  const messages: { msg: { data: Uint8Array } }[] = []
  transport.on('message', (message) => messages.push(message as never))
  const frame = encode({ op: 'publish', msg: { data: Uint8Array.of(1, 2, 3) } })
  socket.send(frame)
  await expect.poll(() => messages.length).toBe(1)
  const data = messages[0]?.msg.data
  expect(data).toEqual(Uint8Array.of(1, 2, 3))
  expect(data?.buffer.byteLength).toBe(frame.length)
})

test('what is no message is told as malformed, and the next message arrives', async () => {
  transport = openTransport(address())
  const errors: unknown[] = []
  const messages: unknown[] = []
  transport.on('error', (error) => errors.push(error))
  transport.on('message', (message) => messages.push(message))
  await event('open')
  const socket = await peer
  for (const bad of ['{"op": ', '[]', 'null', '{"topic":"/x"}', Buffer.of(0xff, 0x00)]) socket.send(bad)
  socket.send('{"op":"status"}')
  await expect.poll(() => messages).toEqual([{ op: 'status' }])
  expect(errors.length).toBe(5)
  for (const error of errors) expect(error).toBeInstanceOf(MalformedFrame)
  expect(String(errors[0])).toContain('what is no JSON')
  expect(String(errors[4])).toContain('what is no CBOR')
})

describe('wss', () => {
  const ca = makeCertificate('authority')
  const certificate = makeCertificate('server', ca)
  const client = makeCertificate('client', ca)
  let secure: FakeServer
  beforeEach(async () => {
    secure = await FakeServer.start({ tls: { ca: ca.cert, cert: certificate.cert, key: certificate.key } })
  })
  afterEach(() => secure.kill())

  const outcome = (tls: TlsOptions): Promise<string> => {
    transport = openTransport(secure.url, tls)
    return Promise.race([event('open').then(() => 'open'), event('error').then(String)])
  }

  test('with its authority and a certificate of our own it opens', async () => {
    expect(await outcome({ ca: ca.cert, cert: client.cert, key: client.key })).toBe('open')
  })

  test('a server of an authority that is not trusted is refused', async () => {
    const stranger = makeCertificate('another authority')
    expect(await outcome({ ca: stranger.cert, cert: client.cert, key: client.key })).toMatch(/certificate|issuer/)
    expect(await outcome({ cert: client.cert, key: client.key })).toMatch(/certificate|issuer/)
  })

  test('without a certificate of our own the server does not let us in', async () => {
    transport = openTransport(secure.url, { ca: ca.cert })
    await event('close')
    expect(secure.connections).toBe(0)
  })
})
