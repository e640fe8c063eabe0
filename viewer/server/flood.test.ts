// What a hostile or broken client sends, beside one that must not notice.
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CLOSE } from '../protocol/messages.ts'
import { decodeState } from '../protocol/state-frame.ts'
import { fakeFrame } from './fake-backend.ts'
import { connect, type TestClient, testServer } from './fake-client.ts'

const RUBBISH: (string | Buffer)[] = [
  'rubbish',
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '{}',
  '{"type":"hello"}',
  '{"type":"call","id":-1,"name":"stop","args":{"reason":""}}',
  '{"type":"call","id":1,"name":"__proto__","args":{}}',
  '{"type":"call","id":1,"name":"constructor","args":{}}',
  '{"type":"call","id":1,"name":"stop","args":{},"more":1}',
  '{"type":"twist","sequence":1,"at":0,"frame":"base","linear":[1e999,0,0],"angular":[0,0,0]}',
  '{"type":"twist","sequence":1,"at":0,"frame":"base","linear":[1e300,0,0],"angular":[0,0,0]}',
  '{"type":"twist","sequence":1,"at":0,"frame":"base","linear":[0,0],"angular":[0,0,0]}',
  '{"type":"pictures","rate":1e9}',
  '['.repeat(10_000),
  randomBytes(100),
  Buffer.alloc(0),
]

const sequences = ({ frames }: TestClient) => frames.map((bytes) => decodeState(bytes).sequence)

test('10 000 messages of rubbish end connections, and nothing else', async () => {
  const { ws, tell, calls, steered, lines, letGos, server } = await testServer()
  const good = await connect(ws)
  await good.call('claim', {})
  let sent = 0
  let told = 0
  const streaming = setInterval(() => tell.frame(fakeFrame(told++)), 16)
  while (sent < 10_000) {
    const bad = await connect(ws)
    // A connection takes twenty; what more is on its way is not read.
    for (let i = 0; i < 100; i++) bad.socket.send(RUBBISH[sent++ % RUBBISH.length] as string | Buffer)
    expect(await bad.closed).toBe(CLOSE.badMessage)
  }
  clearInterval(streaming)
  expect(await good.call('curves', { checkpoint: 'x' })).toBeNull()
  expect(sequences(good)).toEqual(Array.from({ length: told }, (_, i) => i))
  expect(told).toBeGreaterThan(10)
  expect(good.writer()).toBe('c1')
  expect(server.clients).toBe(1)
  expect({ calls: calls.map(({ name }) => name), steered, letGos: letGos() }).toEqual({
    calls: ['curves'],
    steered: [],
    letGos: 0,
  })
  // Said, but not ten thousand times.
  expect(lines[0]).toBe('refused: a message of c2: "no JSON"')
  expect(lines.length).toBeLessThan(100)
})

test('a few bad messages are forgiven, and a call among them is refused by its number', async () => {
  const { ws } = await testServer()
  const client = await connect(ws)
  for (let i = 0; i < 18; i++) client.socket.send('rubbish')
  client.socket.send('{"type":"call","id":77,"name":"formatDisk","args":{}}')
  expect((await client.until('refusal', ({ id }) => id === 77)).error).toContain('Invalid option')
  expect(await client.call('curves', { checkpoint: 'x' })).toBeNull()
  client.socket.send('rubbish')
  expect(await client.closed).toBe(CLOSE.badMessage)
})

test('a message that is too large ends its connection', async () => {
  const { ws, lines } = await testServer()
  const client = await connect(ws)
  client.socket.send(JSON.stringify({ type: 'call', id: 1, name: 'stop', args: { reason: 'x'.repeat(70_000) } }))
  expect(await client.closed).toBe(1009)
  expect(lines[0]).toBe('refused: c1: Max payload size exceeded')
})

test('the writer that talks rubbish loses the seat, and the robot holds', async () => {
  const { ws, letGos } = await testServer()
  const [writer, watcher] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  for (let i = 0; i < 20; i++) writer.socket.send('rubbish')
  await watcher.until('seats', ({ seats }) => seats.writer === null && seats.watchers === 1)
  expect(letGos()).toBe(1)
})

test('more messages a second than anybody’s hands make are left out; a stop is not', async () => {
  const { ws, steered, calls } = await testServer()
  const client = await connect(ws)
  await client.call('claim', {})
  const begin = performance.now()
  for (let sequence = 0; sequence < 1800; sequence++) {
    client.socket.send(
      JSON.stringify({ type: 'twist', sequence, at: 0, frame: 'base', linear: [0, 0, 0], angular: [0, 0, 0] }),
    )
  }
  const looks = Array.from({ length: 50 }, () => client.call('curves', { checkpoint: 'x' }))
  expect(await client.call('stop', { reason: 'now' })).toBeNull()
  expect(calls).toContainEqual({ name: 'stop', args: { reason: 'now' } })
  const seconds = (performance.now() - begin) / 1000
  expect(steered.length).toBeGreaterThanOrEqual(300)
  expect(steered.length).toBeLessThanOrEqual(400 * (1 + seconds) + 1)
  expect(await Promise.all(looks)).toContainEqual({
    refusal: expect.stringContaining('more than 400 messages a second'),
  })
  await wait(300)
  expect(await client.call('curves', { checkpoint: 'x' })).toBeNull()
})

test('a flood without end is cut off', async () => {
  const { ws } = await testServer()
  const client = await connect(ws)
  for (let i = 0; i < 5000; i++) client.socket.send('{"type":"pictures","rate":1}')
  expect(await client.closed).toBe(CLOSE.badMessage)
})

test('a flood of stops is heard, and cut off like any other: each is a message to the arm, too', async () => {
  const { ws, calls } = await testServer()
  const client = await connect(ws)
  for (let i = 0; i < 5000; i++) client.socket.send(`{"type":"call","id":${i},"name":"stop","args":{"reason":"${i}"}}`)
  expect(await client.closed).toBe(CLOSE.badMessage)
  expect(calls[0]).toEqual({ name: 'stop', args: { reason: '0' } })
  expect(calls.length).toBeLessThan(5000)
})
