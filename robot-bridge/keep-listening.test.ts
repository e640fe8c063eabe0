import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepListening, type Reader } from './keep-listening.ts'

/** A ROS side whose clock is 1000 s ahead, and which can be cut off. */
function rosSide() {
  const side = {
    time: 0,
    isDown: false,
    connections: 0,
    listeners: new Map<string, (message: unknown) => void>(),
    /** of the question for the time, s: on the way there; the way back takes none */
    delays: [0, 0, 0, 0, 0],
    asked: 0,
    waits: [] as (() => void)[],
    /** Lets the other side live through one wait. */
    async tick() {
      for (const wake of side.waits.splice(0)) wake()
      for (let i = 0; i < 50; i++) await setImmediate()
    },
    publish: (topic: string, message: unknown) => side.listeners.get(topic)?.(message),
    async connect(): Promise<Reader> {
      if (side.isDown) throw new Error('nobody there')
      side.connections++
      return {
        now: () => side.time,
        topics: async () => new Map(),
        close: () => side.listeners.clear(),
        async serverTime() {
          if (side.isDown) throw new Error('the connection was closed')
          side.time += side.delays[side.asked++ % side.delays.length] as number
          return side.time + 1000
        },
        subscribe(topic, _type, onMessage) {
          side.listeners.set(topic, onMessage)
          return () => side.listeners.delete(topic)
        },
      }
    },
  }
  const sleep = () => new Promise<void>((resolve) => side.waits.push(resolve))
  const news: string[] = []
  const keep = () => keepListening(side.connect, { onNews: (text) => news.push(text), sleep })
  return { side, news, keep }
}

test('tells the ROS side’s time, by the question that was answered quickest', async () => {
  const { side, keep } = rosSide()
  side.delays = [0.5, 0.002, 0.5, 0.5, 0.5]
  const kept = await keep()
  // Half of the quickest round trip is on either side: off by 1 ms, not by 250.
  expect(kept.now() - side.time).toBeCloseTo(1000.001, 9)
  kept.close()
})

test('has many listeners to a topic, and subscribes once', async () => {
  const { side, keep } = rosSide()
  const kept = await keep()
  const heard: string[] = []
  const ends = ['a', 'b'].map((name) => kept.subscribe('/topic', 'std_msgs/String', (m) => heard.push(`${name}${m}`)))
  side.publish('/topic', 1)
  ends[0]?.()
  side.publish('/topic', 2)
  ends[1]?.()
  expect(side.listeners.size).toBe(0)
  expect(heard).toEqual(['a1', 'b1', 'b2'])
  kept.close()
})

test('connects again when the connection is lost, listens to the same topics, and says so', async () => {
  const { side, news, keep } = rosSide()
  const kept = await keep()
  const heard: unknown[] = []
  kept.subscribe('/topic', 'std_msgs/String', (message) => heard.push(message))
  side.publish('/topic', 1)
  side.isDown = true
  await side.tick()
  expect(news).toEqual(['connection lost: the connection was closed'])
  await side.tick()
  await side.tick()
  expect([side.connections, side.listeners.size]).toEqual([1, 0])
  side.isDown = false
  await side.tick()
  expect(news).toEqual(['connection lost: the connection was closed', 'connected again'])
  side.publish('/topic', 2)
  expect(heard).toEqual([1, 2])
  kept.close()
})

test('passes over what is latched, when it is subscribed for the first time and again, if that is wanted', async () => {
  const { side, keep } = rosSide()
  const kept = await keep()
  const heard: unknown[] = []
  kept.subscribe('/topic', 'std_msgs/String', (message) => heard.push(message), { deafFor: 1 })
  const say = (word: string) => side.publish('/topic', word)
  say('latched')
  side.time += 1
  say('said')
  side.isDown = true
  await side.tick()
  side.isDown = false
  await side.tick()
  say('said')
  say('said meanwhile')
  side.time += 1
  say('said again')
  expect(heard).toEqual(['said', 'said meanwhile', 'said again'])
  kept.close()
})

test('does not connect again after it was closed', async () => {
  const { side, news, keep } = rosSide()
  const kept = await keep()
  kept.close()
  side.isDown = true
  await side.tick()
  side.isDown = false
  await side.tick()
  expect([side.connections, news]).toEqual([1, []])
})

test('throws when nobody is there to begin with', async () => {
  const { side, keep } = rosSide()
  side.isDown = true
  await expect(keep()).rejects.toThrow('nobody there')
})
