// The guard node on a real ROS 1: a master, a pretend arm, an observer, and who commands, each a process of its own.
import { fileURLToPath } from 'node:url'
import type { RosNode } from '@foxglove/ros1'
import { afterEach, describe, expect, it } from 'vitest'
import { callService } from './ros1/call-service.ts'
import { ROS1_PYTHON, type Ros1, type RosProcess, sleep, startRos1 } from './ros1/processes.ts'
import { startRosNode } from './ros1/ros-node.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const TESTING = './guard/testing/'

const COMMAND = '/tenon/command'
const STATE = '/tenon/guard'
const TARGET = '/arm/target'
const MEASURED = '/arm/pose'
const STOP = '/tenon/stop'
const GUARD = ['--base', 'base', '--arm', TARGET, '--stop', STOP]

/** As arm_node.py says it. Times in s, x in m, qz of the quaternion: of whoever commands their own, 0 of a pose to hold. */
interface Obeyed {
  at: number
  stamp: number
  x: number
  qz: number
}
const COMMANDER = 0.01
const INTRUDER = 0.02
/** As observer_node.py says it. */
interface Observed {
  topic: string
  at: number
  publisher: string
  bytes: string
}
interface State {
  state: string
  reason: string
  accepted: number
  rejected: number
  stamp: number
}

/** A std_msgs/String: its length, and its letters. */
const stateOf = ({ bytes }: Observed): State => JSON.parse(Buffer.from(bytes, 'hex').subarray(4).toString())

it.runIf(process.env.CI)('rospy is there when all tests have to run', () => {
  expect(ROS1_PYTHON).toBeDefined()
})

describe.skipIf(!ROS1_PYTHON)(`on ROS 1${ROS1_PYTHON ? '' : ' (skipped: no rospy)'}`, () => {
  let ros: Ros1
  let node: RosNode
  let arm: RosProcess
  let guard: RosProcess
  let observer: RosProcess

  /** An arm behind a guard, and somebody who watches. */
  async function start(measured: string, ...options: string[]): Promise<void> {
    ros = await startRos1()
    node = await startRosNode('/test', ros.uri)
    observer = ros.python(path(`${TESTING}observer_node.py`), COMMAND, STATE)
    arm = ros.python(path(`${TESTING}arm_node.py`), 'arm', TARGET, measured)
    guard = ros.python(path('./guard/tenon_guard.py'), ...GUARD, '--ee', measured, ...options)
    await guardIs('idle')
  }
  afterEach(async () => {
    node?.shutdown()
    await ros?.end()
  })

  const guardIs = (state: string, reason = ''): Promise<Observed> =>
    observer.said(`a guard that is ${state}: ${reason}`, (line: Observed) => {
      if (line.topic !== STATE) return false
      const told = stateOf(line)
      return told.state === state && told.reason.includes(reason)
    })

  /** Asks the guard until it says yes, since it must have heard of the arm first. */
  async function armGuard(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { response } = await callService(node, `${STATE}/arm`, {})
      const { success, message } = response as { success: boolean; message: string }
      if (success) return
      if (tries === 100) throw new Error(message)
      await sleep(0.1)
    }
  }

  /** A commander whose commands the guard has let through for half a second. */
  async function commands(): Promise<RosProcess> {
    const commander = ros.python(path(`${TESTING}commander_node.py`), 'commander', COMMAND, String(COMMANDER))
    await commander.said('a command', () => true)
    await armGuard()
    await arm.said('an obeyed command', () => true)
    await sleep(0.5)
    return commander
  }

  const obeyed = () => arm.lines as readonly Obeyed[]

  /** The first pose to hold, and the command before it. */
  async function held(): Promise<{ last: Obeyed; hold: Obeyed }> {
    const isHold = ({ qz }: Obeyed) => qz === 0
    await arm.said('a pose to hold', isHold)
    const at = obeyed().findIndex(isHold)
    return { last: obeyed()[at - 1] as Obeyed, hold: obeyed()[at] as Obeyed }
  }

  /** What the arm was told from then on, half a second later: nothing but that pose. */
  async function expectHeldFrom({ at, x }: Obeyed): Promise<void> {
    await sleep(0.5)
    const after = obeyed().filter((line) => line.at >= at)
    expect(after.length, 'the pose is said again and again').toBeGreaterThan(2)
    expect(new Set(after.map((line) => line.x))).toEqual(new Set([x]))
  }

  it('the arm gets the commands while they come, and is held in time after kill −9 of who commands', async () => {
    await start(MEASURED)
    const commander = await commands()
    expect(obeyed().length).toBeGreaterThan(10)
    expect(new Set(obeyed().map(({ qz }) => qz))).toEqual(new Set([COMMANDER]))

    commander.child.kill('SIGKILL')
    const { last, hold } = await held()
    // 100 ms, a tick of 10 ms, and what a busy machine adds.
    expect(hold.at - last.at).toBeGreaterThan(0.09)
    expect(hold.at - last.at).toBeLessThan(0.25)
    expect(hold.x, 'where the arm is, which is behind the command').toBeLessThan(last.x)
    await expectHeldFrom(hold)
    await guardIs('holding', 'no command for 100 ms')
  })

  it('the arm is held where the transforms say that it is', async () => {
    await start('/tf', '--ee-type', 'tf2_msgs/TFMessage', '--ee-frame', 'ee')
    const commander = await commands()
    commander.child.kill('SIGKILL')
    const { last, hold } = await held()
    expect(hold.x).toBeGreaterThan(0.4)
    expect(hold.x).toBeLessThan(last.x)
    await expectHeldFrom(hold)
  })

  it('who commands beside another ends that, and neither is obeyed', async () => {
    await start(MEASURED)
    await commands()
    const intruder = ros.python(path(`${TESTING}commander_node.py`), 'intruder', COMMAND, String(INTRUDER))
    await guardIs('holding', 'two masters: /intruder commands as well as /commander')
    const { hold } = await held()
    await expectHeldFrom(hold)
    expect(intruder.lines.length).toBeGreaterThan(10)
    expect(obeyed().filter(({ qz }) => qz === INTRUDER)).toEqual([])
  })

  it('the emergency stop’s topic holds the arm, and it is not armed before that is released', async () => {
    await start(MEASURED)
    await node.advertise({ topic: STOP, dataType: 'std_msgs/Bool', messageDefinitionText: 'bool data' })
    await commands()
    await node.publish(STOP, { data: true })
    await guardIs('stopped', 'emergency stop')
    await expectHeldFrom((await held()).hold)
    const { response } = await callService(node, `${STATE}/arm`, {})
    expect(response).toEqual({ success: false, message: 'the emergency stop is pressed: release it first' })

    await node.publish(STOP, { data: false })
    await guardIs('stopped', 'released since')
    await armGuard()
    await guardIs('armed', 'obeys /commander')
  })

  it('a guard that is frozen itself lets nothing through of what piled up before it', async () => {
    await start(MEASURED)
    await commands()
    guard.child.kill('SIGSTOP')
    await sleep(1.5)
    const last = obeyed().at(-1) as Obeyed
    guard.child.kill('SIGCONT')
    // What was measured is as old as that, so the arm is told again what it was told last.
    await guardIs('holding', 'no command for 100 ms')
    await expectHeldFrom(last)
  })
})
