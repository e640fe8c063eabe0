// An episode of an evaluation, simulated again: everything in it follows from seed and number.
import { type Finished, runOneEpisode } from '../../cli/episode-pool.ts'
import { UserError } from '../../cli/errors.ts'
import type { EvalResults } from '../../cli/eval-results.ts'
import { drawEpisode } from '../../cli/run-episode.ts'
import { invert, type Track } from '../../geometry/index.ts'
import { readCheckpointConfig } from '../../policy/index.ts'
import { type EpisodeResult, findTask } from '../../sim/index.ts'
import type { EpisodeTrack, PlannedChunk } from '../protocol/track.ts'

/**
 * Runs episode `index` in a thread with the policy of the folder `checkpoint`, as it was evaluated. When it ends otherwise
 * than it did then, because the policy was trained on since, the title says so. `title`: what it begins with.
 */
export async function evaluatedTrack(
  title: string,
  checkpoint: string,
  results: EvalResults,
  index: number,
  signal: AbortSignal,
): Promise<EpisodeTrack> {
  const { conditions, loading, episodes } = results
  const then = episodes.find((episode) => episode.index === index)
  if (!then) throw new UserError(`${title} has episodes 0 to ${episodes.length - 1}, got ${index}`)
  if (!loading) throw new UserError(`${title} is of demonstrations played back, not of this policy`)
  // What is wrong with the checkpoint is better said here than by the thread.
  await readCheckpointConfig(checkpoint)
  const setup = {
    conditions,
    driver: { kind: 'policy', checkpoint, loading: { ...loading, device: 'cpu', threads: THREADS } },
  } as const
  const finished = await runOneEpisode(setup, index, signal)
  return trackOf(`${title}, episode ${index}`, results, then, finished)
}

/** As when it is evaluated: sums in another order would end elsewhere. */
const THREADS = 1

function trackOf(
  title: string,
  { conditions }: EvalResults,
  then: EvalResults['episodes'][number],
  { result, trace }: Required<Finished>,
): EpisodeTrack {
  const { task, clearanceMm, chamferMm } = conditions
  const { scenario } = drawEpisode(findTask(task), conditions, result.index)
  const { seated, seatSeconds, peakForceN } = result
  return {
    title: isSame(result, then)
      ? title
      : `${title} (then ${describe(then)}, now ${describe(result)}: trained on since?)`,
    task,
    clearanceMm,
    chamferMm,
    stamps: trace.stamps,
    sourceInTarget: trace.executed,
    targetInBase: scenario.targetInBase,
    eeInSource: invert(scenario.sourceInEe),
    forces: trace.forces,
    chunks: trace.chunks.map(chunkOf),
    gates: trace.gates,
    outcome: { seated, reason: result.failure ?? 'seated', seatSeconds, peakForceN },
  }
}

const isSame = (a: Outcome, b: Outcome): boolean =>
  a.failure === b.failure && a.seatSeconds === b.seatSeconds && a.peakForceN === b.peakForceN

type Outcome = Pick<EpisodeResult, 'failure' | 'seatSeconds' | 'peakForceN'>

const describe = ({ failure, seatSeconds }: Outcome): string => failure ?? `seated after ${seatSeconds?.toFixed(2)} s`

const chunkOf = ({ stamps, poses }: Track): PlannedChunk => ({
  stamp: stamps[0] ?? 0,
  interval: (stamps[1] ?? 0) - (stamps[0] ?? 0),
  poses: [...poses],
})
