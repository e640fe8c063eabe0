// An arm that has to be armed, for tests: simulated, and as slow or as broken as a test wants it.
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'
import type { Setup } from '../protocol/session.ts'
import { openSimStation } from './sim-station.ts'
import type { Station } from './station.ts'

export interface FakeArm {
  station: Station
  /** why commands do not reach it; undefined: armed */
  obstacle: string | undefined
  /** what arming, and taking a stop, waits for */
  arming: Promise<void>
  stopping: Promise<void>
  /** of what was asked of it, in this order */
  asked: ('arm' | 'stop' | 'command')[]
  /** what observing it throws, if it does */
  blind: Error | undefined
}

export async function openFakeArm(setup: Setup, time: Scheduler): Promise<FakeArm> {
  const sim = await openSimStation(setup, time)
  const { robot } = sim
  const arm: Omit<FakeArm, 'station'> = {
    obstacle: 'not armed yet',
    arming: Promise.resolve(),
    stopping: Promise.resolve(),
    asked: [],
    blind: undefined,
  }
  const unlessBlind = <T>(value: T): T => {
    if (arm.blind) throw arm.blind
    return value
  }
  const station: Station = {
    identity: { kind: 'ros', url: 'ws://fake', profile: 'fake', resets: false },
    isStreamed: true,
    commandInterval: sim.commandInterval,
    limits: sim.limits,
    connection: null,
    hasPictures: false,
    policySeed: 0,
    get setup() {
      return sim.setup
    },
    get episode() {
      return sim.episode
    },
    get peakForceN() {
      return sim.peakForceN
    },
    glance: async () => unlessBlind(await sim.glance()),
    judge: (...args) => sim.judge(...args),
    change: (to) => sim.change(to),
    reset: (episode) => sim.reset(episode),
    listen: () => () => {},
    commanded() {},
    begin() {},
    rest() {},
    wake: () => sim.wake(),
    close: () => sim.close(),
    robot: {
      isReady: true,
      isDry: false,
      roundTrip: undefined,
      get cameraInBase() {
        return robot.cameraInBase
      },
      get obstacle() {
        return arm.obstacle
      },
      async arm() {
        arm.asked.push('arm')
        await arm.arming
        arm.obstacle = undefined
      },
      async stop(reason) {
        arm.asked.push('stop')
        // At once, whatever its guard answers.
        arm.obstacle = reason
        await arm.stopping
        await robot.stop(reason)
      },
      async command(target) {
        arm.asked.push('command')
        if (arm.obstacle === undefined) await robot.command(target)
      },
      observe: async () => unlessBlind(await robot.observe()),
      now: () => robot.now(),
      sleepUntil: (at) => robot.sleepUntil(at),
    },
  }
  return Object.assign(arm, { station })
}
