// The receding-horizon controller: observe, plan a chunk, follow it, plan again before it runs out.
//
//   planned at t₀ (observation stamp)      executed                     predicted
//   ├──────────────────────────────────────●────●────●────●────●····○····○····○ …  T poses, poseInterval apart
//   the next chunk is planned after actionHorizon poses
//
// A chunk says where the part should be in the target frame. The end effector's pose follows from the grasp, which is
// measured again with every observation: eeInBase* = targetInBase · sourceInTarget* · sourceInEe⁻¹.
import { composeAll, identityPose, invert, type Pose, relative, type Vec3 } from '../geometry/index.ts'
import type { Fusing, Predictor } from '../policy/predictor.ts'
import { Belief } from './belief.ts'
import { ContactTrim, DEFAULT_TRIM, type TrimOptions } from './contact-trim.ts'
import type { Chunk, EnsembleMode } from './ensemble.ts'
import { commandOf, type Governor, type Guarded } from './governor.ts'
import { Insertion, type InsertionOptions, type InsertionStatus } from './insertion.ts'
import { HOLDS } from './interventions.ts'
import { Pace } from './pace.ts'
import { type Plan, Planner } from './planner.ts'
import type { Clock, Observation, Robot } from './robot.ts'
import { DEFAULT_ROCKING, Rocking, type RockingOptions } from './rocking.ts'
import { whatIsSeen } from './seen.ts'

export interface ControllerOptions {
  robot: Robot
  clock: Clock
  predictor: Predictor
  governor: Governor
  seed: number
  /**
   * `wait`: the robot is left with its last command while a chunk is planned, which suits a simulator whose time stands
   * still meanwhile. `ahead`: the chunk before goes on playing, and commands stream as ever, which suits a real arm.
   */
  planning?: 'wait' | 'ahead'
  ensembleMode?: EnsembleMode
  /** time between commands, s */
  commandInterval?: number
  /** memory of the filters for grasp and target, s; 0 takes each frame as it is */
  filterMemory?: number
  /** how the command gives way to contact; null: not at all */
  trim?: TrimOptions | null
  /** how a part that has wedged is rocked; null, or without a trim: not at all */
  rocking?: RockingOptions | null
  /** of `planning: 'ahead'`: called when the first plan is there, right before the first command: the time to arm */
  planned?: () => Promise<void>
  /** when the part counts as seated or stuck, and what is done when it is stuck; null: nobody looks */
  insertion?: InsertionOptions | null
}

/** What happened in one control cycle. */
export interface Cycle {
  /** s */
  time: number
  observation: Observation
  /** the part as the controller believes it to be */
  sourceInTarget: Pose
  /** set when a chunk came back in this cycle … */
  chunk?: Chunk
  /** … what planning it took, s … */
  planSeconds?: number
  /** … and what the policy made of the picture for it, if it had one */
  fusing?: Fusing
  guarded: Guarded
  /** nothing was commanded: the governor is stopped */
  silent?: boolean
  /** when somebody looks at it */
  insertion?: InsertionStatus
  /** deadlines that were missed so far: commands that were never made, plans that came when the next was due */
  missed?: { commands: number; plans: number }
}

const DEFAULTS = {
  planning: 'wait',
  ensembleMode: 'new',
  commandInterval: 1 / 60,
  filterMemory: 0.5,
  trim: DEFAULT_TRIM,
  rocking: DEFAULT_ROCKING,
} as const

/**
 * Runs until the consumer stops asking: each step of the generator is one control cycle, after whose command the clock
 * has moved on. The robot is stopped when the consumer leaves or something throws. Nothing is commanded before there is a
 * first plan.
 */
export async function* control(options: ControllerOptions): AsyncGenerator<Cycle, never, void> {
  const { robot, clock, predictor, governor, seed } = options
  const { planning, ensembleMode, commandInterval, filterMemory, trim, rocking } = { ...DEFAULTS, ...options }
  const belief = new Belief(robot, filterMemory)
  const contact = trim && new ContactTrim(trim)
  const rocked = trim && rocking && new Rocking(rocking)
  const insertion = options.insertion && new Insertion(options.insertion)
  const planner = new Planner(predictor, clock, ensembleMode)
  let travel: Vec3 | undefined
  let ahead = 0
  let stamp = Number.NEGATIVE_INFINITY
  let last: { wanted: Pose; eeInBase: Pose } | undefined
  let early: Plan | undefined
  let latePlans = 0
  let plannedAt = Number.NEGATIVE_INFINITY
  let stood = false
  let isHeld = false
  let found = 0
  predictor.begin(seed)
  let reason = 'the controller failed'
  try {
    if (planning === 'ahead') {
      const first = await robot.observe()
      planner.begin(whatIsSeen(first, belief.update(first), belief, predictor), first.stamp)
      await planner.settled()
      early = planner.take(clock.now())
      await options.planned?.()
    }
    const pace = new Pace(clock, commandInterval)
    for (;;) {
      const observation = await robot.observe()
      const believed = belief.update(observation)
      // Paused, stopped or held, nothing that is wanted is followed: what is felt then, or does not come, says nothing of it.
      const stands = governor.state !== 'running' || isHeld
      let forgets = false
      if (stood && !stands) {
        rocked?.begin()
        forgets = insertion?.goOn() ?? false
      }
      stood = stands
      if (stands) insertion?.feel(observation, believed)
      const step =
        last && !stands
          ? insertion?.update(observation, believed, last.wanted, last.eeInBase, rocked?.patience)
          : undefined
      const sourceInTarget = insertion ? insertion.corrected(believed.sourceInTarget) : believed.sourceInTarget
      if (last && (forgets || step?.forget)) {
        planner.forget()
        if (insertion && insertion.status.found > found) contact?.forgetPlace()
        found = insertion?.status.found ?? 0
        rocked?.begin()
        last.wanted = sourceInTarget
      }
      let now = clock.now()
      if (!step?.wanted && planner.isDue(now)) {
        const corrected = { ...believed, sourceInTarget }
        planner.begin(whatIsSeen(observation, corrected, belief, predictor), observation.stamp)
        if (planning === 'wait') await planner.settled()
        // Planning takes its time where time passes by itself.
        now = clock.now()
      }
      const plan = early ?? planner.take(now)
      early = undefined
      if (plan) {
        plannedAt = plan.seenAt
        const way = wayOf(plan.chunk)
        ahead = Math.hypot(...way)
        travel = directionOf(way) ?? travel
        if (plan.late) latePlans++
      }
      if (contact && observation.stamp > stamp) {
        const elapsed = Math.min(0.1, Math.max(0, observation.stamp - stamp))
        stamp = observation.stamp
        // What is felt while searching is the search's own friction.
        if (!step?.wanted && !stands) {
          contact.update(observation.wrench, invert(believed.eeInSource), travel, elapsed)
          rocked?.update(sourceInTarget.position[2], ahead, contact.resistance, elapsed)
        }
      }
      // A command is followed until the next one: aim for the end of its time.
      const wanted = planner.newest || !last ? planner.wantedAt(now + commandInterval) : last.wanted
      const planFrame = insertion ? insertion.planFrame(believed.targetInBase) : believed.targetInBase
      const trimmed = (pose: Pose) => (contact ? contact.apply(pose) : pose)
      const eeInBase = step?.wanted
        ? composeAll(believed.targetInBase, trimmed(step.wanted), believed.eeInSource)
        : composeAll(planFrame, trimmed(wanted), rocked?.pose ?? identityPose(), believed.eeInSource)
      // What recovery wants is decided anew with each observation.
      if (step?.wanted) plannedAt = observation.stamp
      const guarded = governor.guard({ wanted: eeInBase, observation, sourceInTarget, now, plannedAt })
      // Not for a plan: the next one is being made.
      isHeld = guarded.interventions.some(({ kind }) => HOLDS.has(kind) && kind !== 'plan')
      last = { wanted, eeInBase: guarded.eeInBase }
      const silent = governor.isSilent
      if (!silent) await robot.command(commandOf(guarded))
      reason = 'the controller was left'
      yield {
        time: now,
        observation,
        sourceInTarget,
        guarded,
        ...(silent && { silent }),
        missed: { commands: pace.missed, plans: latePlans },
        ...(plan && { chunk: plan.chunk, planSeconds: plan.seconds, ...(plan.fusing && { fusing: plan.fusing }) }),
        ...(insertion && { insertion: insertion.status }),
      }
      reason = 'the controller failed'
      await pace.next()
    }
  } finally {
    await robot.stop(reason)
  }
}

/** From the chunk's start to its end, in the source frame at the start, m. */
const wayOf = ({ poses }: Chunk): Readonly<Vec3> => relative(poses[0] as Pose, poses.at(-1) as Pose).position

/** A chunk that moves the part by less than this goes nowhere, m. */
const LEAST_TRAVEL = 1e-3

/** Unit vector along it; undefined when it stays in place. */
function directionOf([x, y, z]: Readonly<Vec3>): Vec3 | undefined {
  const length = Math.hypot(x, y, z)
  return length < LEAST_TRAVEL ? undefined : [x / length, y / length, z / length]
}
