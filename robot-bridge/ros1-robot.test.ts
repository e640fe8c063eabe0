// The client, our rosbridge server and the guard on a real ROS 1: an arm of rospy obeys the Robot port, and faults hold it.
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { loadProfile } from './load-profile.ts'
import { encodePoseStamped } from './messages.ts'
import type { Profile } from './profile.ts'
import { RosRobot } from './ros-robot.ts'
import { ROS1_PYTHON, type RosProcess, sleep } from './ros1/processes.ts'
import { COMMAND, MEASURED, type Obeyed, Rig, STATE, STOP, TARGET } from './ros1/rig.ts'
import { Topics } from './ros1/topics.ts'
import { type Message, typeTable, wallClock } from './server/index.ts'
import { askForPriority } from './thread-priority.ts'

const BRIDGE = fileURLToPath(new URL('./ros1/bridge.ts', import.meta.url))
/** Tells what is commanded from poses to hold, which have 0, and from what another commands. */
const QZ = 0.04
const INTRUDER = 0.02
const isOurs = ({ qz }: Obeyed): boolean => Math.abs(qz - QZ) < 1e-9
const SOURCE = '/tracker/source'
const GOAL = '/tracker/target'

describe.skipIf(!ROS1_PYTHON)(`the Robot port on ROS 1${ROS1_PYTHON ? '' : ' (skipped: no rospy)'}`, () => {
  let profile: Profile
  const endings: (() => unknown)[] = []
  beforeAll(async () => {
    // The tracker lives in this thread.
    askForPriority()
    const { wrench: _, camera: __, episode: ___, ...sim } = await loadProfile('sim')
    const type = 'geometry_msgs/PoseStamped'
    profile = {
      ...sim,
      command: { kind: 'pose', topic: TARGET, type, rate: 50 },
      guard: { command: COMMAND, state: STATE },
      ee: { topic: MEASURED, type },
      objects: { source: { topic: SOURCE, type }, target: { topic: GOAL, type } },
      stop: { topic: STOP, type: 'std_msgs/Bool' },
    }
  })
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  /** Tells where the objects are, 50 times a second. */
  function track({ node }: Rig): void {
    const topics = new Topics(node, (type) => typeTable(1).message(type))
    const published = [SOURCE, GOAL].map((topic) => topics.advertise(topic, 'geometry_msgs/PoseStamped'))
    const timer = setInterval(() => {
      for (const [i, { publish }] of published.entries()) {
        const seen = { stamp: wallClock(), frame: 'camera', pose: makePose([0, 0, 0.4 + 0.1 * i]) }
        publish(encodePoseStamped(seen, 1) as unknown as Message)
      }
    }, 20)
    endings.push(() => clearInterval(timer))
  }

  /** An arm that has followed 50 commands a second for half a second. */
  async function armed(): Promise<{ rig: Rig; bridge: RosProcess; robot: RosRobot }> {
    const rig = await Rig.start()
    endings.push(() => rig.end())
    const bridge = rig.ros.node(BRIDGE)
    const { url } = await bridge.said('where it listens', (line: { url: string }) => Boolean(line.url))
    track(rig)
    const robot = new RosRobot({ url, profile })
    endings.push(() => robot.close())
    await robot.ready(20)
    await robot.arm()
    let x = 0.4
    const timer = setInterval(() => {
      x += 0.001
      void robot.command({ eeInBase: makePose([x, 0, 0.3], [0, 0, QZ, Math.sqrt(1 - QZ * QZ)]) })
    }, 20)
    endings.push(() => clearInterval(timer))
    await sleep(0.5)
    expect(robot.state).toBe('armed')
    expect(rig.obeyed.filter(isOurs).length).toBeGreaterThan(10)
    return { rig, bridge, robot }
  }

  // A machine that gives nobody a processor for 100 ms holds the arm before the fault does: then it is tried again.
  it('a bridge that is frozen for 3 s holds the arm; no stale command moves it; it is armed again when asked', {
    retry: 4,
  }, async () => {
    const { rig, bridge, robot } = await armed()
    bridge.child.kill('SIGSTOP')
    await sleep(0.3)
    const heldSince = wallClock()
    expect(robot.state).not.toBe('armed')
    await sleep(3)
    bridge.child.kill('SIGCONT')
    await robot.ready(20)
    await sleep(0.5)
    expect(robot.state).toBe('ready')
    // Commanded all the while.
    expect(rig.obeyed.filter((line) => isOurs(line) && line.at > heldSince)).toEqual([])
    expect(rig.obeyed.filter((line) => isOurs(line) && line.at - line.stamp > 0.3)).toEqual([])

    const armedAt = wallClock()
    await robot.arm()
    await rig.arm.said('a command obeyed again', (line: Obeyed) => isOurs(line) && line.at > armedAt)
  })

  it('another node that commands is told of, and the arm is held', { retry: 4 }, async () => {
    const { rig, robot } = await armed()
    rig.commander('intruder', INTRUDER)
    const { hold } = await rig.held()
    await sleep(0.5)
    expect(robot.state).not.toBe('armed')
    expect(robot.events.map(({ message }) => message).join('\n')).toMatch(/master|someone else|publisher/i)
    const after = rig.obeyed.filter(({ at }) => at >= hold.at)
    expect(new Set(after.map(({ qz }) => qz))).toEqual(new Set([0]))
  })
})
