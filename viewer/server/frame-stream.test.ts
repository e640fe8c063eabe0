import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { decodePicture, PICTURE, type PictureFrame } from '../protocol/picture-frame.ts'
import { decodeState } from '../protocol/state-frame.ts'
import { MOST_OWED } from './client.ts'
import { fakeFrame } from './fake-backend.ts'
import { connect, soon, type TestClient, testServer } from './fake-client.ts'

const sequences = ({ frames }: TestClient) => frames.map((bytes) => decodeState(bytes).sequence)
const picture = (stamp: number, side = 16): PictureFrame => ({
  width: side,
  height: side,
  stamp,
  rgb: new Uint8Array(3 * side ** 2).fill(7),
  depth: new Uint16Array(side ** 2).fill(1234),
})
const picturesOf = ({ frames }: TestClient) =>
  frames.filter(([kind]) => kind === PICTURE).map((bytes) => decodePicture(new Uint8Array(bytes)))

test('ten watchers each see every frame', async () => {
  const { ws, tell } = await testServer()
  const clients: TestClient[] = []
  for (let i = 0; i < 10; i++) clients.push(await connect(ws))
  for (let sequence = 0; sequence < 60; sequence++) {
    tell.frame(fakeFrame(sequence))
    await wait(2)
  }
  const all = Array.from({ length: 60 }, (_, i) => i)
  for (const client of clients) {
    await soon(() => expect(client.frames).toHaveLength(60))
    expect(sequences(client)).toEqual(all)
  }
})

test('a client that does not read is left out, sees the gap when it reads again, and holds up nobody', async () => {
  const { ws, tell } = await testServer()
  const [slow, quick] = [await connect(ws), await connect(ws)]
  for (const client of [slow, quick]) client.socket.send('{"type":"pictures","rate":30}')
  for (const client of [slow, quick]) await client.call('curves', { checkpoint: 'x' })
  slow.socket.pause()
  // Large ones fill what the kernel holds for the two.
  for (let stamp = 0; stamp < 16; stamp++) {
    tell.picture(picture(stamp, 640))
    tell.frame(fakeFrame(stamp))
    await wait(40)
  }
  await soon(() => expect(picturesOf(quick).at(-1)?.stamp).toBe(15))
  slow.socket.resume()
  const statesOf = (client: TestClient) =>
    client.frames.filter(([kind]) => kind !== PICTURE).map((bytes) => decodeState(bytes).sequence)
  let told = 16
  await soon(() => {
    tell.frame(fakeFrame(told))
    told += 1
    expect(statesOf(slow).at(-1)).toBeGreaterThanOrEqual(16)
  })
  expect(statesOf(quick).slice(0, 17)).toEqual(Array.from({ length: 17 }, (_, i) => i))
  expect(statesOf(slow).filter((sequence) => sequence < 16).length).toBeLessThan(16)
  expect(picturesOf(slow).length).toBeLessThan(picturesOf(quick).length)
})

test('one that never reads again is cut off, though it was told what must not be left out', async () => {
  const { ws, answer, server, letGos } = await testServer()
  const [stuck, other] = [await connect(ws), await connect(ws)]
  await stuck.call('claim', {})
  answer('readEpisode', async () => 'x'.repeat(20e6))
  stuck.socket.send('{"type":"call","id":9,"name":"readEpisode","args":{"dataset":"a","episode":"b"}}')
  await wait(100)
  stuck.socket.pause()
  await other.until('seats', ({ seats }) => seats.writer === null && seats.watchers === 1)
  expect(server.clients).toBe(1)
  expect(letGos()).toBe(1)
}, 20_000)

test('one that asks for more than it takes is cut off before that fills the memory', async () => {
  const { ws, answer, lines } = await testServer()
  const greedy = await connect(ws)
  answer('readEpisode', async () => 'x'.repeat(4e6))
  greedy.socket.pause()
  for (let id = 0; id < 60; id++) {
    greedy.socket.send(`{"type":"call","id":${id},"name":"readEpisode","args":{"dataset":"a","episode":"b"}}`)
    await wait(10)
  }
  await soon(() =>
    expect(lines.join()).toMatch(/c1 asks for more than it takes: \d+ bytes wait: the connection is ended/),
  )
  const waiting = Number(/takes: (\d+)/.exec(lines.join())?.[1])
  // Ten answers or so, of sixty.
  expect(waiting).toBeLessThan(MOST_OWED + 3 * 4e6)
}, 20_000)

test('one that takes long over a long answer gets the whole of it', async () => {
  const { ws, answer } = await testServer()
  const client = await connect(ws)
  answer('readEpisode', async () => 'x'.repeat(30e6))
  const asked = client.call('readEpisode', { dataset: 'a', episode: 'b' })
  // A slow line: a little now and then, for longer than a client may be silent.
  const begin = performance.now()
  while (performance.now() - begin < 5000) {
    client.socket.pause()
    await wait(240)
    client.socket.resume()
    await wait(1)
  }
  expect(((await asked) as string).length).toBe(30e6)
}, 20_000)

test('pictures go to those who asked, as often as they asked, and are asked for only as long', async () => {
  const { ws, tell, listeners } = await testServer()
  const [none, some] = [await connect(ws), await connect(ws)]
  expect(listeners.pictures()).toBe(0)
  some.socket.send('{"type":"pictures","rate":10}')
  await soon(() => expect(listeners.pictures()).toBe(1))
  const begin = performance.now()
  for (let stamp = 0; stamp < 50; stamp++) {
    tell.picture(picture(stamp))
    await wait(10)
  }
  const seconds = (performance.now() - begin) / 1000
  await some.call('curves', { checkpoint: 'x' })
  expect(picturesOf(none)).toEqual([])
  expect(picturesOf(some)[0]).toEqual(picture(0))
  expect(picturesOf(some).length).toBeGreaterThan(2)
  expect(picturesOf(some).length).toBeLessThanOrEqual(1 + seconds * 12.5)
  some.socket.send('{"type":"pictures","rate":0}')
  await soon(() => expect(listeners.pictures()).toBe(0))
  none.socket.send('{"type":"pictures","rate":30}')
  await soon(() => expect(listeners.pictures()).toBe(1))
  none.socket.terminate()
  await soon(() => expect(listeners.pictures()).toBe(0))
})
