import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { CLOSE, PROTOCOL_VERSION } from '../protocol/messages.ts'
import { encodePicture } from '../protocol/picture-frame.ts'
import { encodeState, type StateFrame } from '../protocol/state-frame.ts'
import { backOff, type Connection, connect, type LinkState, type Socket, socketAddress } from './connection.ts'

interface FakeSocket {
  readyState: number
  bufferedAmount: number
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  sent: unknown[]
  send(data: string): void
  close(): void
}

function fakeSocket(): FakeSocket {
  const sent: unknown[] = []
  return {
    readyState: 0,
    bufferedAmount: 0,
    onmessage: null,
    onclose: null,
    sent,
    send: (data) => sent.push(JSON.parse(data)),
    close() {
      this.readyState = 3
      this.onclose?.({ code: 1000 })
    },
  }
}

let sockets: FakeSocket[]
let links: LinkState[]
let frames: StateFrame[]
let connection: Connection

beforeEach(() => {
  vi.useFakeTimers()
  sockets = []
  links = []
  frames = []
  connection = connect(
    () => {
      const socket = fakeSocket()
      sockets.push(socket)
      return socket as unknown as Socket
    },
    {
      link: (state) => links.push(state),
      message: () => {},
      frame: (frame) => frames.push(frame),
      picture: ({ width }) => links.push(`picture ${width}` as LinkState),
    },
  )
})
afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

const newest = () => sockets.at(-1) as FakeSocket
const hear = (message: unknown) => newest().onmessage?.({ data: JSON.stringify(message) })
const bytes = (data: Uint8Array<ArrayBuffer>) => newest().onmessage?.({ data: data.buffer })

function welcome(version = PROTOCOL_VERSION) {
  newest().readyState = 1
  hear({ type: 'hello', version })
}
function lose(code = 1006) {
  newest().readyState = 3
  newest().onclose?.({ code })
}

test('a call goes out with its number, and the answer of that number comes back', async () => {
  welcome()
  const first = connection.call('teleop', { on: true })
  const second = connection.call('thumbnail', { dataset: 'd', episode: '000001' })
  expect(newest().sent[0]).toEqual({ type: 'call', id: 0, name: 'teleop', args: { on: true } })
  hear({ type: 'answer', id: 1, value: 'aGk=' })
  hear({ type: 'answer', id: 0, value: null })
  expect([await first, await second]).toEqual([null, 'aGk='])
})

test('a refusal is thrown with the words of the server', async () => {
  welcome()
  const call = connection.call('resume', {})
  hear({ type: 'refusal', id: 0, error: 'only who drives may resume' })
  await expect(call).rejects.toThrow('only who drives may resume')
})

test('a call without a connection is refused at once and not sent later', async () => {
  await expect(connection.call('rearm', { halts: 0 })).rejects.toThrow('no connection')
  welcome()
  expect(newest().sent).toEqual([])
})

test('calls that were not answered when the connection broke are rejected', async () => {
  welcome()
  const call = connection.call('stop', { reason: 'test' })
  lose()
  await expect(call).rejects.toThrow('lost before the server answered')
})

test('a connection that nothing comes from can be given up: calls are rejected at once, and another one is made', async () => {
  welcome()
  const silent = newest()
  const call = connection.call('stop', { reason: 'test' })
  connection.giveUp()
  await expect(call).rejects.toThrow('lost before the server answered')
  expect(links.at(-1)).toBe('waiting')
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(2)
  // What the old one still says is nobody's.
  silent.onclose?.({ code: 1006 })
  welcome()
  expect(links.at(-1)).toBe('open')
})

test('a connection on which nothing comes is given up, and a beat keeps it', () => {
  welcome()
  vi.advanceTimersByTime(5000)
  hear({ type: 'beat' })
  vi.advanceTimersByTime(5000)
  expect(links.at(-1)).toBe('open')
  vi.advanceTimersByTime(1500)
  expect(links).toContain('waiting')
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(2)
})

test('who waits for a long answer, or for the first word, has more patience', () => {
  vi.advanceTimersByTime(29_000)
  expect(sockets).toHaveLength(1)
  welcome()
  void connection.call('readEpisode', { dataset: 'd', episode: '000001' }).catch(() => {})
  vi.advanceTimersByTime(29_000)
  expect(links.at(-1)).toBe('open')
  hear({ type: 'answer', id: 0, value: null })
  vi.advanceTimersByTime(6500)
  expect(links.at(-1)).not.toBe('open')
  // It does not wait for ever for a server that does not say hello.
  vi.advanceTimersByTime(31_000)
  expect(sockets.length).toBeGreaterThan(2)
})

test('a broken connection is made anew, and forgets how long it waited once it stands', () => {
  welcome()
  lose()
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(2)
  lose()
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(2)
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(3)
  welcome()
  lose()
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(4)
  expect(links).toEqual([
    ...['connecting', 'open', 'waiting', 'connecting', 'waiting'],
    ...['connecting', 'open', 'waiting', 'connecting'],
  ])
})

test('back-off doubles from a quarter second to four seconds', () => {
  expect([0, 1, 2, 3, 4, 9].map((attempt) => backOff(attempt, 0))).toEqual([250, 500, 1000, 2000, 4000, 4000])
  expect(backOff(0, 1)).toBe(200)
})

test('a person who asks for it need not wait', () => {
  lose()
  connection.retryNow()
  expect(sockets).toHaveLength(2)
  vi.advanceTimersByTime(10_000)
  expect(sockets).toHaveLength(2)
})

test.each([
  ['outdated', 'another version of the server', () => welcome(PROTOCOL_VERSION + 1)],
  ['refused', 'a token that is not taken', () => lose(CLOSE.badToken)],
])('%s ends it for good: %s', (state, _, happen) => {
  happen()
  vi.advanceTimersByTime(60_000)
  expect(links.at(-1)).toBe(state)
  expect(sockets).toHaveLength(1)
})

test('states and pictures are told apart by their first byte', () => {
  welcome()
  const pose = makePose([0.5, 0.25, 0.125])
  const frame: StateFrame = {
    ...({ mode: 'idle', recording: false, armed: true, intervened: false, sequence: 3, input: 1, stamp: 2 } as const),
    ...{ eeInBase: pose, commandInBase: undefined, sourceInBase: pose, targetInBase: pose },
    ...{ trackedSourceInTarget: pose, wrench: undefined, gate: undefined, contacts: [] },
  }
  bytes(encodeState(frame))
  bytes(encodePicture({ width: 1, height: 1, stamp: 0, rgb: new Uint8Array(3), depth: new Uint16Array(1) }))
  expect(frames).toEqual([frame])
  expect(links.at(-1)).toBe('picture 1')
})

test('a twist is left out rather than sent late', () => {
  const twist = { sequence: 1, at: 0, frame: 'base', linear: [0, 0, 0], angular: [0, 0, 0] } as const
  const still = { ...twist, linear: [...twist.linear], angular: [...twist.angular] } as never
  expect(connection.steer(still)).toBe(false)
  welcome()
  expect(connection.steer(still)).toBe(true)
  newest().bufferedAmount = 5000
  expect(connection.steer(still)).toBe(false)
  expect(newest().sent).toHaveLength(1)
})

test('pictures are asked for again after a break', () => {
  welcome()
  connection.wantPictures(10)
  connection.wantPictures(10)
  lose()
  vi.advanceTimersByTime(250)
  welcome()
  expect(sockets.map(({ sent }) => sent)).toEqual([[{ type: 'pictures', rate: 10 }], [{ type: 'pictures', rate: 10 }]])
})

test('the socket is beside the page and has its token', () => {
  expect(socketAddress({ protocol: 'http:', host: 'localhost:7070', search: '' })).toBe('ws://localhost:7070/ws')
  expect(socketAddress({ protocol: 'https:', host: 'robot', search: '?token=a%26b&x=1' })).toBe(
    'wss://robot/ws?token=a%26b',
  )
})
