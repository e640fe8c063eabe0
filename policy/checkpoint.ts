// A trained policy on disk: one folder that says everything needed to run it, export it, or train it further.
//
//   config.json            what it is: full configuration, normaliser, task, seed, format version
//   weights.safetensors    parameters by name, raw (`raw.…`) and averaged (`ema.…`)
//   goal.safetensors       the goal picture, S,S,C (`picture`); of a policy that sees pictures
//   policy.onnx            the compiled sampler with the averaged weights and the goal: runs in any ONNX runtime
//   optimizer.safetensors  the optimiser's state, from which training resumes
//   metrics.jsonl          a line per logged step
//
// Files are written under a temporary name and renamed, so none is ever half there; a line of metrics that a crash cut
// short is dropped when training resumes.
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PART_SUFFIX, writeWhole } from '../demos/index.ts'
import { DeviceError, type SessionOptions, type WeightType } from '../tensor/compile/index.ts'
import { countParameters, sliceParameters } from '../tensor/parameters.ts'
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../tensor/safetensors.ts'
import { type ImageConfig, PolicyConfig } from './config.ts'
import { loadPredictor } from './load-predictor.ts'
import { pictureShape, policySpec } from './model.ts'
import { Normalizer } from './normalizer.ts'
import { Parts } from './pictures.ts'
import { buildSampler, type SamplerVariant } from './sampler.ts'
import type { Metrics, TrainingState } from './train.ts'

export const CHECKPOINT_VERSION = 3
const FILES = {
  config: 'config.json',
  weights: 'weights.safetensors',
  goal: 'goal.safetensors',
  model: 'policy.onnx',
  optimizer: 'optimizer.safetensors',
  metrics: 'metrics.jsonl',
} as const

/** The contents of config.json. Unknown keys are refused. */
export const CheckpointConfig = z.strictObject({
  formatVersion: z.literal(CHECKPOINT_VERSION),
  preset: z.string(),
  config: PolicyConfig,
  normalizer: Normalizer,
  /** of the parts that it was trained on; a picture is cut to their boxes. Null where nobody knows them */
  parts: Parts.nullable(),
  task: z.string(),
  /** of the demonstrations, mm */
  clearanceMm: z.number(),
  /** how deep the part got in the demonstrations, the median of them, m; absent in older checkpoints */
  seatedDepthM: z.number().optional(),
  /** demonstrations trained on, and held out for validation */
  episodes: z.strictObject({ training: z.number().int(), validation: z.number().int() }),
  seed: z.number().int(),
  parameters: z.number().int(),
  /** episodes that it drives in the simulator at each milestone of its training; absent for none */
  rollouts: z.number().int().positive().optional(),
})
export type CheckpointConfig = z.infer<typeof CheckpointConfig>

/** A checkpoint that cannot be read or written; the message names the file and says what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
}

/**
 * Makes the folder of a run, with the `goal` picture of a policy that sees pictures. Throws a CheckpointError when it
 * exists, unless `force` and it is a checkpoint.
 */
export async function createCheckpoint(
  folder: string,
  info: CheckpointConfig,
  { force = false, goal }: { force?: boolean; goal?: Float32Array | undefined } = {},
): Promise<void> {
  const found = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw new CheckpointError(`${folder}: ${error.code === 'ENOTDIR' ? 'is a file, expected a folder' : error.message}`)
  })
  const isRun = !found.includes(FILES.config) || (await isCheckpointConfig(join(folder, FILES.config)))
  const strangers = found.filter((name) => !isOurs(name) || (name === FILES.config && !isRun))
  if (found.length > 0 && !force) {
    throw new CheckpointError(`${folder} exists: choose another folder, or overwrite it with --force`)
  }
  if (strangers.length > 0) {
    throw new CheckpointError(
      `${folder} holds files that are not a checkpoint's (${strangers.join(', ')}): not overwritten`,
    )
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(found.map((name) => rm(join(folder, name))))
  await describeCheckpoint(folder, info, goal)
  await writePart(join(folder, FILES.metrics), '')
}

/**
 * Writes what the policy is, and the `goal` picture of one that sees pictures, into the folder of a run: also of one that
 * goes on, for longer than it was to at first.
 */
export async function describeCheckpoint(
  folder: string,
  info: CheckpointConfig,
  goal: Float32Array | undefined,
): Promise<void> {
  if (info.config.model.image) await saveGoal(folder, info.config.model.image, goal)
  await writePart(join(folder, FILES.config), `${JSON.stringify(info, null, 2)}\n`)
}

async function saveGoal(folder: string, image: ImageConfig, data: Float32Array | undefined): Promise<void> {
  if (!data) throw new CheckpointError(`${folder}: a policy that sees pictures is kept with its goal picture, got none`)
  const picture: NamedTensor = { shape: pictureShape(image).slice(1), data }
  await writePart(join(folder, FILES.goal), encodeSafetensors({ tensors: { picture }, metadata: {} }))
}

/** The goal picture of a policy that sees pictures, S,S,C; undefined for others. Throws a CheckpointError. */
export async function loadGoal(folder: string, { config }: CheckpointConfig): Promise<Float32Array | undefined> {
  const { image } = config.model
  if (!image) return undefined
  const path = join(folder, FILES.goal)
  const again = `choose it again with npx tenon train --resume --data DIR --out ${folder}`
  const { tensors } = decode(path, await readPart(folder, FILES.goal), again)
  const { data, shape } = tensors.picture ?? {}
  const expected = pictureShape(image).slice(1)
  if (!data || String(shape) !== String(expected)) {
    throw new CheckpointError(
      `${path}: expected a picture of shape ${expected.join(', ')}, got ${shape?.join(', ') ?? 'none'}; ${again}`,
    )
  }
  return data
}

/** Of any version; one that was cut short counts as well. */
async function isCheckpointConfig(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  try {
    return 'formatVersion' in Object(JSON.parse(text))
  } catch {
    return true
  }
}

const isOurs = (name: string) => Object.values(FILES).some((file) => name === file || name === file + PART_SUFFIX)

/** Throws a CheckpointError that says what is missing or wrong. */
export async function readCheckpointConfig(folder: string): Promise<CheckpointConfig> {
  const path = join(folder, FILES.config)
  const json = parseJson(path, (await readPart(folder, FILES.config)).toString('utf8'))
  const version = (json as { formatVersion?: unknown } | null)?.formatVersion
  if (version !== CHECKPOINT_VERSION) {
    throw new CheckpointError(
      `${path}: checkpoint format ${version ?? '(none)'}, this version of tenon reads ${CHECKPOINT_VERSION}: train it again, or use the version that wrote it`,
    )
  }
  const parsed = CheckpointConfig.safeParse(json)
  if (!parsed.success) {
    throw new CheckpointError(
      `${path}: ${z.prettifyError(parsed.error)}\ncorrect it, train again, or use the version that wrote it`,
    )
  }
  const { config, parameters } = parsed.data
  const expected = countParameters(policySpec(config.model))
  if (parameters !== expected) {
    throw new CheckpointError(
      `${path}: the policy has ${parameters} parameters, its config makes ${expected}: train again, or use the version that wrote it`,
    )
  }
  return parsed.data
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CheckpointError(`${path} is no JSON: was it cut short? restore it, or train again`, { cause })
  }
}

/** Saves the state to resume from. */
export async function saveTrainingState(folder: string, state: TrainingState): Promise<void> {
  const { step, ...vectors } = state
  const tensors: Record<string, NamedTensor> = {}
  for (const [name, data] of Object.entries(vectors)) tensors[name] = { shape: [data.length], data }
  await writePart(join(folder, FILES.optimizer), encodeSafetensors({ tensors, metadata: { step: String(step) } }))
}

/** The saved state, or undefined when none was reached yet. Throws a CheckpointError when it does not fit the config. */
export async function loadTrainingState(folder: string, info: CheckpointConfig): Promise<TrainingState | undefined> {
  const path = join(folder, FILES.optimizer)
  const again = 'delete it to train from the start'
  const bytes = await readWhole(path).catch((cause) => {
    if (cause.code === 'ENOENT') return undefined
    throw new CheckpointError(`${path}: ${cause.message}`, { cause })
  })
  if (!bytes) return undefined
  const { tensors, metadata } = decode(path, bytes, again)
  const step = Number(metadata.step)
  if (!(Number.isInteger(step) && step >= 0)) {
    throw new CheckpointError(`${path}: expected the number of a step, got ${metadata.step ?? 'none'}; ${again}`)
  }
  const vector = (name: string): Float32Array => {
    const data = tensors[name]?.data
    if (data?.length !== info.parameters) {
      const got = data?.length ?? 0
      throw new CheckpointError(`${path}: "${name}" holds ${got} numbers, expected ${info.parameters}; ${again}`)
    }
    return data
  }
  return { step, theta: vector('theta'), m: vector('m'), v: vector('v'), ema: vector('ema') }
}

/** Writes the weights by name and the compiled sampler, into a folder of {@link createCheckpoint}. */
export async function savePolicy(folder: string, info: CheckpointConfig, state: TrainingState): Promise<void> {
  const specs = policySpec(info.config.model)
  const tensors: Record<string, NamedTensor> = {}
  for (const [kind, flat] of [['raw', state.theta] as const, ['ema', state.ema] as const]) {
    for (const [name, data] of Object.entries(sliceParameters(specs, flat))) {
      tensors[`${kind}.${name}`] = { shape: specs[name]?.shape ?? [], data }
    }
  }
  const metadata = { preset: info.preset, task: info.task, step: String(state.step) }
  const goal = await loadGoal(folder, info)
  // Before anything is written: a sampler that cannot be built changes neither file.
  const { model } = buildSampler(info.config, state.ema, { metadata, goal })
  await writePart(join(folder, FILES.weights), encodeSafetensors({ tensors, metadata }))
  await writePart(join(folder, FILES.model), model)
}

export type LoadOptions = SessionOptions &
  Pick<SamplerVariant, 'inferenceSteps' | 'warmSteps'> & { weights?: WeightType }

/**
 * Loads the policy as a Predictor: policy.onnx as it is or, where `options` ask for another chain, a sampler built anew
 * from the weights. Throws a CheckpointError for a missing or damaged file.
 */
export async function loadPolicy(
  folder: string,
  { inferenceSteps, warmSteps, weights: type = 'float32', ...options }: LoadOptions = {},
) {
  const info = await readCheckpointConfig(folder)
  const anew = inferenceSteps !== undefined || warmSteps !== undefined || type !== 'float32'
  const weights = anew ? await loadFlatWeights(folder, info) : undefined
  const goal = anew ? await loadGoal(folder, info) : undefined
  const variant = { weights: type, goal, ...(inferenceSteps ? { inferenceSteps } : {}) }
  const model = weights ? buildSampler(info.config, weights, variant).model : await readPart(folder, FILES.model)
  const warm = weights && warmSteps ? buildSampler(info.config, weights, { ...variant, warmSteps }).model : undefined
  try {
    const loading = { ...options, parts: info.parts ?? undefined, ...(warm ? { warm } : {}) }
    return { info, predictor: await loadPredictor(info.config, info.normalizer, model, loading) }
  } catch (cause) {
    // A sampler that was built anew is whole, and a device that is missing is not in the file.
    if (weights || cause instanceof DeviceError) throw cause
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new CheckpointError(`${join(folder, FILES.model)} does not load (${problem}): ${writeAgain(folder)}`, {
      cause,
    })
  }
}

const writeAgain = (folder: string) => `write it again with npx tenon train --resume --data DIR --out ${folder}`

/** The averaged weights as the flat vector they were trained as. Throws like {@link loadWeights}. */
export async function loadFlatWeights(folder: string, info: CheckpointConfig): Promise<Float32Array> {
  const tensors = await loadWeights(folder, info)
  const specs = policySpec(info.config.model)
  const flat = new Float32Array(info.parameters)
  for (const [name, view] of Object.entries(sliceParameters(specs, flat))) {
    const data = tensors[`ema.${name}`]?.data
    if (data?.length !== view.length) {
      throw new CheckpointError(
        `${join(folder, FILES.weights)}: ${name} holds ${data?.length ?? 'no'} numbers, expected ${view.length}; ${writeAgain(folder)}`,
      )
    }
    view.set(data)
  }
  return flat
}

/**
 * Weights by name, `raw.…` and `ema.…`. Throws a CheckpointError when the file is missing, damaged, or has not as many
 * averaged weights as the config.
 */
export async function loadWeights(folder: string, info: CheckpointConfig): Promise<Record<string, NamedTensor>> {
  const path = join(folder, FILES.weights)
  const { tensors } = decode(path, await readPart(folder, FILES.weights), writeAgain(folder))
  const got = Object.entries(tensors)
    .filter(([name]) => name.startsWith('ema.'))
    .reduce((sum, [, { data }]) => sum + data.length, 0)
  if (got !== info.parameters) {
    throw new CheckpointError(`${path}: ${got} parameters, the config has ${info.parameters}; ${writeAgain(folder)}`)
  }
  return tensors
}

/** `last`: they are on the disk before the state of their step is, and a power cut leaves no hole. */
export async function appendMetrics(folder: string, lines: readonly Metrics[], last = false): Promise<void> {
  const file = await open(join(folder, FILES.metrics), 'a')
  try {
    await file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    if (last) await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts `line` in the place of the last one, of the same step: what takes long is known later than the loss. */
export async function amendMetrics(folder: string, line: Metrics): Promise<void> {
  const others = (await readMetrics(folder)).filter(({ step }) => step < line.step)
  await writeMetrics(folder, [...others, line])
}

/** Logged steps up to `step`; later ones, and a line that a crash cut short, are removed from the file. */
export async function truncateMetrics(folder: string, step: number): Promise<Metrics[]> {
  const kept = (await readMetrics(folder)).filter((line) => line.step <= step)
  await writeMetrics(folder, kept)
  return kept
}

const writeMetrics = (folder: string, lines: readonly Metrics[]) =>
  writePart(join(folder, FILES.metrics), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))

export async function readMetrics(folder: string): Promise<Metrics[]> {
  const path = join(folder, FILES.metrics)
  const text = await readFile(path, 'utf8').catch((cause) => {
    if (cause.code === 'ENOENT') return ''
    // Whoever writes it anew would write an empty one.
    throw new CheckpointError(`${path}: ${cause.message}`, { cause })
  })
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Metrics]
    } catch {
      return []
    }
  })
}

function decode(path: string, bytes: Uint8Array, whatToDo: string) {
  try {
    return decodeSafetensors(bytes)
  } catch (cause) {
    throw new CheckpointError(`${path}: ${cause instanceof Error ? cause.message : cause}; ${whatToDo}`, { cause })
  }
}

/** Bytes that are read at once. */
const BLOCK = 2 ** 30

/** Also a file of more than 2 GiB, which readFile refuses. */
async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const bytes = Buffer.allocUnsafeSlow(size)
    let at = 0
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(BLOCK, size - at), at)
      if (bytesRead === 0) break
      at += bytesRead
    }
    return bytes.subarray(0, at)
  } finally {
    await file.close()
  }
}

async function readPart(folder: string, file: string): Promise<Buffer> {
  return readWhole(join(folder, file)).catch(async (cause) => {
    if (cause.code !== 'ENOENT') throw new CheckpointError(`${join(folder, file)}: ${cause.message}`, { cause })
    const found = await readdir(folder).catch(() => undefined)
    const state = found === undefined ? 'there is no such folder' : `it holds ${found.join(', ') || 'nothing'}`
    const why = found?.includes(FILES.config)
      ? `the run was not finished: npx tenon train --resume --data DIR --out ${folder}`
      : 'make one with npx tenon train --data DIR --out RUN'
    throw new CheckpointError(`${folder} is no whole checkpoint: ${file} is missing (${state}); ${why}`, { cause })
  })
}

async function writePart(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeWhole(path, content)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : cause
    throw new CheckpointError(
      `${path} cannot be written (${problem}): make room for it there, or choose another folder`,
      { cause },
    )
  }
}
