// A run of a live robot over its bridge: looked at, shown, agreed to, and then driven by the same loop as a simulated one.
import { Belief, control, type EnsembleMode, Governor, whatIsSeen } from '../../control/index.ts'
import type { CheckpointConfig, Predictor } from '../../policy/index.ts'
import type { LiveCheck } from '../../robot-bridge/check-live.ts'
import type { DropReason } from '../../robot-bridge/index.ts'
import type { Profile } from '../../robot-bridge/profile.ts'
import type { RosRobot } from '../../robot-bridge/ros-robot.ts'
import { UserError } from '../errors.ts'
import { givingWay } from '../run-episode.ts'
import { insertionFor, type RecoveryChoice } from './insertion.ts'
import { armUnlessStopped, type LiveRobot, moveNothing, overBridge } from './live-robot.ts'
import { describeFirst, type FirstPlan, seatedPose, warningsBefore } from './preflight.ts'
import { episodeOf, type RunEpisode } from './report.ts'
import { type Ended, type LiveRun, runLive } from './run-live.ts'
import type { RunRecorder } from './run-recorder.ts'
import { RunStatistics } from './statistics.ts'
import { VerdictWatch } from './verdict.ts'

export interface RosRun
  extends Pick<LiveRun, 'signal' | 'limit' | 'listen' | 'show' | 'tell' | 'rearms'>,
    RecoveryChoice {
  robot: RosRobot
  profile: Profile
  info: CheckpointConfig
  predictor: Predictor
  seed: number
  /** of the parts, m */
  fit: { clearance: number; chamfer: number }
  dryRun: boolean
  ensemble?: EnsembleMode
  /** false: a part that has wedged is not rocked */
  rocking?: boolean
  /** false: what is felt does not correct the command, nor is anything rocked */
  contactTrim?: boolean
  record?: (robot: LiveRobot) => Promise<RunRecorder>
}

/** Throws a UserError that lists what does not fit the profile. */
export function refuseMisfit(checks: readonly LiveCheck[], where: string): void {
  const failed = checks.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  const lines = failed.map(({ name, detail, remedy }) => `  ${name}: ${detail}${remedy ? `\n    → ${remedy}` : ''}`)
  throw new UserError(
    [
      'nothing is moved, because the robot is not as its profile says:',
      ...lines,
      `tenon doctor --robot ros ${where} says more`,
    ].join('\n'),
  )
}

/** Plans once, without moving anything; lines to show, label and text. */
export async function firstPlanOf({ robot, profile, info, predictor, seed }: RosRun): Promise<[string, string][]> {
  const belief = new Belief(robot, 0)
  let first: FirstPlan | undefined
  // What is compiled or allocated on first use belongs to no episode: the second plan is the one that counts.
  for (const _ of ['cold', 'warm']) {
    const observation = await robot.observe()
    const believed = belief.update(observation)
    predictor.begin(seed)
    const begin = performance.now()
    const poses = await predictor.predict(whatIsSeen(observation, believed, belief, predictor))
    first = { observation, believed, poses, seconds: (performance.now() - begin) / 1e3 }
  }
  if (!first) throw new Error('no plan was made')
  const warnings = warningsBefore(first.observation, first.believed.sourceInTarget, info, profile.limits)
  return [...describeFirst(first, profile.limits), ...warnings.map((line): [string, string] => ['warning', line])]
}

/** Resets a robot that can be reset, arms it, and runs until it ended. The arm is held in the end. */
export async function runRosEpisode(run: RosRun, index: number): Promise<RunEpisode> {
  const { robot: ros, profile, info, predictor, dryRun, ensemble, fit } = run
  const { episode, command, limits } = profile
  const robot = dryRun ? moveNothing(overBridge(ros)) : overBridge(ros)
  if (episode && !dryRun) {
    await nextEpisode(ros, episode.reset)
  }
  const { sent, dropped } = ros.status
  const governor = new Governor(limits)
  const statistics = new RunStatistics()
  const recorder = await run.record?.(robot)
  const cycles = control({
    robot,
    clock: robot,
    predictor,
    governor,
    seed: run.seed + index,
    planning: 'ahead',
    commandInterval: 1 / command.rate,
    insertion: insertionFor(seatedPose(info), run, fit, limits),
    planned: () => armUnlessStopped(robot, () => governor.state === 'stopped'),
    ...(ensemble && { ensembleMode: ensemble }),
    ...givingWay(run),
  })
  const watch = episode && !dryRun ? new VerdictWatch(() => ros.trigger(episode.verdict)) : undefined
  let ended: Ended = { seated: false, reason: 'the run failed', seatSeconds: null }
  try {
    ended = await runLive({
      ...run,
      robot,
      governor,
      statistics,
      cycles,
      ...(watch && { judge: () => watch.ended ?? withoutVerdict(watch) }),
      record: (cycle) => recorder?.see(cycle),
    })
  } finally {
    await watch?.stop()
    await recorder?.finish(ended, watch?.peakForceN ?? statistics.peakForceN)
  }
  const what = episodeOf(ended, watch?.peakForceN ?? statistics.peakForceN, { statistics, governor, recorder })
  if (dryRun) return what
  const lost = Object.entries(ros.status.dropped).map(([why, count]) => [
    why,
    count - (dropped[why as DropReason] ?? 0),
  ])
  return {
    ...what,
    commands: {
      made: statistics.commands,
      sent: ros.status.sent - sent,
      dropped: Object.fromEntries(lost.filter(([, count]) => count !== 0)),
    },
  }
}

/** A robot that does not say how it went is not waited for for ever, s. */
const VERDICT_PATIENCE = 5

function withoutVerdict({ problem, problemSeconds }: VerdictWatch): Ended | undefined {
  if (problem === undefined || problemSeconds < VERDICT_PATIENCE) return undefined
  return { seated: false, reason: `no verdict for ${VERDICT_PATIENCE} s: ${problem}`, seatSeconds: null }
}

/**
 * Has the service of the profile's `episode.reset` begin another one, and waits until everything that is observed was observed
 * after it. Throws a UserError when that does not come.
 */
export async function nextEpisode(robot: RosRobot, service: string): Promise<void> {
  await robot.trigger(service)
  const reset = robot.now()
  for (let step = 0; step < 50; step++) {
    await robot.sleepUntil(robot.now() + 0.1)
    const { stamp, source, target } = await robot.observe()
    const isFresh = Math.min(stamp, source.stamp, target.stamp) > reset + 0.2
    if (isFresh && (robot.state === 'ready' || robot.state === 'armed')) return
  }
  throw new UserError(
    `5 s after its reset the robot is ${robot.state}, and its poses are not fresh: ${robot.status.reason}`,
  )
}
