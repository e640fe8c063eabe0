// The guard node on a real ROS 1: a master, a pretend arm, an observer, and who commands, each a process of its own.
import { afterEach, describe, expect, it } from 'vitest'
import { ROS1_PYTHON, type RosProcess, sleep } from './ros1/processes.ts'
import { type Obeyed, Rig, type RigOptions, STOP } from './ros1/rig.ts'

/**
 * A machine that gives a commander no processor for 100 ms holds the arm before the test does, as it should, and a busy one
 * is late to hold: then it is tried again.
 */
const BUSY = { retry: 3 }

const COMMANDER = 0.01
const INTRUDER = 0.02

it.runIf(process.env.CI)('rospy is there when all tests have to run', () => {
  expect(ROS1_PYTHON).toBeDefined()
})

describe.skipIf(!ROS1_PYTHON)(`the guard node on ROS 1${ROS1_PYTHON ? '' : ' (skipped: no rospy)'}`, () => {
  let started: Rig | undefined
  afterEach(async () => {
    await started?.end()
    started = undefined
  })

  /** An arm that has obeyed a commander for half a second. */
  async function commanded(options?: RigOptions): Promise<{ rig: Rig; commander: RosProcess }> {
    const rig = await Rig.start(options)
    started = rig
    const commander = rig.commander('commander', COMMANDER)
    await commander.said('a command', () => true)
    await rig.armGuard()
    await rig.arm.said('an obeyed command', () => true)
    await sleep(0.5)
    return { rig, commander }
  }

  /** What the arm was told from then on, half a second later: nothing but that pose. */
  async function expectHeldFrom({ obeyed }: Rig, { at, x }: Obeyed): Promise<void> {
    await sleep(0.5)
    const after = obeyed.filter((line) => line.at >= at)
    expect(after.length, 'the pose is said again and again').toBeGreaterThan(2)
    expect(new Set(after.map((line) => line.x))).toEqual(new Set([x]))
  }

  it('the arm gets the commands while they come, and is held in time after kill −9 of who commands', BUSY, async () => {
    const { rig, commander } = await commanded()
    expect(rig.obeyed.length).toBeGreaterThan(10)
    expect(new Set(rig.obeyed.map(({ qz }) => qz))).toEqual(new Set([COMMANDER]))

    commander.child.kill('SIGKILL')
    const { last, hold } = await rig.held()
    // 100 ms, a tick of 10 ms, and what a busy machine adds.
    expect(hold.at - last.at).toBeGreaterThan(0.09)
    expect(hold.at - last.at).toBeLessThan(0.25)
    expect(hold.x, 'where the arm is, which is behind the command').toBeLessThan(last.x)
    await expectHeldFrom(rig, hold)
    await rig.guardIs('holding', 'no command for 100 ms')
  })

  it('the arm is held where the transforms say that it is', BUSY, async () => {
    const { rig, commander } = await commanded({ measured: '/tf' })
    commander.child.kill('SIGKILL')
    const { last, hold } = await rig.held()
    expect(hold.x).toBeGreaterThan(0.4)
    expect(hold.x).toBeLessThan(last.x)
    await expectHeldFrom(rig, hold)
  })

  it('who commands beside another ends that, and neither is obeyed', BUSY, async () => {
    const { rig } = await commanded()
    const intruder = rig.commander('intruder', INTRUDER)
    await rig.guardIs('holding', 'two masters: /intruder commands as well as /commander')
    const { hold } = await rig.held()
    await expectHeldFrom(rig, hold)
    expect(intruder.lines.length).toBeGreaterThan(10)
    expect(rig.obeyed.filter(({ qz }) => qz === INTRUDER)).toEqual([])
  })

  it('the emergency stop’s topic holds the arm, and it is not armed before that is released', BUSY, async () => {
    const { rig } = await commanded()
    await rig.node.advertise({ topic: STOP, dataType: 'std_msgs/Bool', messageDefinitionText: 'bool data' })
    // Said until it is heard: the guard must first connect to who says it.
    const saying = setInterval(() => rig.node.publish(STOP, { data: true }), 20)
    await rig.guardIs('stopped', 'emergency stop').finally(() => clearInterval(saying))
    await expectHeldFrom(rig, (await rig.held()).hold)
    expect(await rig.call('arm')).toEqual({
      success: false,
      message: 'the emergency stop is pressed: release it first',
    })

    await rig.node.publish(STOP, { data: false })
    await rig.guardIs('stopped', 'released since')
    await rig.armGuard()
    await rig.arm.said('a command obeyed again', ({ at, qz }: Obeyed) => qz !== 0 && at > Date.now() / 1e3 - 0.5)
  })

  it('a guard that is frozen itself lets nothing through of what piled up before it', BUSY, async () => {
    const { rig } = await commanded()
    rig.guard.child.kill('SIGSTOP')
    await sleep(1.5)
    const last = rig.obeyed.at(-1) as Obeyed
    rig.guard.child.kill('SIGCONT')
    // What was measured is as old as that, so the arm is told again what it was told last.
    await rig.guardIs('holding', 'no command for 100 ms')
    await expectHeldFrom(rig, last)
  })
})
