import { afterAll, describe, expect, it } from 'vitest'
import {
  compose,
  composeAll,
  interpolateLinear,
  invert,
  makePose,
  type Pose,
  poseDistance,
} from '../../geometry/index.ts'
import { loadProfile } from '../../robot-bridge/index.ts'
import {
  decodeCameraInfo,
  decodePoseStamped,
  decodeWrenchStamped,
  encodePoseStamped,
} from '../../robot-bridge/messages.ts'
import { decodeColour, decodeDepth } from '../../robot-bridge/pictures.ts'
import { LocalGraph, type Message } from '../../robot-bridge/server/index.ts'
import { CAMERA_IN_BASE, findTask, World } from '../../sim/index.ts'
import { PICTURES } from '../demonstrate.ts'
import { type Draw, SimulatedArm, type SimulatedArmOptions } from './simulated-arm.ts'

const world = await World.create(findTask('square-peg'), { clearance: 1e-3, chamfer: 0.5e-3 })
afterAll(() => world.dispose())

const START = 1_700_000_000
const TICK = 0.005

/** A robot on a graph whose clock the test moves, and whoever listens to it. */
function stand(options: Partial<SimulatedArmOptions> = {}) {
  let now = START
  const graph = new LocalGraph({ now: () => now })
  const arm = new SimulatedArm({ graph, world, split: 'id', noise: 'none', seed: 1, ...options })
  const heard = new Map<string, { message: Message; at: number }[]>()
  const listen = (topic: string, type: string) => {
    heard.set(topic, [])
    return graph.subscribe(topic, type, '/test', (message) => heard.get(topic)?.push({ message, at: now }))
  }
  const poses = ['/tenon/ee_pose', '/tenon/source_pose', '/tenon/target_pose'].map((topic) => {
    listen(topic, 'geometry_msgs/PoseStamped')
    return topic
  })
  const publisher = graph.advertise('/tenon/command', 'geometry_msgs/PoseStamped', { node: '/commander' })
  const messages = (topic: string) => heard.get(topic) ?? []
  const newest = (topic: string): Pose => decodePoseStamped(messages(topic).at(-1)?.message).pose
  return {
    graph,
    arm,
    poses,
    listen,
    messages,
    newest,
    now: () => now,
    command: (pose: Pose, stamp = now) => publisher.publish(encodePoseStamped({ stamp, frame: 'base', pose }, 1)),
    call: async (service: string): Promise<{ success: boolean; message: string }> =>
      (await graph.call(service, {})) as unknown as { success: boolean; message: string },
    guard: () => arm.status.guard,
    /** Time passes; `each` is called at every tick, before it. */
    async pass(seconds: number, each: () => void = () => {}) {
      for (const end = now + seconds; now < end - 1e-9; ) {
        now += TICK
        each()
        await arm.tick()
      }
    },
    /** Nobody looks for that long. */
    async sleep(seconds: number) {
      now += seconds
      await arm.tick()
    },
  }
}
type Stand = ReturnType<typeof stand>

async function armed(options: Partial<SimulatedArmOptions> = {}): Promise<Stand> {
  const robot = stand(options)
  await robot.pass(0.1)
  expect(await robot.call('/tenon/guard/arm')).toMatchObject({ success: true })
  return robot
}

/** Moves the part as it is seen, in a straight line to a pose in the target frame at that speed, m/s. */
async function move(robot: Stand, sourceInTarget: Pose, speed: number): Promise<void> {
  const targetInBase = compose(CAMERA_IN_BASE, robot.newest('/tenon/target_pose'))
  const sourceInEe = composeAll(
    invert(robot.newest('/tenon/ee_pose')),
    CAMERA_IN_BASE,
    robot.newest('/tenon/source_pose'),
  )
  const begin = robot.newest('/tenon/ee_pose')
  const end = composeAll(targetInBase, sourceInTarget, invert(sourceInEe))
  const seconds = poseDistance(begin, end).translation / speed
  const from = robot.now()
  await robot.pass(seconds + 0.3, () => {
    const share = Math.min(1, (robot.now() - from) / seconds)
    robot.command(interpolateLinear({ ...begin, orientation: end.orientation }, end, share))
  })
}

describe('the simulated arm', () => {
  it('has the topics, types and services that its profile names', async () => {
    const { graph } = stand({ camera: PICTURES })
    const { ee, objects, wrench, camera, stop, guard, command, episode } = await loadProfile('sim')
    const topics = await graph.topics()
    const named = [
      ee,
      objects.source,
      objects.target,
      wrench,
      camera?.colour,
      camera?.depth,
      camera?.info,
      stop,
      command,
    ]
    for (const each of named) expect([each?.topic, topics.get(each?.topic ?? '')]).toEqual([each?.topic, each?.type])
    expect(topics.get(guard?.state ?? '')).toBe('std_msgs/String')
    const services = await graph.services()
    for (const name of [episode?.reset, episode?.verdict, `${guard?.state}/arm`, `${guard?.state}/disarm`]) {
      expect(services.get(name ?? '')).toBe('std_srvs/Trigger')
    }
  })

  it('tells where it is 60 times a second and what is seen 30 times, with the time it was so', async () => {
    const robot = stand({ noise: 'tracker' })
    robot.listen('/tenon/wrench', 'geometry_msgs/WrenchStamped')
    await robot.pass(2)
    expect(robot.messages('/tenon/ee_pose').length).toBeGreaterThanOrEqual(119)
    expect(robot.messages('/tenon/ee_pose').length).toBeLessThanOrEqual(121)
    expect(robot.messages('/tenon/source_pose').length).toBeGreaterThanOrEqual(57)
    expect(robot.messages('/tenon/source_pose').length).toBeLessThanOrEqual(61)
    for (const topic of robot.poses) {
      let before = 0
      for (const { message, at } of robot.messages(topic)) {
        const { stamp, frame } = decodePoseStamped(message)
        expect(frame).toBe(topic === '/tenon/ee_pose' ? 'base' : 'camera')
        expect(stamp).toBeGreaterThan(before)
        before = stamp
        // A tracker's picture is 33 ms on its way, and waits for the next tick.
        const age = at - stamp
        expect(age).toBeGreaterThanOrEqual(frame === 'camera' && stamp > START + 0.001 ? 0.032 : -1e-6)
        expect(age).toBeLessThan(frame === 'camera' ? 0.05 : 1e-3)
      }
    }
    expect(decodeWrenchStamped(robot.messages('/tenon/wrench').at(-1)?.message).frame).toBe('ee')
  })

  it('obeys nobody until the guard is armed, and then goes where it is told', async () => {
    const robot = stand()
    await robot.pass(0.1)
    const home = robot.newest('/tenon/ee_pose')
    const aside = makePose([home.position[0] + 0.01, home.position[1], home.position[2]], home.orientation)
    await robot.pass(0.5, () => robot.command(aside))
    expect(poseDistance(robot.newest('/tenon/ee_pose'), home).translation).toBeLessThan(1e-6)
    expect(robot.guard()).toMatchObject({ state: 'idle', accepted: 0, rejected: 100 })
    expect(robot.arm.status.verdict.state).toBe('waiting')

    await robot.call('/tenon/guard/arm')
    await robot.pass(1, () => robot.command(aside))
    expect(poseDistance(robot.newest('/tenon/ee_pose'), aside).translation).toBeLessThan(1e-5)
    expect(robot.guard()).toMatchObject({ state: 'armed', accepted: 200 })
    expect(robot.arm.status.verdict).toMatchObject({ state: 'running', episode: 0 })
    expect(robot.arm.status.verdict.seconds).toBeCloseTo(1, 2)
  })

  it('stays where it is 100 ms after the last command, and says why', async () => {
    const robot = await armed()
    robot.listen('/tenon/guard', 'std_msgs/String')
    const home = robot.newest('/tenon/ee_pose')
    let x = home.position[0]
    await robot.pass(0.3, () => {
      x += 0.05 * TICK
      robot.command(makePose([x, home.position[1], home.position[2]], home.orientation))
    })
    const last = robot.now()
    await robot.pass(0.5)
    const held = robot.messages('/tenon/guard').find(({ message }) => String(message.data).includes('holding'))
    expect(held?.at).toBeGreaterThan(last + 0.1)
    expect(held?.at).toBeLessThan(last + 0.1 + 2 * TICK)
    expect(held?.message.data).toContain('no command for 100 ms')
    const at = robot.newest('/tenon/ee_pose')
    await robot.pass(0.5)
    expect(poseDistance(robot.newest('/tenon/ee_pose'), at).translation).toBeLessThan(1e-6)
  })

  it('holds for a stop and for a second master', async () => {
    const stopped = await armed()
    const hold = stopped.newest('/tenon/ee_pose')
    await stopped.pass(0.1, () => stopped.command(hold))
    stopped.graph.advertise('/tenon/stop', 'std_msgs/Bool', { node: '/button' }).publish({ data: true })
    await stopped.pass(0.05, () => stopped.command(hold))
    expect(stopped.guard()).toMatchObject({ state: 'stopped', reason: 'emergency stop' })

    const shared = await armed()
    await shared.pass(0.1, () => shared.command(hold))
    const other = shared.graph.advertise('/tenon/command', 'geometry_msgs/PoseStamped', { node: '/other' })
    other.publish(encodePoseStamped({ stamp: shared.now(), frame: 'base', pose: hold }, 1))
    await shared.pass(0.05)
    expect(shared.guard().state).toBe('holding')
    expect(shared.guard().reason).toContain('/other')
  })

  it('seats a part that is brought in, and the judge says so and when', async () => {
    const robot = await armed()
    await move(robot, makePose([0, 0, 0.005]), 0.05)
    await move(robot, makePose([0, 0, -world.task.depth]), 0.01)
    const { success, message } = await robot.call('/tenon/verdict')
    expect(success).toBe(true)
    const verdict = JSON.parse(message)
    expect(verdict).toMatchObject({ state: 'seated', task: 'square-peg', episode: 0, seed: 1, failure: null })
    expect(verdict.seatSeconds).toBeGreaterThan(1)
    expect(verdict.seatSeconds).toBe(verdict.seconds)
    expect(verdict.peakForceN).toBeLessThan(10)
    expect(robot.arm.verdicts).toEqual([verdict])
    // Whatever happens to it later does not change that.
    await robot.pass(1)
    expect(JSON.parse((await robot.call('/tenon/verdict')).message)).toEqual(verdict)
  })

  it('fails 20 s after the first command, not after it was set up', async () => {
    const robot = stand()
    await robot.pass(21)
    expect(robot.arm.status.verdict.state).toBe('waiting')
    await robot.call('/tenon/guard/arm')
    const hold = robot.newest('/tenon/ee_pose')
    await robot.pass(20.1, () => robot.command(hold))
    expect(robot.arm.status.verdict).toMatchObject({ state: 'failed', failure: 'never reached the mouth' })
    expect(robot.arm.status.verdict.seconds).toBeCloseTo(20, 1)
  })

  it('begins the next episode on reset: disarmed, elsewhere, the same for the same seed and number', async () => {
    const starts = async (robot: Stand) => {
      const seen: [unknown, Pose][] = []
      for (let i = 0; i < 3; i++) {
        const { message } = await robot.call('/tenon/reset')
        await robot.pass(0.1)
        seen.push([JSON.parse(message), robot.newest('/tenon/source_pose')])
      }
      return seen
    }
    const robot = stand({ noise: 'tracker' })
    const first = await starts(robot)
    // The first is episode 0: nobody had begun it.
    expect(first.map(([message]) => message)).toEqual([{ episode: 0 }, { episode: 1 }, { episode: 2 }])
    expect(first[0]?.[1]).not.toEqual(first[1]?.[1])
    expect(await starts(stand({ noise: 'tracker' }))).toEqual(first)
    expect(await starts(stand({ noise: 'tracker', seed: 2 }))).not.toEqual(first)

    const begun = await armed()
    const hold = begun.newest('/tenon/ee_pose')
    await begun.pass(0.2, () => begun.command(hold))
    expect(JSON.parse((await begun.call('/tenon/reset')).message)).toEqual({ episode: 1 })
    expect(begun.guard().state).toBe('idle')
    expect(begun.arm.verdicts).toMatchObject([{ episode: 0, state: 'running' }])
    await begun.pass(0.2, () => begun.command(hold))
    expect(begun.arm.status.verdict.state).toBe('waiting')
  })

  it('begins no episode while the emergency stop is pressed: the arm is held where it is', async () => {
    const robot = await armed()
    const hold = robot.newest('/tenon/ee_pose')
    await robot.pass(0.1, () => robot.command(hold))
    const button = robot.graph.advertise('/tenon/stop', 'std_msgs/Bool', { node: '/button' })
    button.publish({ data: true })
    await robot.pass(0.05)
    expect(await robot.call('/tenon/reset')).toEqual({
      success: false,
      message: 'the emergency stop is pressed: release it first',
    })
    expect(robot.arm.status.verdict.state).toBe('running')
    button.publish({ data: false })
    await robot.pass(0.05)
    expect(JSON.parse((await robot.call('/tenon/reset')).message)).toEqual({ episode: 1 })
  })

  it('is silent about a part that its tracker has lost', async () => {
    const robot = await armed({ noise: 'usb' })
    await move(robot, makePose([0, 0, 0.012]), 0.05)
    const hold = robot.newest('/tenon/ee_pose')
    const before = robot.poses.map((topic) => robot.messages(topic).length)
    await robot.pass(15, () => robot.command(hold))
    const [, source = 0, target = 0] = robot.poses.map((topic, i) => robot.messages(topic).length - (before[i] ?? 0))
    expect(target).toBeGreaterThan(445)
    expect(source).toBeLessThan(target)
    expect(source).toBeGreaterThan(target / 2)
  })

  it('slips after a long sleep: it lives through 25 ms of it, and holds', async () => {
    const robot = await armed()
    const home = robot.newest('/tenon/ee_pose')
    await robot.pass(0.1, () => robot.command(home))
    const { seconds } = robot.arm.status.verdict
    await robot.sleep(3)
    expect(robot.arm.status.slipped).toBeCloseTo(2.975, 3)
    expect(robot.arm.status.verdict.seconds - seconds).toBeCloseTo(0.025, 3)
    expect(robot.guard().state).toBe('holding')
    const { stamp } = decodePoseStamped(robot.messages('/tenon/ee_pose').at(-1)?.message)
    expect(stamp).toBeCloseTo(robot.now(), 3)
  })

  it('draws pictures only while somebody listens, of the moment of the poses', async () => {
    const robot = stand({ noise: 'tracker', camera: { ...PICTURES, width: 64, height: 64 } })
    await robot.pass(0.5)
    expect(robot.arm.status.pictures).toBe(0)
    const ends = [
      robot.listen('/tenon/colour', 'sensor_msgs/Image'),
      robot.listen('/tenon/depth', 'sensor_msgs/Image'),
      robot.listen('/tenon/camera_info', 'sensor_msgs/CameraInfo'),
    ]
    await robot.pass(0.2)
    expect(robot.arm.status.pictures).toBeGreaterThanOrEqual(5)
    const colour = decodeColour('sensor_msgs/Image', robot.messages('/tenon/colour').at(-1)?.message)
    const depth = decodeDepth('sensor_msgs/Image', robot.messages('/tenon/depth').at(-1)?.message)
    const info = decodeCameraInfo(robot.messages('/tenon/camera_info').at(-1)?.message)
    expect([colour.width, colour.height, colour.frame, depth.frame]).toEqual([64, 64, 'camera', 'camera'])
    const stamps = [colour.stamp, depth.stamp, info.stamp]
    const { stamp } = decodePoseStamped(robot.messages('/tenon/source_pose').at(-1)?.message)
    expect(stamps).toEqual([stamp, stamp, stamp])
    expect(new Set(colour.rgb).size).toBeGreaterThan(10)
    const drawn = robot.arm.status.pictures
    for (const end of ends) end()
    await robot.pass(0.2)
    expect(robot.arm.status.pictures).toBe(drawn)
  })

  it('loses frames when pictures take long to draw, and none of them belongs to another moment', async () => {
    let finish: (() => void) | undefined
    const asked: number[] = []
    const rgbd = {
      intrinsics: { width: 1, height: 1, fx: 1, fy: 1, cx: 0, cy: 0 },
      rgb: new Uint8Array(3),
      depth: new Float32Array(1),
    }
    const draw: Draw = (_, { frame }) => {
      if (finish) return undefined
      asked.push(frame)
      return new Promise((resolve) => {
        finish = () => {
          finish = undefined
          resolve(rgbd)
        }
      })
    }
    const robot = stand({ camera: PICTURES, draw })
    robot.listen('/tenon/colour', 'sensor_msgs/Image')
    for (let i = 0; i < 3; i++) {
      await robot.pass(0.1)
      finish?.()
    }
    await robot.pass(0.05)
    const stamps = robot
      .messages('/tenon/colour')
      .map(({ message }) => decodeColour('sensor_msgs/Image', message).stamp)
    expect(asked.length).toBe(4)
    expect(stamps.length).toBe(3)
    for (const [i, stamp] of stamps.entries()) expect(stamp - START).toBeCloseTo((asked[i] ?? 0) / 30, 3)
    // The one that is on its way is of an episode that is over then.
    await robot.call('/tenon/reset')
    finish?.()
    await robot.pass(0.01)
    expect(robot.messages('/tenon/colour').length).toBe(3)
  })

  it('tells of pictures that cannot be drawn', async () => {
    const robot = stand({ camera: PICTURES, draw: () => Promise.reject(new Error('no paint')) })
    robot.listen('/tenon/colour', 'sensor_msgs/Image')
    await expect(robot.pass(0.1)).rejects.toThrow('no paint')
  })

  it('leaves the graph as it found it', async () => {
    const { graph, arm } = stand({ camera: PICTURES })
    arm.close()
    expect([...(await graph.services())]).toEqual([])
    expect(await graph.publishers('/tenon/ee_pose')).toEqual([])
  })
})
