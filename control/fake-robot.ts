// A robot for tests: it goes where it is told at once, and its clock moves only when it is waited for.
import { compose, makePose, type Pose, relative } from '../geometry/index.ts'
import { Governor } from './governor.ts'
import type { Clock, Observation, PoseCommand, Robot } from './robot.ts'

export class FakeRobot implements Robot, Clock {
  readonly cameraInBase = makePose([0.9, 0, 0.4], [0, 1, 0, 0])
  readonly targetInBase = makePose([0.5, 0.1, 0.1], [0, 0, Math.SQRT1_2, Math.SQRT1_2])
  sourceInEe = makePose([0.001, 0, 0.12], [1, 0, 0, 0])
  eeInBase = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
  time = 0
  /** observe() gives this again and again when it is set */
  frozen: Observation | undefined
  readonly commands: Pose[] = []
  readonly stops: string[] = []

  now(): number {
    return this.time
  }

  async sleepUntil(time: number): Promise<void> {
    this.time = Math.max(this.time, time)
  }

  async observe(): Promise<Observation> {
    if (this.frozen) return this.frozen
    const seen = (poseInBase: Pose) => ({
      pose: relative(this.cameraInBase, poseInBase),
      stamp: this.time,
      confidence: 1,
    })
    return {
      stamp: this.time,
      source: seen(compose(this.eeInBase, this.sourceInEe)),
      target: seen(this.targetInBase),
      eeInBase: this.eeInBase,
    }
  }

  async command({ eeInBase }: PoseCommand): Promise<void> {
    this.commands.push(eeInBase)
    this.eeInBase = eeInBase
  }

  async stop(reason: string): Promise<void> {
    this.stops.push(reason)
  }
}

/** Lets everything pass but what is stale. */
export const lenientGovernor = () =>
  new Governor({
    workspace: { low: [-9, -9, -9], high: [9, 9, 9] },
    speed: 1e6,
    angularSpeed: 1e6,
    acceleration: 1e9,
    angularAcceleration: 1e9,
    jerk: 1e12,
    angularJerk: 1e12,
    contactZone: { low: [-9, -9, -9], high: [9, 9, 9], speed: 1e6 },
    reach: { translation: 9, rotation: 9 },
    creep: { speed: 1e6, until: 9 },
    force: 25,
    torque: 25,
    retract: 0,
    staleAfter: 0.5,
    poseStaleAfter: 0.5,
    planStaleAfter: 1e6,
    poseJump: { translation: 9, rotation: 9 },
  })
