// A robot as a run needs it: beside observing and commanding, it is armed, and says when it is not.
import type { Clock, Robot } from '../../control/index.ts'
import type { RoundTrips } from '../../robot-bridge/heartbeat.ts'
import { localNow } from '../../robot-bridge/local-clock.ts'
import type { RosRobot } from '../../robot-bridge/ros-robot.ts'

export interface LiveRobot extends Robot, Clock {
  /**
   * Puts it into our hands; throws an Error that says why not: as soon as nobody wants it any more, too. The first command is
   * due within a second.
   */
  arm(isWanted: () => boolean): Promise<void>
  /** why commands do not reach it now; undefined when they do */
  readonly obstacle: string | undefined
  /** whether arming it would do, for all that is known */
  readonly isReady: boolean
  /** nothing is sent to it */
  readonly isDry: boolean
  /** of the connection's heartbeat; undefined where there is no connection */
  readonly roundTrip: RoundTrips | undefined
}

/** A robot that needs no arming, like the one in this process. */
export const alwaysArmed = (robot: Robot & Clock): LiveRobot => withPorts(robot, {})

/** s; who arms waits so long for a connection that is not ready, and for one that is made anew */
const STUMBLE = 3
const RECONNECT = 10

/** The ROS robot, through its bridge. */
export function overBridge(robot: RosRobot): LiveRobot {
  let armedAt = Number.POSITIVE_INFINITY
  return withPorts(robot, {
    async arm(isWanted) {
      // Who arms it after a fault has looked at what it says: all is checked again.
      const wasFault = robot.state === 'fault'
      if (wasFault) await robot.clearFault()
      // A connection that stumbles just now is no reason to give up.
      await whileWanted(robot.ready(wasFault ? RECONNECT : STUMBLE), isWanted)
      await robot.arm()
      armedAt = localNow()
    },
    obstacle() {
      if (robot.state === 'armed') return undefined
      // The state's reason may have moved on: what took the arm out of our hands is what matters.
      const held = robot.events.findLast(({ kind, time }) => kind === 'held' && time >= armedAt)
      return held?.message ?? `${robot.state}: ${robot.status.reason}`
    },
    isReady: () => robot.state === 'ready',
    roundTrip: () => robot.latencies.roundTrip,
  })
}

/** Between looks whether what is waited for is still wanted, s. */
const LOOK_EVERY = 0.05

/** The promise; an Error as soon as nobody wants what it brings. */
async function whileWanted<T>(promise: Promise<T>, isWanted: () => boolean): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const unwanted = new Promise<never>((_, reject) => {
    const look = () => isWanted() || reject(new Error('stopped while it was being armed'))
    timer = setInterval(look, LOOK_EVERY * 1e3)
  })
  const brought = promise.then((value) => (isWanted() ? value : unwanted))
  return Promise.race([brought, unwanted]).finally(() => clearInterval(timer))
}

const NOT_ARMED = 'not armed: '

/** Why arming failed, in words; the bridge's own errors say already what it was that failed. */
export const whyNotArmed = ({ message }: Error): string =>
  message.startsWith(NOT_ARMED) ? message : `${NOT_ARMED}${message}`

/** Arms it for who may say stop at any moment: whoever has said so before it is armed, or meanwhile, meant it. */
export async function armUnlessStopped(
  robot: Pick<LiveRobot, 'arm' | 'stop'>,
  isStopped: () => boolean,
): Promise<void> {
  if (isStopped()) return
  try {
    await robot.arm(() => !isStopped())
  } catch (error) {
    // The stop may be why it was not armed.
    if (!isStopped()) throw error
  }
  if (isStopped()) await robot.stop('stopped while it was being armed')
}

/** The same robot, with nothing sent to it. */
export const moveNothing = (robot: LiveRobot): LiveRobot =>
  withPorts(robot, {
    isDry: true,
    roundTrip: () => robot.roundTrip,
    command: async () => {},
    stop: async () => {},
  })

interface Ports {
  isDry?: boolean
  isReady?(): boolean
  arm?: LiveRobot['arm']
  obstacle?(): string | undefined
  roundTrip?(): RoundTrips | undefined
  command?: Robot['command']
  stop?: Robot['stop']
}

function withPorts(robot: Robot & Clock, ports: Ports): LiveRobot {
  return {
    get cameraInBase() {
      return robot.cameraInBase
    },
    get obstacle() {
      return ports.obstacle?.()
    },
    get roundTrip() {
      return ports.roundTrip?.()
    },
    isDry: ports.isDry ?? false,
    get isReady() {
      return ports.isReady?.() ?? true
    },
    arm: async (isWanted) => ports.arm?.(isWanted),
    observe: () => robot.observe(),
    eeAt: (time) => robot.eeAt?.(time),
    command: ports.command ?? ((target) => robot.command(target)),
    stop: ports.stop ?? ((reason) => robot.stop(reason)),
    now: () => robot.now(),
    sleepUntil: (time) => robot.sleepUntil(time),
  }
}
