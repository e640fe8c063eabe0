// Rollouts: the policy so far drives episodes in the simulator, so that there is a curve of success over training.
import { availableParallelism } from 'node:os'
import type { DatasetInfo, Episode } from '../demos/index.ts'
import type { Rollouts } from '../policy/index.ts'
import { CLEARANCES_MM, type LookLevel, TASKS } from '../sim/index.ts'
import { checkFit } from '../sim/tasks/index.ts'
import { runEpisodes } from './episode-pool.ts'
import { UserError } from './errors.ts'
import { fitOf, knownTask } from './parts.ts'
import type { Conditions } from './run-episode.ts'

/** One for all trainings, so that their curves compare; no default of `eval` (0), the studio or `reproduce` (1). */
export const ROLLOUT_SEED = 1_000_000

/** The parts of the dataset as `tenon eval` simulates them. Throws a UserError for parts that it cannot. */
export function rolloutConditions(data: string, dataset: DatasetInfo, look: LookLevel | undefined): Conditions {
  const { task: name, clearanceMm, chamferMm } = dataset
  const task = knownTask(dataset)
  const refuse = (why: string) => {
    throw new UserError(`${data} cannot be simulated, so there can be no rollouts: ${why}; leave out --rollouts`)
  }
  if (!task) return refuse(`unknown task "${name}", known are ${Object.keys(TASKS).join(', ')}`)
  if (!CLEARANCES_MM.some((valid) => valid === clearanceMm)) {
    refuse(`unknown clearance ${clearanceMm} mm, known are ${CLEARANCES_MM.join(', ')}`)
  }
  try {
    checkFit(task, fitOf(dataset))
  } catch (error) {
    refuse((error as Error).message)
  }
  const conditions = { task: name, clearanceMm, chamferMm, split: 'id', noise: 'tracker', seed: ROLLOUT_SEED } as const
  return { ...conditions, ...(look ? { look } : {}) }
}

/** Whether a real arm, or what speaks like one, was there when it was recorded. */
export const isFromArm = ({ metadata: { recordedFrom, settings } }: Episode): boolean =>
  recordedFrom === 'ros' || 'profile' in settings

/** The policy in the folder drives. `onEpisode` hears before the first and after each how many are over. Undefined when `signal` ended it early. */
export async function rollOut(
  checkpoint: string,
  conditions: Conditions,
  episodes: number,
  signal: AbortSignal,
  onEpisode: (sofar: Rollouts) => void,
): Promise<Rollouts | undefined> {
  let successes = 0
  onEpisode({ episodes: 0, successes })
  const finished = await runEpisodes({
    conditions,
    // As `tenon eval` does unless told otherwise; on a processor too when the training is not.
    driver: { kind: 'policy', checkpoint, loading: { threads: 1 } },
    episodes,
    workers: Math.min(8, availableParallelism()),
    signal,
    onResult({ result }, done) {
      if (result.seated) successes++
      onEpisode({ episodes: done, successes })
    },
  })
  return finished.length === episodes ? { episodes, successes } : undefined
}
