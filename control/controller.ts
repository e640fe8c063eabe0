// The receding-horizon controller: observe, plan a chunk, follow it, plan again before it runs out.
//
//   planned at t₀ (observation stamp)      executed                     predicted
//   ├──────────────────────────────────────●────●────●────●────●····○····○····○ …  T poses, poseInterval apart
//   the next chunk is planned after actionHorizon poses
//
// A chunk says where the part should be in the target frame. The end effector's pose follows from the grasp, which is
// measured again with every observation: eeInBase* = targetInBase · sourceInTarget* · sourceInEe⁻¹.
import { compose, composeAll, invert, type Pose, relative, type Vec3 } from '../geometry/index.ts'
import { PoseFilter } from '../perception/index.ts'
import type { Fusing, Predictor } from '../policy/predictor.ts'
import { ContactTrim, DEFAULT_TRIM, type TrimOptions } from './contact-trim.ts'
import { type Chunk, type EnsembleMode, endOf, ensemble } from './ensemble.ts'
import type { Governor, Guarded } from './governor.ts'
import { Pace } from './pace.ts'
import type { Clock, Observation, Robot } from './robot.ts'

export interface ControllerOptions {
  robot: Robot
  clock: Clock
  predictor: Predictor
  governor: Governor
  seed: number
  ensembleMode?: EnsembleMode
  /** time between commands, s */
  commandInterval?: number
  /** memory of the filters for grasp and target, s; 0 takes each frame as it is */
  filterMemory?: number
  /** how the command gives way to contact; null: not at all */
  trim?: TrimOptions | null
}

/** What happened in one control cycle. */
export interface Cycle {
  /** s */
  time: number
  observation: Observation
  /** the part as the controller believes it to be */
  sourceInTarget: Pose
  /** set when a chunk was planned in this cycle */
  chunk?: Chunk
  /** what the policy made of the picture for that chunk, if it had one */
  fusing?: Fusing
  guarded: Guarded
}

const DEFAULTS = { ensembleMode: 'new', commandInterval: 1 / 60, filterMemory: 0.5, trim: DEFAULT_TRIM } as const

/**
 * Runs until the consumer stops asking: each step of the generator is one control cycle, after whose command the clock
 * has moved on. The robot is stopped when the consumer leaves or something throws.
 */
export async function* control(options: ControllerOptions): AsyncGenerator<Cycle, never, void> {
  const { robot, clock, predictor, governor, seed } = options
  const { ensembleMode, commandInterval, filterMemory, trim } = { ...DEFAULTS, ...options }
  const belief = new Belief(robot.cameraInBase, filterMemory)
  const contact = trim && new ContactTrim(trim)
  let travel: Vec3 | undefined
  let stamp = Number.NEGATIVE_INFINITY
  const executed = predictor.actionHorizon * predictor.poseInterval
  predictor.begin(seed)
  let chunks: Chunk[] = []
  const pace = new Pace(clock, commandInterval)
  let reason = 'the controller failed'
  try {
    for (;;) {
      const observation = await robot.observe()
      const { sourceInTarget, targetInBase, eeInSource } = belief.update(observation)
      let now = clock.now()
      let planned: Chunk | undefined
      if (now >= (chunks.at(-1)?.stamps[0] ?? Number.NEGATIVE_INFINITY) + executed - 1e-9) {
        const { rgbd } = predictor.needsView ? observation : {}
        const targetInCamera = relative(robot.cameraInBase, targetInBase)
        const poses = await predictor.predict({
          sourceInTarget,
          confidence: Math.min(observation.source.confidence, observation.target.confidence),
          ...(rgbd ? { view: { rgbd, targetInCamera, sourceInCamera: compose(targetInCamera, sourceInTarget) } } : {}),
        })
        // Planning takes its time where time passes by itself.
        now = clock.now()
        const stamps = poses.map((_, k) => observation.stamp + (k + 1) * predictor.poseInterval)
        planned = { stamps: [observation.stamp, ...stamps], poses: [sourceInTarget, ...poses] }
        chunks = [...chunks.filter((chunk) => endOf(chunk) > now), planned]
        travel = directionOf(planned) ?? travel
      }
      if (contact && observation.stamp > stamp) {
        const elapsed = Math.min(0.1, Math.max(0, observation.stamp - stamp))
        stamp = observation.stamp
        contact.update(observation.wrench, invert(eeInSource), travel, elapsed)
      }
      // A command is followed until the next one: aim for the end of its time.
      const wanted = ensemble(chunks, now + commandInterval, ensembleMode)
      const eeInBase = composeAll(targetInBase, contact ? contact.apply(wanted) : wanted, eeInSource)
      const plannedAt = chunks.at(-1)?.stamps[0] ?? now
      const guarded = governor.guard({ wanted: eeInBase, observation, sourceInTarget, now, plannedAt })
      await robot.command({ eeInBase: guarded.eeInBase })
      reason = 'the controller was left'
      const { lastFusing: fusing } = predictor
      const plan = planned ? { chunk: planned, ...(fusing ? { fusing } : {}) } : {}
      yield { time: now, observation, sourceInTarget, guarded, ...plan }
      reason = 'the controller failed'
      await pace.next()
    }
  } finally {
    await robot.stop(reason)
  }
}

/** Stamps closer than this belong together, s. */
const SAME_MOMENT = 2e-3

/** What the controller believes of the part: tracker and kinematics put together. */
export class Belief {
  readonly #cameraInBase: Pose
  readonly #grasp: PoseFilter
  readonly #target: PoseFilter

  constructor(cameraInBase: Pose, filterMemory: number) {
    this.#cameraInBase = cameraInBase
    this.#grasp = new PoseFilter(filterMemory)
    this.#target = new PoseFilter(filterMemory)
  }

  update({ source, target, eeInBase, stamp }: Observation): {
    sourceInTarget: Pose
    targetInBase: Pose
    eeInSource: Pose
  } {
    const targetInBase = this.#target.update(compose(this.#cameraInBase, target.pose), target.stamp)
    // A lost part keeps its place in the hand: only frames that show it say something of the grasp. Joints and picture
    // must be of one moment, or the hand's motion between them is taken for a slip.
    const measured = relative(eeInBase, compose(this.#cameraInBase, source.pose))
    const seen = source.confidence > 0 && Math.abs(source.stamp - stamp) < SAME_MOMENT
    const sourceInEe = seen ? this.#grasp.update(measured, source.stamp) : (this.#grasp.pose ?? measured)
    const sourceInTarget = relative(targetInBase, compose(eeInBase, sourceInEe))
    return { sourceInTarget, targetInBase, eeInSource: invert(sourceInEe) }
  }
}

/** A chunk that moves the part by less than this goes nowhere, m. */
const LEAST_TRAVEL = 1e-3

/** Unit vector from the chunk's start to its end, in the source frame at the start; undefined when it stays in place. */
function directionOf({ poses }: Chunk): Vec3 | undefined {
  const { position } = relative(poses[0] as Pose, poses.at(-1) as Pose)
  const length = Math.hypot(...position)
  return length < LEAST_TRAVEL ? undefined : [position[0] / length, position[1] / length, position[2] / length]
}
