// The guard node on a real ROS 1: a master, a pretend arm, an observer, and who commands, each a process of its own.
import { fileURLToPath } from 'node:url'
import type { RosNode } from '@foxglove/ros1'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
const GUARD = ['--base', 'base', '--arm', TARGET, '--ee', MEASURED, '--stop', STOP]

/** As arm_node.py says it. Times in s, x in m. */
interface Obeyed {
  at: number
  stamp: number
  x: number
}
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
  let observer: RosProcess

  /** An arm behind a guard, and somebody who watches. */
  beforeEach(async () => {
    ros = await startRos1()
    node = await startRosNode('/test', ros.uri)
    observer = ros.python(path(`${TESTING}observer_node.py`), COMMAND, STATE)
    arm = ros.python(path(`${TESTING}arm_node.py`), TARGET, MEASURED)
    ros.python(path('./guard/tenon_guard.py'), ...GUARD)
    await toBe('idle')
  })
  afterEach(async () => {
    node?.shutdown()
    await ros?.end()
  })

  const states = (): State[] =>
    (observer.lines as Observed[]).filter(({ topic }) => topic === STATE).map((line) => stateOf(line))

  const toBe = (state: string, within?: number): Promise<Observed> =>
    observer.said(
      `a guard that is ${state}`,
      (line: Observed) => line.topic === STATE && stateOf(line).state === state,
      within,
    )

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

  /** A commander whose commands the guard lets through. */
  async function commands(): Promise<RosProcess> {
    const commander = ros.python(path(`${TESTING}commander_node.py`), 'commander', COMMAND)
    await commander.said('a command', () => true)
    await armGuard()
    await arm.said('an obeyed command', () => true)
    await sleep(0.5)
    return commander
  }

  const obeyed = () => arm.lines as Obeyed[]
  const stampsOf = (commander: RosProcess) =>
    new Set((commander.lines as { stamp: number }[]).map(({ stamp }) => stamp))

  it('what the guard lets through are the commands, and after kill −9 of who commands the arm is held', async () => {
    const commander = await commands()
    const stamps = stampsOf(commander)
    expect(obeyed().length).toBeGreaterThan(10)
    expect(obeyed().filter(({ stamp }) => !stamps.has(stamp))).toEqual([])

    commander.child.kill('SIGKILL')
    const { stamp } = await arm.said<Obeyed>('a pose to hold', (line) => !stampsOf(commander).has(line.stamp))
    const holdAt = obeyed().findIndex((line) => line.stamp === stamp)
    const [last, hold] = [obeyed()[holdAt - 1] as Obeyed, obeyed()[holdAt] as Obeyed]
    const silence = hold.at - last.at
    console.log('silence', silence)
    expect(silence).toBeGreaterThan(0.09)
    expect(silence).toBeLessThan(0.25)
  })
})
