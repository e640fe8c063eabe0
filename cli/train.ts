// tenon train: a dataset becomes a policy.
import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import type { z } from 'zod'
import { type Episode, readDataset } from '../demos/index.ts'
import {
  amendMetrics,
  appendMetrics,
  CHECKPOINT_VERSION,
  type CheckpointConfig,
  createCheckpoint,
  describeCheckpoint,
  ENGINES,
  type Engine,
  isMilestone,
  loadTrainingState,
  type Metrics,
  PolicyConfig,
  PRESETS,
  type PresetName,
  policySpec,
  practiceCount,
  prepareData,
  type Rollouts,
  readCheckpointConfig,
  savePolicy,
  saveTrainingState,
  type TrainingState,
  train,
  truncateMetrics,
  withPractice,
} from '../policy/index.ts'
import { type CameraOptions, LOOK_LEVELS } from '../sim/index.ts'
import type { Device } from '../tensor/compile/index.ts'
import { countParameters } from '../tensor/parameters.ts'
import { PICTURES } from './demonstrate.ts'
import { usableDevice } from './device.ts'
import { Interrupted, UserError } from './errors.ts'
import { interruption } from './interrupt.ts'
import { deviceOption, forceOption, jsonOption, rolloutsOption, seedOption, stepsOption } from './options.ts'
import { knownTask, partsOf } from './parts.ts'
import { practise } from './practice.ts'
import { isFromArm, rollOut, rolloutConditions } from './rollouts.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say, startProgress } from './terminal.ts'

export interface TrainOptions {
  data: string
  out: string
  preset?: PresetName
  config?: string
  steps?: number
  rollouts?: number
  seed: number
  engine: Engine
  device?: Device
  resume?: boolean
  force?: boolean
}

export interface TrainResult {
  checkpoint: string
  preset: string
  parameters: number
  steps: number
  loss: number
  validationLoss: number | null
  /** the newest; null for none */
  rollouts: Rollouts | null
  /** what computed it */
  engine: Engine
  device: Device
  seconds: number
}

const DEFAULT_PRESET: PresetName = 'edge-pose'

export function trainCommand(): Command {
  return new Command('train')
    .requiredOption('--data <dir>', 'dataset made by tenon record')
    .requiredOption('--out <run>', 'folder of the checkpoint')
    .addOption(
      new Option('--preset <name>', `sizes and training settings (default: ${DEFAULT_PRESET})`).choices(
        Object.keys(PRESETS),
      ),
    )
    .option('--config <file>', 'JSON file with settings that replace those of the preset')
    .addOption(stepsOption())
    .addOption(rolloutsOption())
    .addOption(seedOption())
    .addOption(new Option('--engine <name>', 'how the network is run').choices([...ENGINES]).default('compiled'))
    .addOption(deviceOption())
    .option('--resume', 'go on where an interrupted run in --out stopped')
    .addOption(forceOption())
    .addOption(jsonOption())
    .action(async (options: TrainOptions & { json?: boolean }, command: Command) => {
      if (options.resume) refuseStray(command, ['seed', 'force'], 'is for a run that begins: leave it out to --resume')
      const result = await trainPolicy(options)
      say(`policy of ${result.parameters} parameters in ${result.checkpoint}, trained ${result.steps} steps`)
      say(`next: npx tenon eval --checkpoint ${result.checkpoint}`)
      if (options.json) answer(result)
    })
}

/** Trains to the end, or until Ctrl-C: then the state is saved to resume from, and Interrupted is thrown. */
export async function trainPolicy(options: TrainOptions): Promise<TrainResult> {
  const begin = Date.now()
  const signal = interruption()
  const { engine, device: asked = 'cpu' } = options
  if (engine === 'eager' && asked !== 'cpu') {
    throw new UserError(`--device ${asked} is for the compiled engine: leave it out, or leave out --engine eager`)
  }
  const device = await usableDevice(asked)
  const { episodes, warnings, info: dataset } = await readDataset(options.data)
  for (const warning of warnings) say(`warning: ${warning}`)
  const seated = episodes.filter(({ outcome }) => outcome?.seated)
  if (seated.length === 0) {
    throw new UserError(`${options.data}: none of its ${episodes.length} episodes seated: nothing to learn from`)
  }
  const known = options.resume ? await readCheckpointConfig(options.out) : undefined
  if (known) refuseOtherSettings(known, options)
  const preset = known?.preset ?? options.preset ?? DEFAULT_PRESET
  const config = withSteps(known?.config ?? (await chooseConfig(options)), options.steps)
  const seed = known?.seed ?? options.seed
  const rollouts = options.rollouts ?? known?.rollouts ?? 0
  const look = config.model.image ? cameraOf(seated).look : undefined
  const conditions = rollouts > 0 ? rolloutConditions(options.data, dataset, look) : undefined
  if (conditions && seated.some(isFromArm)) {
    say(
      `note: ${options.data} was recorded at an arm; rollouts are simulated, and say little of how the policy does there`,
    )
  }
  tellOfPictures(options.data, seated, config, preset)
  const parts = partsOf(dataset)
  const data = prepareData(seated, config, seed, parts)
  const info: CheckpointConfig = {
    formatVersion: CHECKPOINT_VERSION,
    preset,
    config,
    normalizer: data.normalizer,
    parts: parts ?? null,
    seatedDepthM: data.seatedDepthM,
    task: dataset.task,
    clearanceMm: dataset.clearanceMm,
    episodes: data.episodes,
    seed,
    parameters: countParameters(policySpec(config.model)),
    ...(rollouts > 0 ? { rollouts } : {}),
  }
  let run: Run = { state: undefined, last: undefined, validationLoss: undefined, rollouts: undefined }
  if (known) {
    const isSame = (key: 'normalizer' | 'episodes') => JSON.stringify(known[key]) === JSON.stringify(info[key])
    if (!isSame('normalizer') || !isSame('episodes')) {
      throw new UserError(`${options.data} is not the dataset that ${options.out} was trained on: resume with that one`)
    }
    const state = await loadTrainingState(options.out, known)
    const logged = await truncateMetrics(options.out, state?.step ?? 0)
    const newest = <K extends keyof Metrics>(key: K) => logged.findLast((line) => line[key] !== undefined)?.[key]
    run = { state, last: logged.at(-1), validationLoss: newest('validationLoss'), rollouts: newest('rollouts') }
    // Asked for less than there is, nothing is trained, and nothing changes.
    if ((state?.step ?? 0) <= config.training.steps) await describeCheckpoint(options.out, info, data.goal)
  } else {
    await createCheckpoint(options.out, info, { force: options.force === true, goal: data.goal })
  }
  const task = knownTask(dataset)
  const isOver = (run.state?.step ?? 0) >= config.training.steps
  const count = isOver ? 0 : practiceCount(config)
  if (parts && task && count > 0) {
    const practice = { task, dataset, camera: cameraOf(seated), count, seed }
    data.training = await withPractice(data.training, practise(practice, signal), config, parts)
  }
  const drive: Drive | undefined =
    conditions &&
    (async (state, onEpisode) => {
      await savePolicy(options.out, info, state)
      return rollOut(options.out, conditions, rollouts, signal, onEpisode)
    })
  run = await follow(options.out, { config, ...data, seed, engine, device }, run, signal, drive)
  if (run.state) await savePolicy(options.out, info, run.state)
  if (signal.aborted) {
    throw new Interrupted(
      `stopped at step ${run.last?.step ?? 0} of ${config.training.steps}; go on with: ${howToGoOn(options)}`,
    )
  }
  return {
    checkpoint: options.out,
    preset: info.preset,
    parameters: info.parameters,
    steps: run.state?.step ?? config.training.steps,
    loss: run.last?.loss ?? Number.NaN,
    validationLoss: run.validationLoss ?? null,
    rollouts: run.rollouts ?? null,
    engine,
    device,
    seconds: (Date.now() - begin) / 1000,
  }
}

/** A command that can be pasted into a shell. Engine and device are not kept with the run, which may go on elsewhere. */
export function howToGoOn({ data, out, engine, device = 'cpu' }: TrainOptions): string {
  return [
    `npx tenon train --resume --data ${shellWord(data)} --out ${shellWord(out)}`,
    ...(engine === 'compiled' ? [] : [`--engine ${engine}`]),
    ...(device === 'cpu' ? [] : [`--device ${device}`]),
  ].join(' ')
}

const shellWord = (text: string): string => (/^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** What of the pictures is not what a person may think. */
function tellOfPictures(data: string, seated: readonly Episode[], config: PolicyConfig, preset: string): void {
  const hasPictures = seated.some(({ frames }) => frames.some(({ rgbd }) => rgbd))
  if (!config.model.image && hasPictures) {
    say(`note: ${preset} looks at no pictures: those of ${data} are left out (--preset edge-rgbd looks at them)`)
  }
  if (practiceCount(config) > 0 && seated.some(isFromArm)) {
    say(
      `warning: ${data} was recorded at an arm, and much of what this policy sees in training is rendered; if its camera is a ` +
        'real one, train with --config FILE that holds {"training": {"practice": {"pictures": 0}}} (docs/recording.md)',
    )
  }
}

/** A camera whose pictures look like the demonstrations'. */
function cameraOf([episode]: readonly Episode[]): CameraOptions {
  const { width, height } = episode?.frames.find(({ rgbd }) => rgbd)?.rgbd?.intrinsics ?? PICTURES
  const look = LOOK_LEVELS.find((level) => level === episode?.metadata.settings.look) ?? PICTURES.look
  return { ...PICTURES, width, height, look }
}

/** Where the training loop stands. */
interface Run {
  last: Metrics | undefined
  /** newest state, saved on disk already */
  state: TrainingState | undefined
  validationLoss: number | undefined
  rollouts: Rollouts | undefined
}

/** Has the averaged weights of a state drive. Undefined when Ctrl-C ended it early. */
type Drive = (state: TrainingState, onEpisode: (sofar: Rollouts) => void) => Promise<Rollouts | undefined>

/** Time between additions to the metrics, ms: who follows the file sees the run as it goes. */
const METRICS_EVERY = 1000

/**
 * Follows the training loop from where `run` stands, shows it and saves at every milestone. Only then do its weights
 * `drive`, and what comes of it is added to the metrics of that step.
 */
async function follow(
  folder: string,
  options: Parameters<typeof train>[0],
  { ...run }: Run,
  signal: AbortSignal,
  drive?: Drive,
): Promise<Run> {
  const { config } = options
  const progress = startProgress('training', config.training.steps)
  let unsaved: Metrics[] = []
  let appended = Date.now()
  let averageLoss: number | undefined
  const show = ({ step }: Metrics, driving?: Rollouts) => progress.update(step, describe(run, averageLoss, driving))
  const driveNow = async (metrics: Metrics, state: TrainingState) => {
    const rollouts = await drive?.(state, (sofar) => show(metrics, sofar))
    if (!rollouts) return
    run.rollouts = rollouts
    run.last = { ...metrics, rollouts }
    await amendMetrics(folder, run.last)
    show(metrics)
  }
  try {
    // What Ctrl-C or a power cut kept from driving does so now.
    const { last, state } = run
    if (last && state?.step === last.step && isMilestone(config, last.step) && !last.rollouts) {
      await driveNow(last, state)
    }
    const begun = { ...options, ...(state ? { resume: state } : {}) }
    for await (const { metrics, milestone, snapshot } of train(begun)) {
      run.last = metrics
      unsaved.push(metrics)
      averageLoss = averageLoss === undefined ? metrics.loss : 0.98 * averageLoss + 0.02 * metrics.loss
      if (metrics.validationLoss !== undefined) run.validationLoss = metrics.validationLoss
      show(metrics)
      const saving = milestone || signal.aborted
      if (saving) run.state = snapshot()
      // Lines beyond the saved state are harmless: resuming cuts them off.
      if (saving || Date.now() - appended >= METRICS_EVERY) {
        await appendMetrics(folder, unsaved, saving)
        unsaved = []
        appended = Date.now()
      }
      if (saving && run.state) await saveTrainingState(folder, run.state)
      if (milestone && run.state && !signal.aborted) await driveNow(metrics, run.state)
      if (signal.aborted) break
    }
  } finally {
    progress.stop()
  }
  return run
}

/** `loss 3.1e-2 · held out 4.0e-2 · seated 7/10`, or instead of the last what is being driven. */
function describe({ validationLoss, rollouts }: Run, loss: number | undefined, driving?: Rollouts): string {
  return [
    loss === undefined ? [] : `loss ${loss.toExponential(1)}`,
    validationLoss === undefined ? [] : `held out ${validationLoss.toExponential(1)}`,
    driving ? `driving: ${driving.episodes} over, ${driving.successes} seated` : [],
    rollouts && !driving ? `seated ${rollouts.successes}/${rollouts.episodes}` : [],
  ]
    .flat()
    .join(' · ')
}

async function chooseConfig({ preset = DEFAULT_PRESET, config: file }: TrainOptions): Promise<PolicyConfig> {
  return file ? readConfig(file, PRESETS[preset]) : PRESETS[preset]
}

/** A run goes on as it began: `config.json` says how. */
function refuseOtherSettings({ preset }: CheckpointConfig, options: TrainOptions): void {
  if (options.config) {
    throw new UserError(`${options.out} keeps the settings it began with: leave out --config, or train anew`)
  }
  if (options.preset && options.preset !== preset) {
    throw new UserError(`${options.out} was begun with --preset ${preset}, got ${options.preset}: leave that out`)
  }
}

/** A preset with what a JSON file says differently. Throws a UserError for a file that is not such. */
export async function readConfig(file: string, base: PolicyConfig): Promise<PolicyConfig> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UserError(`${file}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause })
  })
  let changes: unknown
  try {
    changes = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${file} is no JSON: ${(cause as Error).message}`, { cause })
  }
  if (!isObject(changes)) throw new UserError(`${file}: expected a JSON object of settings, got ${text.trim()}`)
  const parsed = PolicyConfig.safeParse(merge(base, changes), { reportInput: true })
  if (parsed.success) return parsed.data
  throw new UserError(`${file}: ${parsed.error.issues.map((issue) => describeIssue(issue, base)).join('; ')}`)
}

/** What is wrong with one setting; `base` knows the valid names. */
function describeIssue(issue: z.core.$ZodIssue, base: PolicyConfig): string {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.reduce((at: unknown, key) => (at as Record<PropertyKey, unknown>)[key], base)
    const names = issue.keys.map((key) => [...issue.path, key].join('.'))
    return `unknown setting ${names.join(', ')}; valid here: ${Object.keys(known as object).join(', ')}`
  }
  const place = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  // A rule over several settings says itself what it got.
  return issue.code === 'custom'
    ? `${place}${issue.message}`
    : `${place}${issue.message}, got ${JSON.stringify(issue.input)}`
}

/** `changes` over `base`, key by key inside objects. */
function merge(base: unknown, changes: unknown): unknown {
  if (!isObject(base) || !isObject(changes)) return changes
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(changes)) merged[key] = key in base ? merge(base[key], value) : value
  return merged
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function withSteps(config: PolicyConfig, steps: number | undefined): PolicyConfig {
  return steps === undefined ? config : { ...config, training: { ...config.training, steps } }
}
