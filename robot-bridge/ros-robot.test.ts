import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { makeCertificate } from './fake-certificate.ts'
import { FakeServer, SERVER_OFFSET } from './fake-server.ts'
import { loadProfile } from './load-profile.ts'
import { localNow } from './local-clock.ts'
import type { Profile } from './profile.ts'
import { RosRobot, type RosRobotOptions } from './ros-robot.ts'
import { askForPriority } from './thread-priority.ts'
import { readTls } from './transport.ts'

let profile: Profile
let server: FakeServer
let robot: RosRobot | undefined

beforeAll(async () => {
  // The server lives in this thread, and has to answer within 100 ms though other tests run beside it.
  askForPriority()
  profile = await loadProfile('sim')
})
beforeEach(async () => {
  server = await FakeServer.start({ camera: { width: 64, height: 48 } })
})
afterEach(async () => {
  await robot?.close()
  robot = undefined
  await server.kill()
})

async function connected(options: Partial<RosRobotOptions> = {}): Promise<RosRobot> {
  robot = new RosRobot({ url: server.url, profile, ...options })
  await robot.ready(20)
  return robot
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3))

// A machine that gives us no processor for 100 ms holds the robot, as it should: then it is tried again.
test('it connects, observes, is armed, moves the arm through the guard, and stops it', { retry: 4 }, async () => {
  const robot = await connected()
  expect(Math.abs(robot.now() - localNow() - SERVER_OFFSET)).toBeLessThan(0.005)
  expect(robot.cameraInBase.position).toEqual([0.95, 0, 0.4])
  const { stamp, eeInBase, source, target, wrench, rgbd } = await robot.observe()
  expect(robot.now() - stamp).toBeLessThan(0.5)
  expect(eeInBase).toEqual(server.eeInBase)
  expect([source.pose.position[2], target.pose.position[2]]).toEqual([0.4, 0.5])
  expect(source.confidence).toBe(1)
  expect(wrench?.force).toEqual([0, 0, 1])
  expect(rgbd).toBeUndefined()

  await robot.command({ eeInBase: makePose([0.4, 0, 0.3], [1, 0, 0, 0]) })
  await robot.arm()
  expect(robot.state).toBe('armed')
  const wanted = makePose([0.5, 0.003, 0.3], [1, 0, 0, 0])
  const start = robot.now()
  for (let i = 1; i <= 10; i++) {
    await robot.command({ eeInBase: wanted })
    await robot.sleepUntil(start + i / 30)
  }
  expect(robot.state).toBe('armed')
  await robot.stop('the test is over')
  expect(robot.state).toBe('ready')
  const commands = server.executed.filter(({ isCommand }) => isCommand)
  expect(commands.length).toBeGreaterThan(7)
  expect(commands[0]?.pose).toEqual(wanted)
  // The news of it may be a moment behind.
  await expect.poll(() => robot.status.sent).toBe(10)
  expect(robot.status.dropped).toEqual({ 'not armed': 1 })
  expect(server.services.at(-1)?.service).toBe('/tenon/guard/disarm')
  await expect.poll(() => robot.events.map(({ kind }) => kind)).toContain('held')
  await expect.poll(() => robot.latencies.roundTrip?.count).toBeGreaterThan(50)
})

test('pictures come by a connection of their own, decoded', async () => {
  const robot = await connected({ camera: true })
  expect(server.connections).toBe(2)
  const observation = await robot.observe()
  expect(observation.rgbd?.intrinsics).toMatchObject({ width: 64, height: 48, fx: 64 })
  expect(observation.rgbd?.rgb.length).toBe(3 * 64 * 48)
  expect(observation.rgbd?.depth[100]).toBe(0.5)
})

/** The first observation with a picture taken after that time, s on the robot's clock. */
async function pictured(robot: RosRobot, after: number) {
  for (;;) {
    const observation = await robot.observe()
    if ((observation.pictureStamp ?? 0) > after) return observation
    await sleep(0.005)
  }
}

test('a picture that was read stays as it is while others come; one that nobody read in time is refused', async () => {
  const robot = await connected({ camera: true })
  const read = await pictured(robot, 0)
  const rgbd = read.rgbd
  const before = structuredClone(rgbd)
  const unread = await pictured(robot, read.pictureStamp ?? 0)
  const shades = new Set<number | undefined>()
  let { pictureStamp } = unread
  // More than there are slots.
  for (let i = 0; i < 12; i++) {
    const next = await pictured(robot, pictureStamp ?? 0)
    pictureStamp = next.pictureStamp
    shades.add(next.rgbd?.rgb[0])
  }
  expect(shades.size).toBeGreaterThan(1)
  expect(read.rgbd).toBe(rgbd)
  expect(rgbd).toEqual(before)
  expect(() => unread.rgbd).toThrow('no longer kept')
})

test('after the connection was lost pictures go on, also those of another size', async () => {
  const robot = await connected({ camera: true })
  const old = await pictured(robot, 0)
  const { rgbd } = old
  server.hangUp()
  server.camera = { width: 32, height: 24 }
  await expect.poll(async () => (await robot.observe()).rgbd?.rgb.length, { timeout: 20_000 }).toBe(3 * 32 * 24)
  expect(server.connections).toBeGreaterThan(2)
  // Each slot in turn has the new size, and pictures of one shade are whole.
  let after = 0
  for (let i = 0; i < 12; i++) {
    const { rgbd, pictureStamp } = await pictured(robot, after)
    after = pictureStamp ?? 0
    expect([rgbd?.intrinsics.width, rgbd?.rgb.length, rgbd?.depth.length]).toEqual([32, 3 * 32 * 24, 32 * 24])
    expect(new Set(rgbd?.rgb).size).toBe(1)
  }
  expect(old.rgbd).toBe(rgbd)
  expect(rgbd?.rgb.length).toBe(3 * 64 * 48)
})

test('what is wrong with pictures is told, and not thirty times a second', async () => {
  const robot = await connected({ camera: true })
  const told = () => robot.events.filter((event) => event.kind === 'refused').map(({ message }) => message)
  server.instead.set('/tenon/depth', (message) => ({ ...message, encoding: '8UC1' }))
  await expect.poll(told).not.toEqual([])
  await sleep(1.2)
  expect(told()).toEqual([expect.stringContaining('pictures: sensor_msgs/Image encoding: expected a depth encoding')])
})

test('where the end effector was is remembered for a while', async () => {
  const robot = await connected()
  const { stamp } = await robot.observe()
  expect(robot.eeAt(stamp - 0.1)).toEqual(server.eeInBase)
  expect(robot.eeAt(stamp - 10)).toBeUndefined()
  expect(robot.eeAt(stamp + 10)).toBeUndefined()
})

test('before anything arrives, what is missing is said', async () => {
  robot = new RosRobot({ url: 'ws://localhost:1', profile })
  expect(() => robot?.now()).toThrow('wait until it is ready')
  await expect(robot.observe()).rejects.toThrow('nothing to observe yet: a pose of the end effector on /tenon/ee_pose')
  await expect.poll(() => robot?.status.reason, { timeout: 20_000 }).toContain('ECONNREFUSED')
  await expect(robot.ready(0.1)).rejects.toThrow(/ws:\/\/localhost:1: not ready within 0.1 s, but (down|connecting)/)
  await expect(robot.arm()).rejects.toThrow(/not armed: the connection is (down|connecting), not ready/)
})

test('what is no address is told as such', async () => {
  robot = new RosRobot({ url: 'rosbridge', profile })
  await expect.poll(() => robot?.status.reason, { timeout: 20_000 }).toMatch(/"rosbridge": .*URL/)
})

test('a camera that the profile does not have is refused at once', () => {
  const { camera: _, ...blind } = profile
  expect(() => new RosRobot({ url: server.url, profile: blind, camera: true })).toThrow(
    'the profile "sim" has no camera',
  )
})

test('closed, it commands nothing and says so', async () => {
  const robot = await connected()
  await robot.arm()
  await robot.command({ eeInBase: server.eeInBase })
  await robot.close()
  expect(robot.state).toBe('down')
  await expect(robot.command({ eeInBase: server.eeInBase })).rejects.toThrow('closed')
  await sleep(0.05)
  expect(server.services.at(-1)?.service).toBe('/tenon/guard/disarm')
})

test('when the thread of the link has died, whoever commands or arms is told that, and not that somebody closed it', async () => {
  robot = new RosRobot({ url: server.url, profile: { ...profile, objects: undefined } as unknown as Profile })
  const died = /the link thread failed: .*undefined/
  await expect
    .poll(() => robot?.status, { timeout: 20_000 })
    .toMatchObject({
      state: 'fault',
      reason: expect.stringMatching(died),
    })
  await expect(robot.command({ eeInBase: server.eeInBase })).rejects.toThrow(died)
  await expect(robot.arm()).rejects.toThrow(died)
  await expect(robot.ready()).rejects.toThrow(/: not ready, but fault: the link thread failed/)
})

test('a stop that nobody confirms is no stop', async () => {
  const robot = await connected()
  await robot.arm()
  await expect.poll(() => robot.status.guard?.state).toBe('armed')
  server.freeze()
  await expect(robot.stop('the operator')).rejects.toThrow(/^the stop was not confirmed \(.*\): use the hardware stop$/)
  server.thaw()
  await expect.poll(() => server.guard.state, { timeout: 5000 }).not.toBe('armed')
})

test('a service that fails is told with the words of the other side', async () => {
  const robot = await connected()
  await expect(robot.trigger('/tenon/guard/disarm')).resolves.toBe('disarmed')
  await expect(robot.trigger('/tenon/reset')).rejects.toThrow('/tenon/reset: there is no service /tenon/reset')
})

test('over wss, with a private authority and a certificate of its own, it connects just as well', async () => {
  const ca = makeCertificate('authority')
  const { cert, key } = makeCertificate('server', ca)
  const secure = await FakeServer.start({ tls: { ca: ca.cert, cert, key } })
  const own = makeCertificate('client', ca)
  const folder = await mkdtemp(join(tmpdir(), 'tenon-tls-'))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  try {
    const files = {
      ca: await file('ca.pem', ca.cert),
      cert: await file('own.pem', own.cert),
      key: await file('own.key', own.key),
    }
    const robot = await connected({ url: secure.url, tls: readTls(files) })
    await robot.arm()
    expect(robot.state).toBe('armed')
    await robot.close()
  } finally {
    await secure.kill()
    await rm(folder, { recursive: true })
  }
})
