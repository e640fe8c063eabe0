// tenon run: a policy drives a robot, simulated in this process or live over rosbridge.
import { Command, Option } from 'commander'
import type { EnsembleMode } from '../control/index.ts'
import {
  checkNewDataset,
  createDataset,
  type DatasetInfo,
  EpisodeWriter,
  FORMAT_VERSION,
  nextEpisodePath,
} from '../demos/index.ts'
import { type CheckpointConfig, loadPolicy, loadPolicyThread, readCheckpointConfig } from '../policy/index.ts'
import { checkLive, type LiveCheck } from '../robot-bridge/check-live.ts'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import type { Profile } from '../robot-bridge/profile.ts'
import { RosRobot } from '../robot-bridge/ros-robot.ts'
import { askForPriority } from '../robot-bridge/thread-priority.ts'
import { findClearance, findTask, type Split, World } from '../sim/index.ts'
import type { Device } from '../tensor/compile/index.ts'
import { agreed } from './ask.ts'
import { usableDevice } from './device.ts'
import { Interrupted, UserError } from './errors.ts'
import { interruption } from './interrupt.ts'
import { listenToInput, type OperatorInput } from './operator-input.ts'
import {
  clearanceOption,
  DEFAULT_CLEARANCE_MM,
  deviceOption,
  ensembleOption,
  episodesOption,
  forceOption,
  jsonOption,
  noContactTrimOption,
  noRockingOption,
  number,
  retryOption,
  spiralOption,
  withConditions,
} from './options.ts'
import { connectArm, readTlsFiles, withArm } from './ros-connection.ts'
import type { LiveRobot } from './run/live-robot.ts'
import { checkFits } from './run/preflight.ts'
import { describeRun, type RunEpisode, type RunResult, resultOf } from './run/report.ts'
import { BY_OPERATOR } from './run/run-live.ts'
import { RunRecorder } from './run/run-recorder.ts'
import { firstPlanOf, type RosRun, refuseMisfit, runRosEpisode } from './run/run-ros.ts'
import { runSimEpisode } from './run/run-sim.ts'
import { RUN_KEYS, runWordOfKey, runWordOfText } from './run/words.ts'
import { type StatusLine, startStatusLine } from './status-line.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say } from './terminal.ts'

export interface RunOptions {
  checkpoint: string
  robot: 'sim' | 'ros'
  url?: string
  cameraUrl?: string
  profile?: string
  ca?: string
  cert?: string
  key?: string
  yes?: boolean
  dryRun?: boolean
  episodes: number
  retry?: number
  spiral?: boolean
  /** commander's names for the absence of --no-rocking and --no-contact-trim */
  rocking?: boolean
  contactTrim?: boolean
  ensemble?: EnsembleMode
  rearm?: number
  seconds?: number
  out?: string
  force?: boolean
  /** mm; default: {@link DEFAULT_CLEARANCE_MM}, of a live arm that of the policy's demonstrations */
  clearance?: number
  chamfer: number
  split: Split
  noise: string
  seed: number
  device: Device
}

/** A run ends after so long, s: a dry one shows enough by then. */
const LIMIT = { live: 60, dry: 10 }
/** To be connected and in order, s. */
const READY = 20
/** Listened to, to judge what the robot sends, s. */
const LISTEN = 2

export function runCommand(): Command {
  return withConditions(
    withArm(
      new Command('run')
        .requiredOption('--checkpoint <run>', 'folder made by tenon train')
        .addOption(
          new Option('--robot <kind>', 'sim: in this process; ros: an arm behind a rosbridge')
            .choices(['sim', 'ros'])
            .makeOptionMandatory(),
        ),
    )
      .option('--yes', 'do not ask before a live arm moves')
      .option('--dry-run', 'compute and show everything, and move nothing')
      .addOption(episodesOption(1, 'how many; more than one needs a robot that can be reset, like the simulated one'))
      .addOption(retryOption())
      .addOption(spiralOption())
      .addOption(noRockingOption())
      .addOption(noContactTrimOption())
      .addOption(ensembleOption())
      .addOption(
        new Option(
          '--rearm <n>',
          'of a simulated robot: when it was held, arm it again by itself, up to n times',
        ).argParser(number({ low: 0, high: 1000, whole: true })),
      )
      .addOption(
        new Option(
          '--seconds <s>',
          `give up after so long (default: ${LIMIT.live}, of a dry run ${LIMIT.dry})`,
        ).argParser(number({ low: 1, high: 3600 })),
      )
      .option('--out <dir>', 'record each run as an episode of this dataset, new or empty')
      .addOption(forceOption()),
    clearanceOption(`${DEFAULT_CLEARANCE_MM}, of a live arm that of the policy’s demonstrations`),
  )
    .addOption(deviceOption())
    .addOption(jsonOption())
    .action(async (options: RunOptions & { json?: boolean }, command: Command) => {
      refuseOthers(options, command)
      const { result, stopped } = await run(options)
      if (result) {
        say(describeRun(result))
        if (options.out) say(`recorded in ${options.out}: npx tenon data inspect ${options.out}`)
        if (options.json) answer(result)
      }
      if (stopped) throw stopped
    })
}

function refuseOthers({ robot, out, dryRun }: RunOptions, command: Command): void {
  if (dryRun) refuseStray(command, ['out'], 'is for a robot that moves: leave it out of a --dry-run')
  if (robot === 'sim') {
    const names = ['url', 'cameraUrl', 'profile', 'ca', 'cert', 'key', 'rearm']
    refuseStray(command, names, 'is for a robot behind a rosbridge: add --robot ros')
  } else refuseStray(command, ['split', 'noise'], 'is for --robot sim, got --robot ros')
  if (out === undefined) refuseStray(command, ['force'], 'is for a folder that is written to: add --out')
}

/** Runs the episodes; when something ended it early, what there is comes with what that was. */
export async function run(
  options: RunOptions,
  input: OperatorInput = process.stdin,
): Promise<{ result?: RunResult; stopped?: unknown }> {
  const { out, force = false } = options
  if (out !== undefined) await checkNewDataset(out, { force })
  const info = await readCheckpointConfig(options.checkpoint)
  return options.robot === 'sim' ? runSim(options, info, input) : runRos(options, info, input)
}

async function runSim(options: RunOptions, info: CheckpointConfig, input: OperatorInput) {
  const signal = interruption()
  const { task } = info
  const { clearance = DEFAULT_CLEARANCE_MM, chamfer, split, noise, seed, dryRun = false } = options
  const conditions = {
    ...{ task, clearanceMm: clearance, chamferMm: chamfer, split, noise, seed },
    ...(options.ensemble ? { ensemble: options.ensemble } : {}),
    ...withoutGiving(options),
  }
  const predictor = await load(options, loadPolicy)
  const world = await World.create(findTask(task), { clearance: findClearance(clearance), chamfer: chamfer / 1000 })
  const line = startStatusLine()
  try {
    // With --force an earlier recording goes.
    if (signal.aborted) throw new Interrupted('stopped before anything moved')
    const record = await recording(
      options,
      { ...datasetInfo({ clearance, chamfer, seed }, info), noise },
      { checkpoint: options.checkpoint },
    )
    const episode = (index: number) =>
      runSimEpisode({ ...shared(options, signal, line, input), world, predictor, conditions, dryRun, ...record }, index)
    const about = { robot: 'sim', checkpoint: options.checkpoint, task, dryRun, simulated: true } as const
    return await episodes(options, about, episode, signal, line)
  } finally {
    line.stop()
    world.dispose()
    await predictor.dispose()
  }
}

async function runRos(options: RunOptions, info: CheckpointConfig, input: OperatorInput) {
  const { checkpoint, url, cameraUrl, profile: name, yes = false, dryRun = false } = options
  const { seed, chamfer, clearance = info.clearanceMm } = options
  if (url === undefined || name === undefined) {
    throw new UserError('--robot ros needs --url and --profile, like --url ws://192.168.0.10:9090 --profile sim')
  }
  const signal = interruption()
  const whole = await loadProfile(name)
  checkFits(checkpoint, info, whole)
  if (cameraUrl !== undefined && !info.config.model.image) {
    throw new UserError(`--camera-url: ${checkpoint} looks at no pictures: leave it out`)
  }
  // What the policy does not look at need not be there.
  const { camera, ...blind } = whole
  const profile: Profile = info.config.model.image && camera ? { ...blind, camera } : blind
  if (options.episodes > 1 && !profile.episode) {
    throw new UserError(`the profile "${profile.name}" names no services that reset the robot: leave out --episodes`)
  }
  if (options.rearm && !profile.episode) {
    throw new UserError(
      `--rearm is for simulated robots: the arm of the profile "${profile.name}" is armed by a person`,
    )
  }
  if (!yes && !dryRun && !input.isTTY) {
    throw new UserError('there is no terminal to ask on before the arm moves: look with --dry-run, then run with --yes')
  }
  const predictor = await load(options, loadPolicyThread)
  // Held for want of a command is the arm whose controller waits for the processor. Threads that are there already, and
  // plan, do not have it.
  askForPriority()
  const line = startStatusLine()
  let robot: RosRobot | undefined
  try {
    const missing = await examine(options, url, profile, signal, line)
    const tls = await readTlsFiles(options, [url, cameraUrl])
    robot = new RosRobot({ url, profile, tls, camera: predictor.needsView, ...(cameraUrl && { cameraUrl }) })
    // Why commands stopped is told where it happens. What is not: that the guard did not take a call, that a clock was set,
    // and what is wrong with messages that only matter once they are missing.
    robot.onEvent((event) => {
      const isAside = event.kind === 'refused' && !event.required
      if (isAside || event.kind === 'service' || event.kind === 'clock') line.tell(event.message)
    })
    line.show(`connecting to ${url} …`)
    await whichever(robot.ready(READY), signal)
    const rosRun: RosRun = {
      ...shared(options, signal, line, input),
      robot,
      profile,
      info,
      predictor,
      seed,
      fit: { clearance: clearance / 1000, chamfer: chamfer / 1000 },
      dryRun,
      ...(options.rearm ? { rearms: options.rearm } : {}),
      ...(options.ensemble ? { ensemble: options.ensemble } : {}),
      ...withoutGiving(options),
    }
    await show(rosRun, line, options, missing)
    if (!dryRun && !yes && !(await agreed('Move the robot?', signal))) {
      throw new UserError('nothing was moved: the answer was not yes')
    }
    if (signal.aborted) throw new Interrupted('stopped before anything moved')
    // Now that it is agreed to: with --force an earlier recording goes.
    const settings = { checkpoint, profile: profile.name, url }
    const record = await recording(options, datasetInfo({ clearance, chamfer, seed }, info), settings)
    const about = { robot: 'ros', checkpoint, task: info.task, profile: profile.name, url, dryRun } as const
    const simulated = profile.episode !== undefined
    line.tell(`${dryRun ? 'dry run' : 'running'}: ${RUN_KEYS}`)
    return await episodes(
      options,
      { ...about, simulated },
      (index) => runRosEpisode({ ...rosRun, ...record }, index),
      signal,
      line,
    )
  } finally {
    line.stop()
    await robot?.close()
    await predictor.dispose()
  }
}

/**
 * Compares the live system with its profile, by listening; returns what is missing though it can be done without. Throws
 * Interrupted as soon as the signal comes.
 */
async function examine(
  options: RunOptions,
  url: string,
  profile: Profile,
  signal: AbortSignal,
  line: StatusLine,
): Promise<LiveCheck[]> {
  line.show(`listening to ${url} for ${LISTEN} s, by the profile ${profile.name} …`)
  const { graph, pictures, close } = await connectArm({ ...options, url }, profile)
  try {
    const checks = await whichever(checkLive(profile, graph, { seconds: LISTEN, pictures, tell: line.tell }), signal)
    const second = options.cameraUrl === undefined ? '' : ` --camera-url ${options.cameraUrl}`
    refuseMisfit(checks, `--url ${url}${second} --profile ${options.profile}`)
    line.tell(`the robot is as its profile ${profile.name} says: ${checks.length} checks`)
    return checks.filter(({ state }) => state === 'missing')
  } finally {
    close()
  }
}

/** What would happen, for whoever has to agree to it. */
async function show(
  run: RosRun,
  line: StatusLine,
  { checkpoint }: RunOptions,
  missing: readonly LiveCheck[],
): Promise<void> {
  const { info, profile, fit } = run
  const [clearance, leadIn] = [fit.clearance, fit.chamfer].map((metres) => `${(metres * 1e3).toFixed(2)} mm`)
  const lines: [string, string][] = [
    [
      'policy',
      `${checkpoint}: ${info.preset}, ${info.task}, ${info.clearanceMm} mm, ${info.episodes.training} demonstrations`,
    ],
    ['fit', `${clearance} of clearance, lead-ins of ${leadIn} (--clearance, --chamfer)`],
    ['arm', `${profile.name}: ${profile.description}`],
    ...(await firstPlanOf(run)),
    ['watchdog', profile.watchdog],
    // Without a guard the watchdog says all.
    ...missing
      .filter(({ name }) => name !== 'guard')
      .map(({ name, detail }): [string, string] => ['warning', `${name}: ${detail}`]),
  ]
  for (const [label, text] of lines) line.tell(`${label.padEnd(14)}${text}`)
}

/** Episode after episode; Ctrl-C, the operator's end or an error leaves those that are done. */
async function episodes(
  { episodes: count }: RunOptions,
  about: Parameters<typeof resultOf>[0],
  runOne: (index: number) => Promise<RunEpisode>,
  signal: AbortSignal,
  line: StatusLine,
): Promise<{ result?: RunResult; stopped?: unknown }> {
  const results: RunEpisode[] = []
  let failure: unknown
  for (let index = 0; index < count && !signal.aborted; index++) {
    const result = await runOne(index).catch((error) => {
      failure = error
    })
    if (!result) break
    results.push(result)
    const after = result.seatSeconds === null ? '' : ` after ${result.seatSeconds.toFixed(1)} s`
    line.tell(`episode ${index + 1} of ${count}: ${result.reason}${after}, up to ${result.peakForceN.toFixed(1)} N`)
    if (result.reason === BY_OPERATOR) break
  }
  line.stop()
  const done = results.filter(({ reason }) => reason !== 'interrupted')
  const result = results.length > 0 ? { result: resultOf(about, results) } : {}
  // Ctrl-C does not hide that something went wrong, like a disk that is full.
  const isOnlyStopped = failure === undefined || (signal.aborted && failure instanceof Interrupted)
  if (!isOnlyStopped) return { ...result, stopped: failure }
  if (!signal.aborted) return result
  return {
    ...result,
    stopped: new Interrupted(`stopped: the robot holds; ${done.length} of ${count} episodes ran to their end`),
  }
}

/** `loader`: in this thread, or in one of its own where commands have to stream meanwhile. */
async function load({ checkpoint, device }: RunOptions, loader: typeof loadPolicy | typeof loadPolicyThread) {
  return (await loader(checkpoint, { device: await usableDevice(device), threads: 1 })).predictor
}

/** What every episode of a run shares. */
function shared(
  { seconds, dryRun, retry, spiral }: RunOptions,
  signal: AbortSignal,
  line: StatusLine,
  input: OperatorInput,
) {
  return {
    signal,
    limit: seconds ?? (dryRun ? LIMIT.dry : LIMIT.live),
    listen: (operator: Parameters<RosRun['listen']>[0]) =>
      listenToInput(input, { ofKey: runWordOfKey, ofText: runWordOfText }, operator),
    show: line.show,
    tell: line.tell,
    ...(retry ? { retry } : {}),
    ...(spiral ? { spiral } : {}),
  }
}

const withoutGiving = ({ rocking, contactTrim }: RunOptions) => ({
  ...(rocking === false ? { rocking } : {}),
  ...(contactTrim === false ? { contactTrim } : {}),
})

const datasetInfo = (
  { clearance, chamfer, seed }: { clearance: number; chamfer: number; seed: number },
  { task }: CheckpointConfig,
): DatasetInfo => ({
  formatVersion: FORMAT_VERSION,
  task,
  clearanceMm: clearance,
  chamferMm: chamfer,
  seed,
  recordedFrom: 'policy',
  noise: 'none',
})

/** Makes the dataset, if one is asked for. */
async function recording({ out, force }: RunOptions, info: DatasetInfo, settings: Record<string, string>) {
  if (out === undefined) return {}
  await createDataset(out, info, force ? { force } : {})
  const record = async (robot: LiveRobot) =>
    new RunRecorder(await EpisodeWriter.create(await nextEpisodePath(out), { ...info, settings }), robot)
  return { record }
}

/** The promise, or Interrupted when the signal comes first. */
function whichever<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Interrupted('stopped before anything moved'))
    if (signal.aborted) {
      // Nobody waits for what becomes of it.
      promise.catch(() => {})
      return onAbort()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
