// What became of the episodes of a run.
import type { Governor } from '../../control/index.ts'
import { wilson95 } from '../../sim/index.ts'
import { percent } from '../eval.ts'
import { table } from '../terminal.ts'
import type { Ended } from './run-live.ts'
import type { RunRecorder } from './run-recorder.ts'
import type { RunStatistics } from './statistics.ts'

export interface RunEpisode extends Ended {
  peakForceN: number
  /** what the controller felt: as how it took the end, for a run that somebody else judged */
  felt: 'free' | 'stuck' | 'seated'
  retried: number
  found: number
  timing: ReturnType<RunStatistics['summary']>
  /** how often the governor stepped in, by reason */
  interventions: Record<string, number>
  /** of a robot behind a bridge: made = sent + dropped */
  commands?: { made: number; sent: number; dropped: Record<string, number> }
  /** the recording; undefined for none */
  path?: string
}

/** What `run --json` prints. */
export interface RunResult {
  robot: 'sim' | 'ros'
  checkpoint: string
  task: string
  /** of a live robot */
  profile?: string
  url?: string
  dryRun: boolean
  /** whether the robot is a simulated one, as far as we can know */
  simulated: boolean
  episodes: number
  successes: number
  successRate: number
  wilson95: [low: number, high: number]
  results: RunEpisode[]
}

/** What became of an episode that is over. */
export function episodeOf(
  ended: Ended,
  peakForceN: number,
  {
    statistics,
    governor,
    recorder,
  }: { statistics: RunStatistics; governor: Governor; recorder?: RunRecorder | undefined },
): RunEpisode {
  const { phase = 'free', retried = 0, found = 0 } = statistics.last?.insertion ?? {}
  return {
    ...ended,
    peakForceN,
    felt: phase,
    retried,
    found,
    timing: statistics.summary(),
    interventions: Object.fromEntries(governor.counts),
    ...(recorder && recorder.frames > 0 && { path: recorder.path }),
  }
}

/** Throws a RangeError for no episodes. */
export function resultOf(
  about: Omit<RunResult, 'episodes' | 'successes' | 'successRate' | 'wilson95' | 'results'>,
  results: RunEpisode[],
): RunResult {
  if (results.length === 0) throw new RangeError('expected at least one episode')
  const [episodes, successes] = [results.length, results.filter(({ seated }) => seated).length]
  return {
    ...about,
    episodes,
    successes,
    successRate: successes / episodes,
    wilson95: wilson95(successes, episodes),
    results,
  }
}

/** A table for people: one line for each episode, and one for all. */
export function describeRun({ dryRun, episodes, successes, successRate, wilson95, results }: RunResult): string {
  const rows = results.map(({ reason, seatSeconds, peakForceN, retried, found, timing }, i) => [
    String(i + 1),
    reason,
    seatSeconds === null ? '–' : `${seatSeconds.toFixed(1)} s`,
    `${peakForceN.toFixed(1)} N`,
    [...(retried ? [`${retried} retries`] : []), ...(found ? [`${found} found by search`] : [])].join(', ') || '–',
    timing.missedCommands + timing.latePlans > 0
      ? `${timing.missedCommands} commands, ${timing.latePlans} plans`
      : 'none',
  ])
  const episode = table(['episode', 'end', 'seated after', 'force', 'recovery', 'deadlines missed'], rows)
  // What moved nothing says nothing of success.
  if (dryRun) return episode
  const interval = wilson95.map(percent).join(' – ')
  return `${episode}\nseated ${successes}/${episodes} (${percent(successRate)}), 95 % interval ${interval}`
}
