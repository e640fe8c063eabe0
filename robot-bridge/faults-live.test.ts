// Faults in real time, with sockets, threads and the real guard; what happens when, to the millisecond, is in faults.test.ts.
//
// A machine that is busy with other things and leaves us without a processor for 100 ms is a fault, too, and it ends in a
// held robot, as it should. So these threads ask for priority, a test that was disturbed so is tried again, and times
// allow for what such a machine takes to notice.
import { fork } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { afterEach, test as base, beforeAll, beforeEach, expect } from 'vitest'
import { makePose } from '../geometry/index.ts'
import type { BridgeEvent } from './bridge-events.ts'
import { FakeServer } from './fake-server.ts'
import { loadProfile } from './load-profile.ts'
import { localNow } from './local-clock.ts'
import { encodePoseStamped } from './messages.ts'
import type { Profile } from './profile.ts'
import { RosRobot } from './ros-robot.ts'
import { askForPriority } from './thread-priority.ts'

/** 100 ms, and what a busy machine adds, s. */
const SOON = 0.4

let profile: Profile
let server: FakeServer
let robot: RosRobot
let commanding: NodeJS.Timeout
const operators: (() => unknown)[] = []

beforeAll(async () => {
  // The server lives in this thread.
  askForPriority()
  profile = await loadProfile('sim')
})
beforeEach(async () => {
  server = await FakeServer.start()
})
afterEach(async () => {
  clearInterval(commanding)
  for (const end of operators.splice(0)) await end()
  await robot?.close()
  await server.kill()
})

const test = (name: string, run: () => Promise<void>) => base(name, { retry: 4 }, run)

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3))

/** A robot whose arm follows 50 commands a second. */
async function armed(): Promise<RosRobot> {
  robot = new RosRobot({ url: server.url, profile })
  await robot.ready(20)
  await robot.arm()
  const eeInBase = makePose([0.5, 0.002, 0.3], [1, 0, 0, 0])
  clearInterval(commanding)
  commanding = setInterval(() => void robot.command({ eeInBase }), 20)
  await sleep(0.3)
  expect(robot.state).toBe('armed')
  expect(server.executed.filter(({ isCommand }) => isCommand).length).toBeGreaterThan(5)
  return robot
}

/** What is done, and how long afterwards the robot is held, s; with the words of the event. */
async function held(fault: () => void | Promise<void>): Promise<{ after: number; why: string }> {
  const start = localNow()
  const event = new Promise<BridgeEvent>((resolve) => {
    const end = robot.onEvent((each) => {
      if (each.kind !== 'held') return
      end()
      resolve(each)
    })
  })
  await fault()
  const { time, message } = await event
  return { after: time - start, why: message }
}

/** No command was obeyed that was older than the guard allows. */
function expectNothingStale(): void {
  for (const { age, isCommand } of server.executed) if (isCommand) expect(age).toBeLessThan(0.15)
}

test('the server is killed and started again: held, reconnected, and armed only when asked', async () => {
  const robot = await armed()
  const { port } = server
  const { after, why } = await held(() => server.kill())
  expect(after).toBeLessThan(SOON)
  expect(why).toContain('closed with 1006')
  server = await FakeServer.start({ port })
  await robot.ready(20)
  expect(robot.state).toBe('ready')
  await sleep(0.3)
  // Commanded all the while, and none of it arrived.
  expect(server.arrived).toEqual([])
  expect(server.services.map(({ service }) => service)).toContain('/tenon/guard/disarm')
  await robot.arm()
  await sleep(0.3)
  expect(server.executed.some(({ isCommand }) => isCommand)).toBe(true)
  expectNothingStale()
})

test('the server is frozen for 3 s: held, not one stale command is obeyed, and it recovers', async () => {
  const robot = await armed()
  const { after, why } = await held(() => server.freeze())
  expect(after).toBeLessThan(SOON)
  expect(why).toContain('the bridge has not answered a heartbeat')
  await sleep(3 - after)
  expect(robot.state).not.toBe('armed')
  const arrived = server.arrived.length
  server.thaw()
  await sleep(0.3)
  // What was in the kernel is delivered late, and the guard lets none of it through.
  expect(server.arrived.length - arrived).toBeLessThan(50 * SOON)
  await robot.ready(20)
  expect(robot.state).toBe('ready')
  expectNothingStale()
})

test('a socket is half open: held, and connected anew', async () => {
  const robot = await armed()
  const { after } = await held(() => server.vanish())
  expect(after).toBeLessThan(SOON)
  await robot.ready(20)
  expect(robot.state).toBe('ready')
  expect(server.connections).toBe(2)
  expectNothingStale()
})

test('the controller’s event loop is blocked for 2 s: the arm is held meanwhile by the link’s thread', async () => {
  const operator = new Worker(new URL('./fake-operator.mjs', import.meta.url), {
    workerData: server.url,
  })
  operators.push(() => operator.terminate())
  const said: (string | BridgeEvent)[] = []
  const hear = (what: string) =>
    new Promise<void>((resolve) => {
      const look = () => said.includes(what) && resolve()
      operator.on('message', look)
    })
  operator.on('message', (message) => said.push(message))
  await hear('armed')
  await sleep(0.3)
  expect(server.executed.filter(({ isCommand }) => isCommand).length).toBeGreaterThan(5)
  const before = server.services.length
  const start = server.now()
  const unblocked = hear('blocked')
  operator.postMessage({ blockFor: 2 })
  await sleep(1)
  // Before it is unblocked: the guard was disarmed and nothing obeyed since.
  const disarmed = server.services[before]
  expect(disarmed?.service).toBe('/tenon/guard/disarm')
  expect((disarmed?.time ?? Number.POSITIVE_INFINITY) - start).toBeLessThan(SOON)
  const last = server.executed.findLast(({ isCommand }) => isCommand)
  expect((last?.time ?? Number.POSITIVE_INFINITY) - start).toBeLessThan(SOON)
  await unblocked
  await sleep(0.5)
  const events = said.filter((each) => typeof each !== 'string')
  expect(events.find(({ kind }) => kind === 'held')?.message).toMatch(/blocked|sends no commands/)
  expect(
    events
      .filter(({ kind }) => kind === 'dropped')
      .map(({ message }) => message)
      .join(),
  ).toContain('not armed')
  expectNothingStale()
  const ended = new Promise((resolve) => operator.once('exit', resolve))
  operator.postMessage({ close: true })
  await ended
})

test('the controller is killed, and nobody is left to say anything: the guard holds the arm', async () => {
  const operator = fork(new URL('./fake-operator.mjs', import.meta.url), [server.url])
  operators.push(() => operator.kill('SIGKILL'))
  await new Promise<void>((resolve) => operator.on('message', (message) => message === 'armed' && resolve()))
  await sleep(0.3)
  expect(server.guard.state).toBe('armed')
  const killed = server.now()
  operator.kill('SIGKILL')
  await expect.poll(() => server.guard.state, { interval: 5 }).toBe('holding')
  expect(server.now() - killed).toBeLessThan(SOON)
  expect(server.guard.reason).toBe('no command for 100 ms')
  const last = server.executed.findLast(({ isCommand }) => isCommand)
  expect((last?.time ?? Number.POSITIVE_INFINITY) - killed).toBeLessThan(SOON)
  expectNothingStale()
})

test('malformed JSON, a wrong type, NaN, and time that runs backwards: held each time, ready again each time', async () => {
  const robot = await armed()
  const fromEe = (change: (message: ReturnType<typeof encodePoseStamped>) => object) => () => {
    server.instead.set('/tenon/ee_pose', (message) => change(message as ReturnType<typeof encodePoseStamped>))
  }
  const faults: [fault: () => void, why: RegExp][] = [
    [() => server.raw('{"op": "publish", "topic": '), /no JSON/],
    [() => server.raw('[1, 2, 3]'), /without an operation/],
    [fromEe(() => ({ data: 'hello' })), /ee_pose: geometry_msgs\/PoseStamped header/],
    [
      fromEe(({ header, pose }) => ({ header, pose: { ...pose, position: { x: null, y: 0, z: 0 } } })),
      /position\.x: expected a finite number, got null/,
    ],
    [
      fromEe(({ pose }) => encodePoseStamped({ stamp: 12, frame: 'base', pose: makePose([pose.position.x, 0, 0]) }, 1)),
      /time ran backwards/,
    ],
  ]
  for (const [fault, why] of faults) {
    const seen = await held(fault)
    expect(seen.after).toBeLessThan(SOON)
    expect(seen.why).toMatch(why)
    server.instead.clear()
    await robot.ready(20)
    await robot.arm()
    await sleep(0.1)
    expect(robot.state).toBe('armed')
  }
  expectNothingStale()
})

test('two masters: a fault, until it is cleared', async () => {
  const robot = await armed()
  const stranger = encodePoseStamped({ stamp: server.now(), frame: 'base', pose: makePose([0.4, 0, 0.3]) }, 1)
  const { after, why } = await held(() => server.publish('/tenon/command', stranger))
  expect(after).toBeLessThan(SOON)
  expect(why).toContain('two masters')
  expect(robot.state).toBe('fault')
  await expect(robot.arm()).rejects.toThrow('two masters')
  await expect(robot.ready(1)).rejects.toThrow('fault')
  await robot.clearFault()
  await robot.ready(20)
  expect(robot.state).toBe('ready')
})
