// A run of the simulator in this process, in simulated time: the rehearsal of a live one, by the same loop.
import { setImmediate } from 'node:timers/promises'
import { type Cycle, control, Governor } from '../../control/index.ts'
import { makePose } from '../../geometry/index.ts'
import type { Predictor } from '../../policy/index.ts'
import { judge, simLimits, type World } from '../../sim/index.ts'
import { beginEpisode, type Conditions, givingWay, policySeed } from '../run-episode.ts'
import { insertionFor, type RecoveryChoice } from './insertion.ts'
import { alwaysArmed, moveNothing } from './live-robot.ts'
import { episodeOf, type RunEpisode } from './report.ts'
import { type Ended, type LiveRun, runLive } from './run-live.ts'
import type { RunRecorder } from './run-recorder.ts'
import { RunStatistics } from './statistics.ts'

export interface SimRun extends Pick<LiveRun, 'signal' | 'limit' | 'listen' | 'show' | 'tell'>, RecoveryChoice {
  world: World
  predictor: Predictor
  conditions: Conditions
  dryRun: boolean
  record?: (robot: LiveRun['robot']) => Promise<RunRecorder>
}

/** Runs episode `index`, which starts as the same one of `eval` does. */
export async function runSimEpisode(run: SimRun, index: number): Promise<RunEpisode> {
  const { world, predictor, conditions, dryRun } = run
  const { task, fit } = world
  const { robot: simulated, random } = beginEpisode(world, conditions, index, predictor.needsView)
  const robot = dryRun ? moveNothing(alwaysArmed(simulated)) : alwaysArmed(simulated)
  const limits = simLimits(task)
  const governor = new Governor(limits)
  const statistics = new RunStatistics()
  const recorder = await run.record?.(robot)
  const cycles = control({
    robot,
    clock: robot,
    predictor,
    governor,
    insertion: insertionFor(makePose([0, 0, -task.depth]), run, fit, limits),
    seed: policySeed(random),
    ...givingWay(conditions),
    ...(conditions.ensemble ? { ensembleMode: conditions.ensemble } : {}),
  })
  const judged = ({ observation }: Cycle): Ended | undefined => {
    const { sourceInTarget } = simulated
    const { stamp: lastSeen } = observation.source
    const verdict = judge(task, { sourceInTarget, peakForce: world.peakForce, time: simulated.now(), lastSeen })
    return verdict && { seated: verdict.seated, seatSeconds: verdict.seatSeconds, reason: verdict.failure ?? 'seated' }
  }
  let ended: Ended = { seated: false, reason: 'the controller failed', seatSeconds: null }
  try {
    ended = await runLive({
      ...run,
      robot,
      governor,
      statistics,
      cycles,
      ...(dryRun ? {} : { judge: judged }),
      // Simulated time waits: for the disk, and for keys and Ctrl-C.
      async record(cycle) {
        recorder?.see(cycle)
        await recorder?.written()
        await setImmediate()
      },
    })
  } finally {
    await recorder?.finish(ended, world.peakForce)
  }
  return episodeOf(ended, world.peakForce, { statistics, governor, recorder })
}
