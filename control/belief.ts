// What the controller believes of the part: tracker and kinematics put together.
import { compose, invert, type Pose, relative } from '../geometry/index.ts'
import { PoseFilter } from '../perception/index.ts'
import type { Observation, Robot } from './robot.ts'

/** Stamps closer than this belong together, s. */
const SAME_MOMENT = 2e-3

export interface Believed {
  sourceInTarget: Pose
  targetInBase: Pose
  sourceInEe: Pose
  eeInSource: Pose
}

export class Belief {
  readonly #robot: Pick<Robot, 'cameraInBase' | 'eeAt'>
  readonly #grasp: PoseFilter
  readonly #target: PoseFilter

  /** `filterMemory`: of the filters for grasp and target, s; 0 takes each frame as it is */
  constructor(robot: Pick<Robot, 'cameraInBase' | 'eeAt'>, filterMemory: number) {
    this.#robot = robot
    this.#grasp = new PoseFilter(filterMemory)
    this.#target = new PoseFilter(filterMemory)
  }

  get cameraInBase(): Pose {
    return this.#robot.cameraInBase
  }

  update(observation: Observation): Believed {
    const { source, target, eeInBase } = observation
    const { cameraInBase } = this
    const targetInBase = this.#target.update(compose(cameraInBase, target.pose), target.stamp)
    // A lost part keeps its place in the hand: only frames that show it say something of the grasp. Joints and picture
    // must be of one moment, or the hand's motion between them is taken for a slip.
    const eeThen = this.eeAt(source.stamp, observation)
    const measured = relative(eeThen ?? eeInBase, compose(cameraInBase, source.pose))
    const seen = source.confidence > 0 && eeThen !== undefined
    const sourceInEe = seen ? this.#grasp.update(measured, source.stamp) : (this.#grasp.pose ?? measured)
    const sourceInTarget = relative(targetInBase, compose(eeInBase, sourceInEe))
    return { sourceInTarget, targetInBase, sourceInEe, eeInSource: invert(sourceInEe) }
  }

  /** Where the end effector was at a time about that of the observation; undefined when nobody knows. */
  eeAt(time: number, { stamp, eeInBase }: Observation): Pose | undefined {
    return Math.abs(time - stamp) < SAME_MOMENT ? eeInBase : this.#robot.eeAt?.(time)
  }
}
