import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { CLOSE } from '../protocol/messages.ts'
import { connect, open, testServer } from './fake-client.ts'

/** HTTP status of a connection that is refused before it is a WebSocket. */
const statusOf = (url: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers })
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.on('open', () => reject(new Error('it was let in')))
    socket.on('error', reject)
  })

test('on loopback no token is demanded', async () => {
  const { server, ws } = await testServer()
  expect(server.url).toBe(`http://127.0.0.1:${server.port}/`)
  await connect(ws)
  expect(server.clients).toBe(1)
})

test('elsewhere a token is made up, stands in the URL, and lets in', async () => {
  const { server, ws, lines } = await testServer({ host: '0.0.0.0' })
  expect(server.url).toMatch(/^http:\/\/[^/]+:\d+\/\?token=[\w-]{24}$/)
  const token = new URL(server.url).searchParams.get('token')
  await connect(`ws://127.0.0.1:${server.port}/ws?token=${token}`)
  for (const wrong of ['', '?token=', '?token=wrong', `?token=${token}x`, `?Token=${token}`]) {
    const client = open(`ws://127.0.0.1:${server.port}/ws${wrong}`)
    expect(await client.closed).toBe(CLOSE.badToken)
    expect([client.messages, client.frames]).toEqual([[], []])
  }
  expect(server.clients).toBe(1)
  expect(lines[0]).toBe('refused: a WebSocket from 127.0.0.1 with a wrong token, or none')
  expect(lines.join()).not.toContain(token)
  expect(ws).toContain(token)
})

test('what is said with a wrong token is not listened to', async () => {
  const { server, calls, letGos } = await testServer({ token: 'right' })
  const client = open(`ws://127.0.0.1:${server.port}/ws?token=wrong`)
  client.socket.on('open', () => {
    client.socket.send(JSON.stringify({ type: 'call', id: 1, name: 'stop', args: { reason: 'x' } }))
  })
  expect(await client.closed).toBe(CLOSE.badToken)
  expect([calls, letGos()]).toEqual([[], 0])
})

test('a page from elsewhere, or one whose own name was made to lead here, is refused', async () => {
  const { server, ws, lines } = await testServer()
  expect(await statusOf(ws, { origin: 'http://evil.org' })).toBe(403)
  expect(await statusOf(ws, { origin: 'http://localhost:3000' })).toBe(403)
  expect(await statusOf(ws, { origin: 'null' })).toBe(403)
  expect(await statusOf(ws, { origin: 'http://evil.org:4173', host: 'evil.org:4173' })).toBe(403)
  expect(await statusOf(ws.replace('/ws', '/other'))).toBe(404)
  expect(lines).toEqual([
    'refused: a WebSocket of a page from "http://evil.org"',
    'refused: a WebSocket of a page from "http://localhost:3000"',
    'refused: a WebSocket of a page from "null"',
    'refused: a WebSocket for the host "evil.org:4173"',
    'refused: a WebSocket at "/other"',
  ])
  await connect(ws, { headers: { origin: `http://127.0.0.1:${server.port}` } })
})

test('a port that is in use, and an address of another machine, are said so', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  await expect(testServer({ port })).rejects.toThrow(`127.0.0.1:${port} is in use, by another studio perhaps`)
  await expect(testServer({ host: '192.0.2.1' })).rejects.toThrow('192.0.2.1 is no address of this machine')
})

test('when the server ends its clients are told, and the robot holds', async () => {
  const { server, ws, letGos, listeners } = await testServer()
  const client = await connect(ws)
  await client.call('claim', {})
  await server.close()
  expect(await client.closed).toBe(CLOSE.goingAway)
  expect(letGos()).toBe(1)
  expect([listeners.frames(), listeners.states(), listeners.pictures()]).toEqual([0, 0, 0])
  await expect(fetch(server.url)).rejects.toThrow()
})

test('who connects and says nothing, or does not come to an end, does not keep a place for long', async () => {
  const { server } = await testServer()
  const sockets = ['', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '].map((said) => {
    const socket = connectTo(server.port, '127.0.0.1', () => void socket.write(said))
    onTestFinished(() => void socket.destroy())
    return new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))
  })
  const begin = performance.now()
  await Promise.all(sockets)
  expect(performance.now() - begin).toBeLessThan(20_000)
}, 30_000)
