// One episode in the simulator, driven by a policy or by a demonstration played back.
import {
  type Cycle,
  control,
  DEFAULT_SEAT,
  type EnsembleMode,
  Governor,
  type InsertionOptions,
  recoveryFor,
  replay,
} from '../control/index.ts'
import { makePose, type Pose, type Track } from '../geometry/index.ts'
import { findNoise, type PoseNoise } from '../perception/index.ts'
import type { Predictor } from '../policy/index.ts'
import {
  DEFAULT_HAND,
  drawScenario,
  type EpisodeResult,
  findClearance,
  findTask,
  judge,
  type LookLevel,
  type Scenario,
  SimRobot,
  type Split,
  simLimits,
  type Task,
  World,
} from '../sim/index.ts'
import { Random } from '../tensor/random.ts'
import { PICTURES } from './demonstrate.ts'
import {
  baselinePredictor,
  nearestDemonstration,
  type ReplayDemonstration,
  type ReplayFrame,
} from './replay-baseline.ts'

/** What is evaluated, under which conditions. Plain data: it is sent to worker threads. */
export interface Conditions {
  task: string
  clearanceMm: number
  chamferMm: number
  split: Split
  noise: string
  /** replaces the preset's bias: its exact size, in a drawn direction, mm; the same number in degrees, about a drawn axis */
  biasMm?: number
  /** instead of the same number */
  biasDegrees?: number
  seed: number
  /** false: the controller does not give way to contact */
  contactTrim?: boolean
  /** false: a part that has wedged is not rocked */
  rocking?: boolean
  /** how often a part that is stuck is withdrawn and brought again; never without */
  retries?: number
  /** whether a part that is stuck at the mouth searches for it */
  spiral?: boolean
  /** how plans that overlap are brought together; the newest alone without */
  ensemble?: EnsembleMode
  /** of the pictures, for a policy that needs them; `plain` without */
  look?: LookLevel
}

export type Driver =
  | { kind: 'policy'; predictor: Predictor }
  | { kind: 'replay'; frame: ReplayFrame; demonstrations: readonly ReplayDemonstration[] }

/** What a report can draw of an episode: the part in the target frame, and what was planned. */
export interface Trace {
  stamps: number[]
  executed: Pose[]
  chunks: Track[]
  forces: number[]
  /** what the policy made of the pictures, at each chunk; empty for a policy without */
  gates: GateStatistics[]
}

/** Of a gate's numbers at one chunk: 0 lets nothing of the picture through, 1 all. */
export interface GateStatistics {
  /** s */
  stamp: number
  low: number
  mean: number
  high: number
}

export function createWorld({ task, clearanceMm, chamferMm }: Conditions): Promise<World> {
  return World.create(
    findTask(task),
    { clearance: findClearance(clearanceMm), chamfer: chamferMm / 1000 },
    DEFAULT_HAND,
  )
}

/** Runs episode `index` to its verdict. The world is reset; everything random follows from seed and index. */
export async function runEpisode(
  world: World,
  driver: Driver,
  conditions: Conditions,
  index: number,
): Promise<{ result: EpisodeResult; trace: Trace }> {
  const { task } = world
  const { robot, random } = beginEpisode(
    world,
    conditions,
    index,
    driver.kind === 'policy' && driver.predictor.needsView,
  )
  const trace: Trace = { stamps: [], executed: [], chunks: [], forces: [], gates: [] }
  let lastSeen = 0
  for await (const cycle of drive(robot, driver, random, conditions)) {
    const { sourceInTarget } = robot
    lastSeen = cycle.observation.source.stamp
    note(trace, cycle, sourceInTarget, Math.hypot(...world.contact.force))
    const verdict = judge(task, { sourceInTarget, peakForce: world.peakForce, time: robot.now(), lastSeen })
    if (!verdict) continue
    const { seated, seatSeconds, failure } = verdict
    const measured = { peakForceN: world.peakForce, penetrationUm: world.deepestPenetration * 1e6 }
    return { result: { index, seated, seatSeconds, ...measured, ...(failure ? { failure } : {}) }, trace }
  }
  throw new Error('the controller ended before the judge did')
}

/** The robot at the start of episode `index`, and what its other draws come from. The world is reset. */
export function beginEpisode(
  world: World,
  conditions: Conditions,
  index: number,
  needsView: boolean,
): { robot: SimRobot; random: Random } {
  const { random, scenario } = drawEpisode(world.task, conditions, index)
  const camera = needsView ? { ...PICTURES, ...(conditions.look ? { look: conditions.look } : {}) } : undefined
  return { robot: new SimRobot({ world, scenario, noise: conditionsNoise(conditions), random, camera }), random }
}

/** How episode `index` begins, and what its other draws come from. */
export function drawEpisode(
  task: Task,
  { seed, split }: Conditions,
  index: number,
): { random: Random; scenario: Scenario } {
  const random = new Random(seed).fork('evaluate', index)
  return { random, scenario: drawScenario(task, split, random.fork('scenario')) }
}

/** What decides a policy's noise in that episode. */
export const policySeed = (random: Random): number => random.fork('policy').uint32()

function drive(
  robot: SimRobot,
  driver: Driver,
  random: Random,
  conditions: Conditions,
): AsyncGenerator<Cycle, unknown, void> {
  const governor = new Governor(simLimits(robot.world.task))
  const ports = { robot, clock: robot, governor }
  const follow = (predictor: Predictor) => {
    const seed = policySeed(random)
    const insertion = insertionOf(robot.world.task, conditions)
    return control({
      ...ports,
      predictor,
      seed,
      insertion,
      ...givingWay(conditions),
      ...(conditions.ensemble ? { ensembleMode: conditions.ensemble } : {}),
    })
  }
  if (driver.kind === 'policy') return follow(driver.predictor)
  const { frame, demonstrations } = driver
  if (frame === 'controlled' || frame === 'servo') return follow(baselinePredictor(frame, demonstrations))
  return replay({ ...ports, path: (first) => nearestDemonstration(demonstrations, frame, first, robot.cameraInBase) })
}

/** What the controller does by what is felt, where that is not as usual. */
export const givingWay = ({
  contactTrim,
  rocking,
}: Pick<Conditions, 'contactTrim' | 'rocking'>): { trim?: null; rocking?: null } => ({
  ...(contactTrim === false ? { trim: null } : {}),
  ...(rocking === false ? { rocking: null } : {}),
})

/** Null when nobody asks for it: then nothing looks whether the part is stuck. */
function insertionOf(
  task: Task,
  { retries: retry, spiral, clearanceMm, chamferMm }: Conditions,
): InsertionOptions | null {
  const recovery = recoveryFor({ retry, spiral }, { clearance: clearanceMm / 1e3, chamfer: chamferMm / 1e3 })
  return recovery ? { seat: { ...DEFAULT_SEAT, goal: makePose([0, 0, -task.depth]) }, recovery } : null
}

function conditionsNoise({ noise, biasMm, biasDegrees = biasMm }: Conditions): PoseNoise {
  const preset = findNoise(noise)
  if (biasMm === undefined || biasDegrees === undefined) return preset
  return { ...preset, biasSize: { translation: biasMm / 1000, rotation: (biasDegrees * Math.PI) / 180 } }
}

/** Time between the points of a trace, s. */
const TRACE_INTERVAL = 1 / 30

function note(trace: Trace, { time, chunk, fusing }: Cycle, sourceInTarget: Pose, force: number): void {
  if (chunk) trace.chunks.push(chunk)
  if (fusing?.gate) trace.gates.push(gateStatistics(time, fusing.gate))
  if (time - (trace.stamps.at(-1) ?? Number.NEGATIVE_INFINITY) < TRACE_INTERVAL - 1e-6) return
  trace.stamps.push(time)
  trace.executed.push(sourceInTarget)
  trace.forces.push(force)
}

function gateStatistics(stamp: number, gate: Float32Array): GateStatistics {
  const mean = gate.reduce((sum, open) => sum + open, 0) / gate.length
  return { stamp, low: Math.min(...gate), mean, high: Math.max(...gate) }
}
