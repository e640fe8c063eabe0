// tenon eval: how often a policy seats the part, and why it fails when it does not.
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { Command, Option } from 'commander'
import type { EnsembleMode } from '../control/index.ts'
import { readDataset, writeWhole } from '../demos/index.ts'
import { type LoadOptions, loadPolicy, readCheckpointConfig } from '../policy/index.ts'
import { DEFAULT_HAND, findTask, type Hand, type LookLevel, type Split, type Summary, summarize } from '../sim/index.ts'
import type { Device, WeightType } from '../tensor/compile/index.ts'
import { usableDevice } from './device.ts'
import { type DriverSetup, type Finished, runEpisodes } from './episode-pool.ts'
import { Interrupted, UserError } from './errors.ts'
import { writeEvalResults } from './eval-results.ts'
import { interruption } from './interrupt.ts'
import {
  chamferOption,
  clearanceOption,
  ddimStepsOption,
  deviceOption,
  ensembleOption,
  episodesOption,
  forceOption,
  jsonOption,
  lookOption,
  noContactTrimOption,
  noiseOption,
  noRockingOption,
  number,
  retryOption,
  seedOption,
  spiralOption,
  splitOption,
  taskOption,
  warmStepsOption,
  weightsOption,
  workersOption,
} from './options.ts'
import { refuseTakenFile } from './output-file.ts'
import { REPLAY_FRAMES, type ReplayFrame, toDemonstration } from './replay-baseline.ts'
import { episodePlot } from './report/episode-plot.ts'
import type { Conditions } from './run-episode.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say, startProgress, table } from './terminal.ts'

export interface EvalOptions {
  checkpoint?: string
  replay?: ReplayFrame
  data?: string
  task?: string
  clearance: number
  chamfer: number
  split: Split
  noise: string
  bias?: number
  biasDegrees?: number
  episodes: number
  seed: number
  workers: number
  /** commander's names for the absence of --no-contact-trim and --no-rocking */
  contactTrim?: boolean
  rocking?: boolean
  retry?: number
  spiral?: boolean
  ensemble?: EnsembleMode
  ddimSteps?: number
  warmSteps?: number
  weights?: WeightType
  device?: Device
  look?: LookLevel
  plot?: string
  results?: string
  force?: boolean
}

/** Episodes that are drawn, and the files of one. */
const PLOTS = 4
const PLOT_FILE = /^episode-\d{3}\.(json|png)$/

/** What `eval --json` prints. */
export interface EvalResult extends Summary {
  method: 'policy' | `replay-${ReplayFrame}`
  task: string
  clearanceMm: number
  chamferMm: number
  split: Split
  noise: string
  biasMm?: number
  biasDegrees?: number
  /** false when the controller was told not to give way to contact */
  contactTrim?: boolean
  /** false when a part that had wedged was not to be rocked */
  rocking?: boolean
  /** how often a part that was stuck was brought again at most, and whether it searched for the mouth */
  retries?: number
  spiral?: boolean
  /** how plans that overlap are brought together, unless the newest is followed */
  ensemble?: EnsembleMode
  /** of the pictures, where the policy needs them */
  look?: LookLevel
  /** how the policy was run */
  sampler?: { ddimSteps: number; warmSteps?: number; weights: WeightType; device: Device }
  seed: number
  hand: Hand
  /** these are simulated episodes */
  simulated: true
}

export function evalCommand(): Command {
  return new Command('eval')
    .option('--checkpoint <run>', 'folder made by tenon train')
    .addOption(
      new Option('--replay <frame>', 'instead of a policy: play the nearest demonstration back')
        .choices([...REPLAY_FRAMES])
        .conflicts('checkpoint'),
    )
    .option('--data <dir>', 'demonstrations to replay')
    .addOption(taskOption())
    .addOption(clearanceOption())
    .addOption(chamferOption())
    .addOption(splitOption())
    .addOption(noiseOption('tracker'))
    .addOption(
      new Option(
        '--bias <mm>',
        'a tracker that is off by exactly this, in a direction drawn for each episode: mm, and as many degrees',
      ).argParser(number({ low: 0, high: 10 })),
    )
    .addOption(
      new Option('--bias-degrees <deg>', 'and turned by this, instead of by as many degrees as --bias').argParser(
        number({ low: 0, high: 10 }),
      ),
    )
    .addOption(noContactTrimOption())
    .addOption(noRockingOption())
    .addOption(retryOption())
    .addOption(spiralOption())
    .addOption(ensembleOption())
    .addOption(ddimStepsOption().conflicts('replay'))
    .addOption(warmStepsOption().conflicts('replay'))
    .addOption(weightsOption())
    .addOption(deviceOption())
    .addOption(lookOption().conflicts('replay'))
    .option('--plot <dir>', `draw the first ${PLOTS} episodes there: height, force and gate over time`)
    .option('--results <file>', 'write conditions, summary and every episode there, as JSON')
    .addOption(forceOption())
    .addOption(episodesOption(50))
    .addOption(seedOption())
    .addOption(workersOption(Math.min(8, availableParallelism())))
    .addOption(jsonOption())
    .action(async (options: EvalOptions & { json?: boolean }, command: Command) => {
      refuseUseless(command, options)
      await refuseInVain(options)
      const evaluation = await evaluateUntilStopped(options, options.plot ? PLOTS : 0)
      const { result, finished, stopped } = evaluation
      say(describe([result]))
      if (options.results) await keep(options.results, evaluation)
      if (options.plot) await plot(options.plot, result.task, finished)
      if (options.json) answer(result)
      if (stopped) throw stopped
    })
}

/** What would say nothing, and yet stand beside the results. */
function refuseUseless(command: Command, { replay, checkpoint }: EvalOptions): void {
  if (checkpoint) refuseStray(command, ['data'], 'is what --replay plays back: leave it out, or leave out --checkpoint')
  if (!replay) return
  refuseStray(command, ['weights', 'device'], `is for a policy, which --replay ${replay} has none of: leave it out`)
  if (replay !== 'base' && replay !== 'target') return
  const ofController = ['contactTrim', 'rocking', 'retry', 'spiral', 'ensemble']
  refuseStray(command, ofController, `is for the controller, which --replay ${replay} does without: leave it out`)
}

/** What cannot be written is better known now than after an hour. */
async function refuseInVain({ results, plot, force = false }: EvalOptions): Promise<void> {
  if (results !== undefined) {
    await refuseTakenFile(results, force)
    await mkdir(dirname(results), { recursive: true })
  }
  if (plot !== undefined) {
    const there = await stat(plot).catch(() => undefined)
    if (there && !there.isDirectory()) throw new UserError(`--plot ${plot}: a file stands there, expected a folder`)
    const old = there ? (await readdir(plot)).filter((name) => PLOT_FILE.test(name)) : []
    if (old.length > 0 && !force) {
      throw new UserError(`${plot} has plots already: choose another folder, or replace them with --force`)
    }
    await mkdir(plot, { recursive: true })
  }
}

export interface Evaluation {
  result: EvalResult
  finished: Finished[]
  conditions: Conditions
  /** of a policy */
  loading?: LoadOptions
}

/** Runs the episodes; `traces` of them, the first, come with what a report can draw. Ctrl-C prints what there is. */
export async function evaluate(options: EvalOptions, traces = 0): Promise<Evaluation> {
  const { stopped, ...evaluation } = await evaluateUntilStopped(options, traces)
  if (!stopped) return evaluation
  say(describe([evaluation.result]))
  throw stopped
}

/** The same, but a result of fewer episodes is returned with what stopped them. */
async function evaluateUntilStopped(options: EvalOptions, traces = 0): Promise<Evaluation & { stopped?: Interrupted }> {
  if (options.biasDegrees !== undefined && options.bias === undefined) {
    throw new UserError('--bias-degrees goes with --bias: add it, like --bias 0 --bias-degrees 2')
  }
  const signal = interruption()
  const { driver, task, sampler } = await chooseDriver(options)
  const loading = driver.kind === 'policy' ? { loading: driver.loading } : {}
  const conditions: Conditions = {
    task,
    clearanceMm: options.clearance,
    chamferMm: options.chamfer,
    split: options.split,
    noise: options.noise,
    seed: options.seed,
    ...(options.bias === undefined ? {} : { biasMm: options.bias }),
    ...(options.biasDegrees === undefined ? {} : { biasDegrees: options.biasDegrees }),
    ...(options.contactTrim === false ? { contactTrim: false } : {}),
    ...(options.rocking === false ? { rocking: false } : {}),
    ...(options.retry ? { retries: options.retry } : {}),
    ...(options.spiral ? { spiral: true } : {}),
    ...(options.ensemble ? { ensemble: options.ensemble } : {}),
    ...(options.look ? { look: options.look } : {}),
  }
  const progress = startProgress(`${task} ${options.clearance} mm ${options.split}`, options.episodes)
  let seated = 0
  const finished = await runEpisodes({
    conditions,
    driver,
    episodes: options.episodes,
    workers: options.workers,
    traces,
    signal,
    onResult({ result }, done) {
      if (result.seated) seated++
      progress.update(done, `${seated} seated`)
    },
  }).finally(() => progress.stop())
  const method = driver.kind === 'policy' ? 'policy' : (`replay-${driver.frame}` as const)
  if (finished.length === 0) throw new Interrupted('stopped before an episode was over')
  const summary = summarize(finished.map(({ result }) => result))
  const result: EvalResult = {
    method,
    ...conditions,
    ...(sampler ? { sampler } : {}),
    ...summary,
    hand: DEFAULT_HAND,
    simulated: true,
  }
  if (finished.length === options.episodes) return { result, finished, conditions, ...loading }
  return {
    result,
    finished,
    conditions,
    ...loading,
    stopped: new Interrupted(`stopped after ${finished.length} of ${options.episodes} episodes`),
  }
}

async function keep(file: string, { result, finished, conditions, loading }: Evaluation): Promise<void> {
  const { weights = 'float32', inferenceSteps, warmSteps } = loading ?? {}
  const chain = { ...(inferenceSteps ? { inferenceSteps } : {}), ...(warmSteps ? { warmSteps } : {}) }
  await writeEvalResults(file, {
    conditions,
    loading: loading ? { weights, ...chain } : null,
    summary: result,
    episodes: finished.map((episode) => episode.result),
  })
  say(`every episode in ${file}`)
}

/** In place of those that are there: the caller has asked whether they may go. */
async function plot(folder: string, task: string, finished: readonly Finished[]): Promise<void> {
  for (const name of await readdir(folder)) if (PLOT_FILE.test(name)) await rm(join(folder, name))
  for (const { result, trace } of finished) {
    if (!trace) continue
    const name = `episode-${String(result.index).padStart(3, '0')}`
    await writeWhole(join(folder, `${name}.json`), `${JSON.stringify({ result, trace })}\n`)
    await writeWhole(join(folder, `${name}.png`), episodePlot(findTask(task), result, trace))
  }
  say(`plots of the first episodes, and their numbers, in ${folder}`)
}

interface Chosen extends Pick<EvalResult, 'sampler'> {
  driver: DriverSetup
  task: string
}

async function chooseDriver(options: EvalOptions): Promise<Chosen> {
  const { checkpoint, replay, data } = options
  if (replay) {
    if (!data) throw new UserError('--replay needs the demonstrations: --data DIR')
    const { episodes, warnings, info } = await readDataset(data)
    for (const warning of warnings) say(`warning: ${warning}`)
    const demonstrations = episodes.filter(({ outcome }) => outcome?.seated).map(toDemonstration)
    if (demonstrations.length === 0) throw new UserError(`${data}: no episode seated, so there is none to replay`)
    return { driver: { kind: 'replay', frame: replay, demonstrations }, task: sameTask(options.task, info.task, data) }
  }
  if (!checkpoint) throw new UserError('nothing to evaluate: give --checkpoint RUN, or --replay FRAME --data DIR')
  const { ddimSteps, warmSteps, weights = 'float32' } = options
  const { task, config } = await readCheckpointConfig(checkpoint)
  if (options.look && !config.model.image) {
    throw new UserError(`--look is for policies that see pictures, and ${checkpoint} sees none: leave it out`)
  }
  const device = await usableDevice(options.device ?? 'cpu')
  const warm = warmSteps === undefined ? {} : { warmSteps }
  const loading: LoadOptions = {
    device,
    weights,
    threads: 1,
    ...(ddimSteps === undefined ? {} : { inferenceSteps: ddimSteps }),
    ...warm,
  }
  // Loaded once here, so that a broken checkpoint is one clear error and not one from each worker.
  const { predictor } = await loadPolicy(checkpoint, loading)
  await predictor.dispose()
  return {
    driver: { kind: 'policy', checkpoint, loading },
    task: sameTask(options.task, task, checkpoint),
    sampler: { ddimSteps: ddimSteps ?? config.diffusion.inferenceSteps, ...warm, weights, device },
  }
}

function sameTask(asked: string | undefined, learned: string, from: string): string {
  if (asked && asked !== learned) {
    say(`note: ${from} was made for ${learned}, and is run on ${asked}`)
  }
  return asked ?? learned
}

/** A table for people. */
export function describe(results: readonly EvalResult[]): string {
  return table(
    ['method', 'task', 'clearance', 'starts', 'noise', 'seated', '95 % interval', 'median', 'force p95', 'why not'],
    results.map((result) => [
      methodName(result),
      result.task,
      `${result.clearanceMm} mm`,
      result.split,
      biasedNoise(result),
      `${result.successes}/${result.episodes} (${percent(result.successRate)})`,
      `${percent(result.wilson95[0])} – ${percent(result.wilson95[1])}`,
      result.medianSeatSeconds === null ? '–' : `${result.medianSeatSeconds.toFixed(1)} s`,
      `${result.p95PeakForceN.toFixed(1)} N`,
      Object.entries(result.failures)
        .map(([why, count]) => `${why} ${count}`)
        .join(', ') || '–',
    ]),
  )
}

function biasedNoise({ noise, biasMm, biasDegrees }: EvalResult): string {
  if (biasMm === undefined) return noise
  return `${noise}, bias ${biasMm} mm${biasDegrees === undefined ? '' : ` ${biasDegrees}°`}`
}

function methodName(result: EvalResult): string {
  const { retries, spiral, ensemble } = result
  const recovery = `${ensemble ? ` + ${ensemble} of chunks` : ''}${spiral ? ' + spiral' : ''}${retries ? ` + ${retries} retries` : ''}`
  return `${driverName(result)}${recovery}`
}

function driverName({ method, sampler }: EvalResult): string {
  if (!sampler) return method
  const { ddimSteps, warmSteps, weights } = sampler
  return `${method}, ${warmSteps === undefined ? '' : `last ${warmSteps} of `}${ddimSteps} steps${weights === 'float32' ? '' : `, ${weights}`}`
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`
