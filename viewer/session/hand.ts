// One command of a person's hand: what they wish for, through the governor, to the robot. Nobody steering, it holds.
import type { LiveRobot } from '../../cli/run/live-robot.ts'
import { distanceToBox } from '../../control/bounds.ts'
import {
  Belief,
  type Believed,
  commandOf,
  type Governor,
  type Guarded,
  type Limits,
  type Observation,
} from '../../control/index.ts'
import type { Pose } from '../../geometry/index.ts'
import type { Twist } from '../protocol/messages.ts'
import { isStandstill, Steering } from './steering.ts'

/** Memory of the filters for grasp and target, as the controller's, s. */
const FILTER_MEMORY = 0.5

export interface HandStep {
  observation: Observation
  believed: Believed
  wanted: Pose
  guarded: Guarded
  /** nothing was commanded: the governor is stopped */
  silent: boolean
  /** sequence of the twist that it was made by */
  input: number | undefined
}

export class Hand {
  readonly #robot: LiveRobot
  readonly #governor: Governor
  readonly #limits: Limits
  readonly #belief: Belief
  readonly #steering: Steering

  constructor(robot: LiveRobot, governor: Governor, limits: Limits) {
    this.#robot = robot
    this.#governor = governor
    this.#limits = limits
    this.#belief = new Belief(robot, FILTER_MEMORY)
    this.#steering = new Steering(limits)
  }

  steer(twist: Twist, at: number): void {
    this.#steering.steer(twist, at)
  }

  letGo(): void {
    this.#steering.letGo()
  }

  /** Whether somebody wants it to move, at a time of the clock that {@link steer} is told. */
  isMoved(at: number): boolean {
    const twist = this.#steering.fresh(at)
    return twist !== undefined && !isStandstill(twist)
  }

  /** Somebody else has commanded: it goes on from there. */
  follow(command: Pose): void {
    this.#steering.commanded(command, this.#robot.now(), true)
  }

  /** Observes and commands. `at`: as in {@link steer}. */
  async step(at: number): Promise<HandStep> {
    const robot = this.#robot
    const observation = await robot.observe()
    const believed = this.#belief.update(observation)
    const now = robot.now()
    const twist = this.#steering.fresh(at)
    const { contactZone, speed } = this.#limits
    const inZone = distanceToBox(believed.sourceInTarget.position, contactZone) === 0
    const frames = {
      eeInBase: observation.eeInBase,
      targetInBase: believed.targetInBase,
      tipInEe: believed.sourceInEe.position,
    }
    const wanted = this.#steering.wishAt(now, twist, frames, inZone ? contactZone.speed : speed)
    const { sourceInTarget } = believed
    const wasSilent = this.#governor.isSilent
    const guarded = this.#governor.guard({ wanted, observation, sourceInTarget, now, plannedAt: now })
    const silent = this.#governor.isSilent
    this.#steering.commanded(guarded.eeInBase, now, silent || wasSilent)
    if (!silent) await robot.command(commandOf(guarded))
    return { observation, believed, wanted, guarded, silent, input: twist?.sequence }
  }
}
