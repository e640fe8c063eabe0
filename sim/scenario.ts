// Where an episode starts: target, part and grasp, drawn from a seed.
import { composeAll, makePose, type Pose, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import type { Task } from './tasks/index.ts'

/**
 * `id`: what the demonstrations cover. `ood`: the part starts outside their box, and the target may be moved, turned and
 * tilted further than theirs.
 */
export const SPLITS = ['id', 'ood'] as const
export type Split = (typeof SPLITS)[number]

export interface Scenario {
  targetInBase: Pose
  sourceInTarget: Pose
  /** the grasp: fixed during an episode, different in each */
  sourceInEe: Pose
}

/** Where the target stands on the table before it is moved, m. */
const TABLE: Vec3 = [0.5, 0, 0.1]
const DEGREE = Math.PI / 180
/** How far the target is moved (m), turned about the vertical and tilted (rad), each up to this. */
const TARGET_RANGE = {
  id: { move: 0.03, turn: 15 * DEGREE, tilt: 0 },
  ood: { move: 0.1, turn: 45 * DEGREE, tilt: 15 * DEGREE },
} as const
/** Start offsets of `ood` reach this many times beyond the demonstrations' range. */
export const OOD_REACH = 1.5
/** The part hangs below the hand, its tip this far along the hand's z, m. */
export const TIP_BELOW_HAND = 0.12
const GRASP_JITTER = { translation: 1e-3, rotation: 1 * DEGREE }

export function drawScenario(task: Task, split: Split, random: Random): Scenario {
  return {
    targetInBase: drawTarget(split, random.fork('target')),
    sourceInTarget: drawStart(task, split, random.fork('start')),
    sourceInEe: drawGrasp(random.fork('grasp')),
  }
}

function drawTarget(split: Split, random: Random): Pose {
  const { move, turn, tilt } = TARGET_RANGE[split]
  const distance = move * Math.sqrt(random.uniform())
  const heading = random.uniform(0, 2 * Math.PI)
  const yaw = random.uniform(-turn, turn)
  const lean = random.uniform(0, tilt)
  const leaning = random.uniform(0, 2 * Math.PI)
  return composeAll(
    makePose(TABLE),
    makePose([distance * Math.cos(heading), distance * Math.sin(heading), 0]),
    makePose([0, 0, 0], rotationVectorToQuat([lean * Math.cos(leaning), lean * Math.sin(leaning), 0])),
    makePose([0, 0, 0], rotationVectorToQuat([0, 0, yaw])),
  )
}

/**
 * Offsets in units of the task's ranges: uniform in the box for `id`; for `ood` the same directions, stretched until the
 * largest lies between 1 and 1.5 ranges.
 */
function drawStart({ start }: Task, split: Split, random: Random): Pose {
  const unit = Array.from({ length: 6 }, () => random.uniform(-1, 1))
  const largest = Math.max(...unit.map(Math.abs))
  const stretch = split === 'id' ? 1 : random.uniform(1, OOD_REACH) / largest
  const [x, y, z, rx, ry, rz] = unit.map((value) => value * stretch) as [number, number, number, number, number, number]
  const [low, high] = start.height
  const height = (low + high) / 2 + (z * (high - low)) / 2
  return makePose(
    [x * start.lateral, y * start.lateral, height],
    rotationVectorToQuat([rx * start.tilt, ry * start.tilt, rz * start.yaw]),
  )
}

/** The hand points down: its z axis runs along the part towards the tip. */
function drawGrasp(random: Random): Pose {
  const { translation, rotation } = GRASP_JITTER
  const uniform3 = (range: number): Vec3 => [0, 1, 2].map(() => random.uniform(-range, range)) as Vec3
  return composeAll(
    makePose([0, 0, TIP_BELOW_HAND], [1, 0, 0, 0]),
    makePose(uniform3(translation), rotationVectorToQuat(uniform3(rotation))),
  )
}
