import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { UserError } from '../../cli/errors.ts'
import { DatasetError, EpisodeError } from '../../demos/errors.ts'
import { CheckpointError } from '../../policy/checkpoint.ts'
import { exampleSession } from '../protocol/example-session.ts'
import { PROTOCOL_VERSION } from '../protocol/messages.ts'
import { decodeState } from '../protocol/state-frame.ts'
import { fakeFrame } from './fake-backend.ts'
import { connect, soon, type TestClient, testServer } from './fake-client.ts'

const twist = (sequence: number) =>
  JSON.stringify({ type: 'twist', sequence, at: 0, frame: 'base', linear: [0, 0, 0.01], angular: [0, 0, 0] })

/** Everything that the client has sent so far has been heard. */
const settle = (client: TestClient) => client.call('curves', { checkpoint: 'any' })

test('a newcomer is told the version, the seats, the session, the library, the jobs, and what was logged', async () => {
  const { ws, tell } = await testServer()
  const line = { time: 1, level: 'warning', text: 'held back' } as const
  tell.log([line])
  tell.frame(fakeFrame(7))
  const client = await connect(ws)
  await client.until('log')
  expect(client.messages).toEqual([
    { type: 'hello', version: PROTOCOL_VERSION, run: expect.stringMatching(/./) },
    { type: 'seats', seats: { you: 'c1', writer: null, watchers: 1 } },
    { type: 'session', session: exampleSession },
    { type: 'library', library: { folder: 'runs', datasets: [], checkpoints: [] } },
    { type: 'jobs', jobs: [] },
    { type: 'log', lines: [line] },
  ])
  await soon(() => expect(client.frames).toHaveLength(1))
  expect(decodeState(client.frames[0] as Uint8Array).sequence).toBe(7)
})

test('news reach everybody', async () => {
  const { ws, tell } = await testServer()
  const clients = [await connect(ws), await connect(ws)]
  const chunk = { stamp: 1, interval: 0.1, poses: [] }
  tell.state({ ...exampleSession, episode: 3 })
  tell.plan(chunk)
  tell.library({ folder: 'other', datasets: [], checkpoints: [] })
  for (const client of clients) {
    expect((await client.until('plan')).chunk).toEqual(chunk)
    await client.until('session', ({ session }) => session.episode === 3)
    await client.until('library', ({ library }) => library.folder === 'other')
  }
})

test('nobody drives until somebody has claimed the seat; then one does, and others may take it over by force', async () => {
  const { ws, calls, lines, letGos } = await testServer()
  const [first, second] = [await connect(ws), await connect(ws)]
  expect(await first.call('teleop', { on: true })).toEqual({
    refusal: 'teleop: only who has the seat may do this; it is free: take it first',
  })
  expect(await first.call('claim', {})).toBeNull()
  expect(await second.call('claim', {})).toEqual({
    refusal: 'c1 has the seat: wait until they release it, or take it over',
  })
  expect(await second.call('teleop', { on: true })).toEqual({
    refusal: 'teleop: only who has the seat may do this; now that is c1',
  })
  expect(lines).toContain('refused: the seat to c2: c1 has the seat: wait until they release it, or take it over')
  expect(lines).toContain('refused: teleop of c2, who does not have the seat')
  expect(await first.call('teleop', { on: true })).toBeNull()
  expect(letGos()).toBe(0)

  expect(await second.call('claim', { force: true })).toBeNull()
  expect(letGos()).toBe(1)
  expect(await second.call('pause', {})).toBeNull()
  expect(first.writer()).toBe('c2')
  expect(await first.call('release', {})).toMatchObject({ refusal: expect.stringContaining('only who has the seat') })
  expect(await second.call('release', {})).toBeNull()
  expect(second.writer()).toBeNull()
  expect(letGos()).toBe(2)
  expect(calls.map(({ name }) => name)).toEqual(['teleop', 'pause'])
})

test('a watcher may look, and stop', async () => {
  const { ws, calls } = await testServer()
  const [writer, watcher] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  expect(await watcher.call('stop', { reason: 'space bar' })).toBeNull()
  expect(await watcher.call('pause', {})).toBeNull()
  expect(await watcher.call('readEpisode', { dataset: 'pegs', episode: '000001' })).toBeNull()
  expect(await watcher.call('deleteEpisode', { dataset: 'pegs', episode: '000001' })).toHaveProperty('refusal')
  expect(calls).toEqual([
    { name: 'stop', args: { reason: 'space bar' } },
    { name: 'pause', args: {} },
    { name: 'readEpisode', args: { dataset: 'pegs', episode: '000001' } },
  ])
})

test('only the writer steers', async () => {
  const { ws, steered, lines } = await testServer()
  const [writer, watcher] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  watcher.socket.send(twist(1))
  writer.socket.send(twist(2))
  await Promise.all([settle(watcher), settle(writer)])
  expect(steered.map(({ sequence }) => sequence)).toEqual([2])
  expect(lines).toContain('refused: steering of c2, who does not have the seat')
})

test('when the writer’s connection breaks, the robot is let go of and the seat is free', async () => {
  const { ws, letGos, lines } = await testServer()
  const [writer, watcher] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  writer.socket.terminate()
  await watcher.until('seats', ({ seats }) => seats.writer === null && seats.watchers === 1)
  expect(letGos()).toBe(1)
  expect(lines).toContain('c1, who had the seat, has gone: the robot is made to hold')
  expect(await watcher.call('claim', {})).toBeNull()
  expect(letGos()).toBe(1)
})

test('a watcher’s goodbye does not touch the robot', async () => {
  const { ws, letGos } = await testServer()
  const [writer, watcher] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  watcher.socket.close()
  await writer.until('seats', ({ seats }) => seats.watchers === 0 && seats.writer === 'c1')
  expect(letGos()).toBe(0)
})

test('a writer who does not answer pings has gone after some three seconds', async () => {
  const { ws, letGos, server } = await testServer()
  const writer = await connect(ws, { autoPong: false })
  await writer.call('claim', {})
  const begin = performance.now()
  await writer.closed
  expect(performance.now() - begin).toBeGreaterThan(1500)
  expect(performance.now() - begin).toBeLessThan(10_000)
  await soon(() => expect(letGos()).toBe(1))
  expect(server.clients).toBe(0)
})

test('who has nothing to hear hears that the connection is alive', async () => {
  const { ws } = await testServer()
  const idle = await connect(ws)
  const beats: unknown[] = []
  idle.socket.on('message', (data, isBinary) => {
    if (!isBinary && JSON.parse(String(data)).type === 'beat') beats.push(data)
  })
  await soon(() => expect(beats.length).toBeGreaterThan(1))
})

test('one that comes back is a new client, sees what is, and can go on', async () => {
  const { ws, tell } = await testServer()
  const before = await connect(ws)
  await before.call('claim', {})
  before.socket.terminate()
  tell.frame(fakeFrame(99))
  const after = await connect(ws)
  expect(after.id()).toBe('c2')
  await soon(() => expect(after.frames).toHaveLength(1))
  await soon(async () => expect(await after.call('claim', {})).toBeNull())
  expect(after.writer()).toBe('c2')
})

test('arguments are checked before anything is done', async () => {
  const { ws, calls } = await testServer()
  const client = await connect(ws)
  await client.call('claim', {})
  for (const dataset of ['../secrets', '/etc', 'a/../../b', '.hidden', 'a\\b', 'a\0', '']) {
    expect(await client.call('readEpisode', { dataset, episode: '000001' })).toMatchObject({
      refusal: expect.stringContaining('expected a path inside the data folder'),
    })
  }
  expect(await client.call('reset', { episode: 1.5 })).toMatchObject({ refusal: expect.stringContaining('episode') })
  expect(await client.call('teleop', { on: 'yes' } as never)).toHaveProperty('refusal')
  expect(await client.call('teleop', undefined as never)).toHaveProperty('refusal')
  expect(calls).toEqual([])
})

test('what a person did wrong is told them, what we did wrong is told the log', async () => {
  const { ws, answer, lines } = await testServer()
  const client = await connect(ws)
  const refusalFor = async (error: unknown) => {
    answer('curves', async () => {
      throw error
    })
    return ((await client.call('curves', { checkpoint: 'x' })) as { refusal: string }).refusal
  }
  const speaking = [
    new UserError('no such checkpoint'),
    new DatasetError('no dataset'),
    new EpisodeError('cut short'),
    new CheckpointError('no config'),
    new RangeError('unknown task'),
  ]
  for (const error of speaking) expect(await refusalFor(error)).toBe(error.message)
  expect(lines).toEqual([])
  expect(await refusalFor(new TypeError('undefined is no function'))).toBe(
    'curves failed by a mistake in tenon; the terminal that the studio was started from says more',
  )
  expect(await refusalFor('a string')).toContain('mistake')
  expect(lines[0]).toMatch(/^curves failed: TypeError: undefined is no function\n {4}at /)
  expect(lines[1]).toBe('curves failed: a string')
})

test('a call that takes long holds up no other, and not too many are under way at once', async () => {
  const { ws, answer } = await testServer()
  const client = await connect(ws)
  let finish = () => {}
  const finished = new Promise<string>((resolve) => {
    finish = () => resolve('done')
  })
  answer('evaluatedEpisode', () => finished)
  const args = { checkpoint: 'x', name: 'y', index: 0 }
  const slow = Array.from({ length: 16 }, () => client.call('evaluatedEpisode', args))
  expect(await client.call('curves', { checkpoint: 'x' })).toEqual({ refusal: '16 calls are under way: wait for them' })
  expect(await client.call('stop', { reason: 'now' })).toBeNull()
  finish()
  expect(await Promise.all(slow)).toEqual(Array(16).fill('done'))
  expect(await client.call('curves', { checkpoint: 'x' })).toBeNull()
})

test('what a vanished writer began late is ended too, before the next one sits down', async () => {
  const { ws, answer, letGos } = await testServer()
  const [writer, next] = [await connect(ws), await connect(ws)]
  await writer.call('claim', {})
  let load = () => {}
  answer('runPolicy', () => new Promise<void>((resolve) => (load = resolve)))
  void writer.call('runPolicy', { checkpoint: 'x' }).catch(() => {})
  await settle(writer)
  writer.socket.terminate()
  await next.until('seats', ({ seats }) => seats.writer === null && seats.watchers === 1)
  expect(letGos()).toBe(1)
  const claimed = next.call('claim', {})
  await wait(50)
  load()
  expect(await claimed).toBeNull()
  expect(letGos()).toBe(2)
})
