// A guarded pretend arm on a ROS 1 of its own, for tests: a master, the arm, the guard and an observer, each a process.
import { fileURLToPath } from 'node:url'
import type { RosNode } from '@foxglove/ros1'
import type { GuardState } from '../guard/guard.ts'
import { callService } from './call-service.ts'
import { type Ros1, type RosProcess, sleep, startRos1 } from './processes.ts'
import { startRosNode } from './ros-node.ts'

export const COMMAND = '/tenon/command'
export const STATE = '/tenon/guard'
export const TARGET = '/arm/target'
export const MEASURED = '/arm/pose'
export const STOP = '/tenon/stop'

/** As arm_node.py says it. Times in s, x in m, qz of the quaternion: of whoever commands their own, 0 of a pose to hold. */
export interface Obeyed {
  at: number
  stamp: number
  x: number
  qz: number
}

/** As observer_node.py says it. */
export interface Observed {
  topic: string
  at: number
  publisher: string
  bytes: string
}

interface Answer {
  success: boolean
  message: string
}

const TRIGGER = { request: '', response: 'bool success\nstring message' }

/** A std_msgs/String: its length, and its letters. */
export const guardStateOf = ({ bytes }: Observed): GuardState =>
  JSON.parse(Buffer.from(bytes, 'hex').subarray(4).toString())

const testing = (name: string) => fileURLToPath(new URL(`../guard/testing/${name}`, import.meta.url))

export interface RigOptions {
  /** where the arm says where it is; '/tf': among the transforms */
  measured?: string
}

export class Rig {
  readonly ros: Ros1
  /** in this process */
  readonly node: RosNode
  readonly observer: RosProcess
  readonly arm: RosProcess
  readonly guard: RosProcess

  static async start({ measured = MEASURED }: RigOptions = {}): Promise<Rig> {
    const ros = await startRos1()
    try {
      const rig = new Rig(ros, await startRosNode('/test', ros.uri), measured)
      await rig.guardIs('idle')
      return rig
    } catch (error) {
      await ros.end()
      throw error
    }
  }

  private constructor(ros: Ros1, node: RosNode, measured: string) {
    this.ros = ros
    this.node = node
    this.observer = ros.python(testing('observer_node.py'), COMMAND, STATE)
    this.arm = ros.python(testing('arm_node.py'), 'arm', TARGET, measured)
    this.guard = ros.python(
      fileURLToPath(new URL('../guard/tenon_guard.py', import.meta.url)),
      ...['--base', 'base', '--arm', TARGET, '--ee', measured, '--stop', STOP],
      ...(measured === '/tf' ? ['--ee-type', 'tf2_msgs/TFMessage', '--ee-frame', 'ee'] : []),
    )
  }

  async end(): Promise<void> {
    this.node.shutdown()
    await this.ros.end()
  }

  /** What the arm was told so far. */
  get obeyed(): readonly Obeyed[] {
    return this.arm.lines as readonly Obeyed[]
  }

  /** Resolves once the guard has said that it is so, now or before. */
  guardIs(state: GuardState['state'], reason = ''): Promise<Observed> {
    return this.observer.said(`a guard that is ${state}: ${reason}`, (line: Observed) => {
      if (line.topic !== STATE) return false
      const told = guardStateOf(line)
      return told.state === state && told.reason.includes(reason)
    })
  }

  async call(verb: 'arm' | 'disarm'): Promise<Answer> {
    const ask = () => ({ request: {}, definition: TRIGGER })
    return (await callService(this.node, `${STATE}/${verb}`, ask)) as Answer
  }

  /** Asks the guard until it says yes, since it must have heard of the arm first. */
  async armGuard(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { success, message } = await this.call('arm')
      if (success) return
      if (tries === 100) throw new Error(message)
      await sleep(0.1)
    }
  }

  /** Commands the arm 50 times a second, under that name. */
  commander(name: string, qz: number): RosProcess {
    return this.ros.python(testing('commander_node.py'), name, COMMAND, String(qz))
  }

  /** An arm that nobody guards, as a comparison. */
  unguardedArm(): RosProcess {
    return this.ros.python(testing('arm_node.py'), 'unguarded_arm', COMMAND, '/unguarded_arm/pose')
  }

  /** The first pose to hold, and the command before it. */
  async held(): Promise<{ last: Obeyed; hold: Obeyed }> {
    const isHold = ({ qz }: Obeyed) => qz === 0
    await this.arm.said('a pose to hold', isHold)
    const at = this.obeyed.findIndex(isHold)
    return { last: this.obeyed[at - 1] as Obeyed, hold: this.obeyed[at] as Obeyed }
  }
}
