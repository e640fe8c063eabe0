import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../demos/example-episode.ts'
import { makePose, type Rgbd } from '../geometry/index.ts'
import { countParameters } from '../tensor/parameters.ts'
import { encodeSafetensors } from '../tensor/safetensors.ts'
import {
  amendMetrics,
  appendMetrics,
  CheckpointError,
  createCheckpoint,
  describeCheckpoint,
  loadGoal,
  loadPolicy,
  loadTrainingState,
  loadWeights,
  readCheckpointConfig,
  readMetrics,
  savePolicy,
  saveTrainingState,
  truncateMetrics,
} from './checkpoint.ts'
import type { ImageConfig } from './config.ts'
import { picturedFrame } from './example-picture.ts'
import { exampleInfo, exampleParts, tinyConfig, withFusion } from './example-policy.ts'
import { loadPredictor } from './load-predictor.ts'
import { policySpec } from './model.ts'
import { seePicture } from './pictures.ts'
import { buildSampler, compileSampler } from './sampler.ts'
import { initialState, type Metrics, type TrainingState } from './train.ts'

const parameters = countParameters(policySpec(tinyConfig.model))
const info = exampleInfo(tinyConfig, 'edge-pose')

/** A state in which every vector differs. */
function exampleState(step = 8): TrainingState {
  const { theta } = initialState(tinyConfig, info.seed)
  return { step, theta, m: theta.map((x) => 2 * x), v: theta.map((x) => x * x), ema: theta.map((x) => 0.5 * x) }
}
const state = exampleState()
const metric = (step: number): Metrics => ({ step, loss: 1 / step, gradientNorm: 0.5, learningRate: 1e-3 })

// Made once: the sampler takes a while to compile.
let files: Record<string, Buffer>
beforeAll(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'tenon-policy-'))
  const folder = join(parent, 'run')
  await createCheckpoint(folder, info)
  await appendMetrics(folder, [metric(4), metric(8)])
  await saveTrainingState(folder, state)
  await savePolicy(folder, info, state)
  const names = await readdir(folder)
  files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])))
  await rm(parent, { recursive: true })
})

/** A whole checkpoint in a folder of the test's own. */
async function wholeCheckpoint(): Promise<string> {
  const folder = join(await temporaryFolder(), 'run')
  await mkdir(folder)
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
  return folder
}

async function editConfig(folder: string, edit: (json: Record<string, unknown>) => unknown): Promise<void> {
  const json = JSON.parse((files['config.json'] as Buffer).toString('utf8'))
  await writeFile(join(folder, 'config.json'), JSON.stringify(edit(json)))
}

/** Expects a CheckpointError whose message holds all of `parts`. */
async function expectRefused(promise: Promise<unknown>, ...parts: string[]): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CheckpointError)
  for (const part of parts) expect((error as Error).message).toContain(part)
}

/** Makes the next write of this file fail, as a full disk would: where the temporary file should go there is a folder. */
const blockWriting = (folder: string, name: string) => mkdir(join(folder, `${name}.part`))

describe('a checkpoint', () => {
  it('holds these files and nothing temporary', () => {
    expect(Object.keys(files).sort()).toEqual([
      'config.json',
      'metrics.jsonl',
      'optimizer.safetensors',
      'policy.onnx',
      'weights.safetensors',
    ])
  })

  it('is read back as it was written', async () => {
    const folder = await wholeCheckpoint()
    expect(await readCheckpointConfig(folder)).toEqual(info)
    expect(await readMetrics(folder)).toEqual([metric(4), metric(8)])
    const read = await loadTrainingState(folder, info)
    expect(read?.step).toBe(8)
    for (const name of ['theta', 'm', 'v', 'ema'] as const) {
      expect(Buffer.from(read?.[name].buffer as ArrayBuffer).equals(Buffer.from(state[name].buffer)), name).toBe(true)
    }
  })

  it('has its weights by name and shape, raw and averaged', async () => {
    const weights = await loadWeights(await wholeCheckpoint(), info)
    const specs = policySpec(tinyConfig.model)
    expect(Object.keys(weights).sort()).toEqual(
      Object.keys(specs)
        .flatMap((name) => [`raw.${name}`, `ema.${name}`])
        .sort(),
    )
    for (const [name, { shape }] of Object.entries(specs)) expect(weights[`ema.${name}`]?.shape, name).toEqual(shape)
    // The first parameter lies first in the flat vector; the average is half of it here.
    const [first] = Object.keys(specs)
    expect(weights[`raw.${first}`]?.data[0]).toBe(state.theta[0])
    expect(weights[`ema.${first}`]?.data[0]).toBe(0.5 * (state.theta[0] as number))
  })

  it('predicts with the averaged weights', async () => {
    const { info: read, predictor } = await loadPolicy(await wholeCheckpoint(), { threads: 1 })
    onTestFinished(() => predictor.dispose())
    expect(read).toEqual(info)
    const sampler = await compileSampler(tinyConfig, state.ema)
    onTestFinished(() => sampler.dispose())
    const direct = await loadPredictor(tinyConfig, info.normalizer, sampler.model, { threads: 1 })
    onTestFinished(() => direct.dispose())
    const observed = makePose([0.01, 0.02, 0.05])
    predictor.begin(1)
    direct.begin(1)
    expect(await predictor.predict({ sourceInTarget: observed, confidence: 1 })).toEqual(
      await direct.predict({ sourceInTarget: observed, confidence: 1 }),
    )
  })

  it('predicts with another chain when asked to, from the same weights', async () => {
    const folder = await wholeCheckpoint()
    const { predictor } = await loadPolicy(folder, { inferenceSteps: 2, warmSteps: 1 })
    onTestFinished(() => predictor.dispose())
    const [model, warm] = [{ inferenceSteps: 2 }, { inferenceSteps: 2, warmSteps: 1 }].map(
      (variant) => buildSampler(tinyConfig, state.ema, variant).model,
    ) as [Uint8Array, Uint8Array]
    const direct = await loadPredictor(tinyConfig, info.normalizer, model, { warm })
    onTestFinished(() => direct.dispose())
    const observed = makePose([0.01, 0.02, 0.05])
    for (const one of [predictor, direct]) one.begin(1)
    for (const _ of ['from noise', 'from the chunk before']) {
      expect(await predictor.predict({ sourceInTarget: observed, confidence: 1 })).toEqual(
        await direct.predict({ sourceInTarget: observed, confidence: 1 }),
      )
    }
  })

  it('has no state to resume from before the first is saved', async () => {
    const folder = join(await temporaryFolder(), 'run')
    await createCheckpoint(folder, info)
    expect(await loadTrainingState(folder, info)).toBeUndefined()
    expect(await readMetrics(folder)).toEqual([])
  })
})

describe('config.json', () => {
  it('of another version is refused, with both versions', async () => {
    const folder = await wholeCheckpoint()
    await editConfig(folder, (json) => ({ ...json, formatVersion: 4 }))
    await expectRefused(
      readCheckpointConfig(folder),
      `${join(folder, 'config.json')}: checkpoint format 4, this version of tenon reads 3`,
      'train it again, or use the version that wrote it',
    )
    await editConfig(folder, () => null)
    await expectRefused(readCheckpointConfig(folder), 'checkpoint format (none)')
  })

  it('with an unknown key is refused, with the key and where it is', async () => {
    const folder = await wholeCheckpoint()
    const path = join(folder, 'config.json')
    await editConfig(folder, (json) => ({ ...json, colour: 'red' }))
    await expectRefused(
      readCheckpointConfig(folder),
      path,
      'Unrecognized key: "colour"',
      'correct it, train again, or use the version that wrote it',
    )
    const model = { ...tinyConfig.model, depth: 3 }
    await editConfig(folder, (json) => ({ ...json, config: { ...tinyConfig, model } }))
    await expectRefused(readCheckpointConfig(folder), path, 'Unrecognized key: "depth"', 'config.model')
  })

  it('that makes another network than was trained is refused, with both sizes', async () => {
    const folder = await wholeCheckpoint()
    await editConfig(folder, (json) => ({ ...json, parameters: parameters - 96 }))
    await expectRefused(
      readCheckpointConfig(folder),
      `the policy has ${parameters - 96} parameters, its config makes ${parameters}`,
      'use the version that wrote it',
    )
  })

  it('with a wrong value is refused, with the field', async () => {
    const folder = await wholeCheckpoint()
    await editConfig(folder, (json) => ({ ...json, normalizer: { centre: [0, 0, 0], scale: [1, 0, 1] } }))
    await expectRefused(readCheckpointConfig(folder), join(folder, 'config.json'), 'normalizer.scale[1]')
  })

  it('that is cut short is refused', async () => {
    const folder = await wholeCheckpoint()
    await truncate(join(folder, 'config.json'), 100)
    await expectRefused(
      readCheckpointConfig(folder),
      `${join(folder, 'config.json')} is no JSON: was it cut short? restore it, or train again`,
    )
  })
})

describe('a missing file', () => {
  it.each([
    ['policy.onnx', (folder: string) => loadPolicy(folder)],
    ['weights.safetensors', (folder: string) => loadWeights(folder, info)],
  ])('%s is named, with how to finish the run', async (name, load) => {
    const folder = await wholeCheckpoint()
    await rm(join(folder, name))
    await expectRefused(
      load(folder),
      `${folder} is no whole checkpoint: ${name} is missing (it holds `,
      `the run was not finished: npx tenon train --resume --data DIR --out ${folder}`,
    )
  })

  it('config.json means that there is no checkpoint, and how to make one is said', async () => {
    const folder = await temporaryFolder()
    const make = 'make one with npx tenon train --data DIR --out RUN'
    await expectRefused(loadPolicy(folder), 'config.json is missing (it holds nothing)', make)
    await expectRefused(loadPolicy(join(folder, 'none')), 'config.json is missing (there is no such folder)', make)
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expectRefused(loadPolicy(file), `${join(file, 'config.json')}: ENOTDIR`)
  })
})

describe('a damaged file', () => {
  it.each([
    ['no header', 4],
    ['half a header', 200],
    ['half the numbers', 500_000],
  ])('weights.safetensors with %s is refused, with how to write it again', async (_, bytes) => {
    const folder = await wholeCheckpoint()
    const path = join(folder, 'weights.safetensors')
    await truncate(path, bytes)
    await expectRefused(loadWeights(folder, info), `${path}: `, `npx tenon train --resume --data DIR --out ${folder}`)
  })

  it('weights.safetensors of another network is refused, with both sizes', async () => {
    const folder = await wholeCheckpoint()
    const model = { ...tinyConfig.model, widths: [16, 64] }
    const larger = countParameters(policySpec(model))
    await expectRefused(
      loadWeights(folder, { ...info, config: { ...tinyConfig, model }, parameters: larger }),
      `${join(folder, 'weights.safetensors')}: ${parameters} parameters, the config has ${larger}`,
      '--resume',
    )
  })

  it('policy.onnx is refused, with how to write it again', async () => {
    const folder = await wholeCheckpoint()
    const path = join(folder, 'policy.onnx')
    await truncate(path, 1000)
    await expectRefused(
      loadPolicy(folder),
      `${path} does not load (`,
      `npx tenon train --resume --data DIR --out ${folder}`,
    )
  })

  it.each([
    ['for batches', { batch: 2 }, /expected inputs noise 1×\d+×9, observation 1×9, got noise 2×\d+×9, observation 2×9/],
    ['that goes on from a chunk', { warmSteps: 1 }, /expected inputs noise .*, observation 1×9, got .*, previous 1×/],
  ])('policy.onnx with a sampler %s is refused before it drives', async (_, variant, problem) => {
    const folder = await wholeCheckpoint()
    await writeFile(join(folder, 'policy.onnx'), buildSampler(tinyConfig, state.ema, variant).model)
    await expect(loadPolicy(folder)).rejects.toThrow(problem)
    await expectRefused(loadPolicy(folder), 'policy.onnx does not load (', '--resume')
  })

  it('optimizer.safetensors is refused rather than taken for none', async () => {
    const folder = await wholeCheckpoint()
    const path = join(folder, 'optimizer.safetensors')
    await truncate(path, 1000)
    await expectRefused(loadTrainingState(folder, info), `${path}: `, 'cut short', 'delete it to train from the start')
    await rm(path)
    await mkdir(path)
    await expectRefused(loadTrainingState(folder, info), `${path}: EISDIR`)
  })

  it('optimizer.safetensors of another size, or without its step, is refused', async () => {
    const folder = await wholeCheckpoint()
    const path = join(folder, 'optimizer.safetensors')
    const model = { ...info.config.model, widths: [16, 16] }
    const larger = countParameters(policySpec(model))
    await expectRefused(
      loadTrainingState(folder, { ...info, config: { ...info.config, model }, parameters: larger }),
      `${path}: "theta" holds ${parameters} numbers, expected ${larger}`,
    )
    await writeFile(path, encodeSafetensors({ tensors: {}, metadata: {} }))
    await expectRefused(loadTrainingState(folder, info), `${path}: expected the number of a step, got none`)
  })
})

describe('writing', () => {
  it('leaves a half-written file under its temporary name, where nothing takes it for whole', async () => {
    const folder = await wholeCheckpoint()
    for (const name of ['policy.onnx', 'weights.safetensors', 'optimizer.safetensors']) {
      await rename(join(folder, name), join(folder, `${name}.part`))
    }
    await expectRefused(loadPolicy(folder), 'policy.onnx is missing')
    await expectRefused(loadWeights(folder, info), 'weights.safetensors is missing')
    expect(await loadTrainingState(folder, info)).toBeUndefined()
    await rename(join(folder, 'config.json'), join(folder, 'config.json.part'))
    await expectRefused(readCheckpointConfig(folder), 'config.json is missing')
  })

  it('that fails leaves the good file as it was', async () => {
    const folder = await wholeCheckpoint()
    const next = exampleState(9)
    next.theta.fill(7)
    next.ema.fill(7)
    for (const name of ['optimizer.safetensors', 'weights.safetensors']) await blockWriting(folder, name)
    await expectRefused(
      saveTrainingState(folder, next),
      `${join(folder, 'optimizer.safetensors')} cannot be written (EISDIR`,
      'make room for it there, or choose another folder',
    )
    await expectRefused(savePolicy(folder, info, next), `${join(folder, 'weights.safetensors')} cannot be written`)
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(join(folder, name))).equals(bytes), name).toBe(true)
    }
    expect((await loadTrainingState(folder, info))?.step).toBe(8)
  })

  it('replaces what was there before', async () => {
    const folder = await wholeCheckpoint()
    await writeFile(join(folder, 'optimizer.safetensors.part'), 'left by a crash')
    await saveTrainingState(folder, exampleState(12))
    expect((await loadTrainingState(folder, info))?.step).toBe(12)
    expect(await readdir(folder)).not.toContain('optimizer.safetensors.part')
  })
})

describe('making a checkpoint', () => {
  it('never overwrites one unless forced', async () => {
    const folder = await wholeCheckpoint()
    await expectRefused(createCheckpoint(folder, info), `${folder} exists: choose another folder`, '--force')
    expect((await readFile(join(folder, 'policy.onnx'))).equals(files['policy.onnx'] as Buffer)).toBe(true)

    await writeFile(join(folder, 'policy.onnx.part'), '')
    await createCheckpoint(folder, { ...info, seed: 4 }, { force: true })
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'metrics.jsonl'])
    expect((await readCheckpointConfig(folder)).seed).toBe(4)
  })

  it("never overwrites somebody else's files, even when forced", async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'thesis.tex'), 'years of work')
    await expectRefused(
      createCheckpoint(folder, info, { force: true }),
      `${folder} holds files that are not a checkpoint's (thesis.tex): not overwritten`,
    )
    expect(await readdir(folder)).toEqual(['thesis.tex'])
    const other = await temporaryFolder()
    await writeFile(join(other, 'config.json'), '{"editor": "dark"}')
    await expectRefused(createCheckpoint(other, info, { force: true }), "not a checkpoint's (config.json)")
    expect(await readdir(other)).toEqual(['config.json'])
    await expectRefused(createCheckpoint(join(folder, 'thesis.tex'), info), 'is a file, expected a folder')
  })
})

test('metrics after the step resumed from are dropped, and a line cut short by a crash', async () => {
  const folder = await wholeCheckpoint()
  const validated = { ...metric(12), validationLoss: 0.25 }
  await appendMetrics(folder, [validated, metric(16)])
  await appendFile(join(folder, 'metrics.jsonl'), '{"step":17,"lo')
  expect(await readMetrics(folder)).toEqual([metric(4), metric(8), validated, metric(16)])
  const kept = [metric(4), metric(8), validated]
  expect(await truncateMetrics(folder, 12)).toEqual(kept)
  expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toBe(
    kept.map((line) => `${JSON.stringify(line)}\n`).join(''),
  )
})

test('metrics that cannot be read are not taken for none, and not written over', async () => {
  const folder = await wholeCheckpoint()
  const path = join(folder, 'metrics.jsonl')
  await rm(path)
  await mkdir(path)
  await expectRefused(truncateMetrics(folder, 4), `${path}: EISDIR`)
  await expectRefused(amendMetrics(folder, metric(8)), `${path}: EISDIR`)
})

test('a run that goes on for longer says so, and has its goal picture again', async () => {
  const folder = join(await temporaryFolder(), 'run')
  const config = withFusion('gated')
  const rgbd = exampleInfo(config, 'edge-rgbd')
  const goal = new Float32Array(16 * 16 * 6).fill(0.5)
  await createCheckpoint(folder, rgbd, { goal })
  await rm(join(folder, 'goal.safetensors'))
  const longer = { ...rgbd, config: { ...config, training: { ...config.training, steps: 99 } } }
  await describeCheckpoint(folder, longer, goal)
  expect((await readCheckpointConfig(folder)).config.training.steps).toBe(99)
  expect(await loadGoal(folder, longer)).toEqual(goal)
})

test('what is known later of the last step is put into its line', async () => {
  const folder = await wholeCheckpoint()
  const driven = { ...metric(8), rollouts: { episodes: 3, successes: 2 } }
  await amendMetrics(folder, driven)
  expect(await readMetrics(folder)).toEqual([metric(4), driven])
  await appendMetrics(folder, [metric(12)])
  expect(await readMetrics(folder)).toEqual([metric(4), driven, metric(12)])
})

describe('a checkpoint of a policy with pictures', () => {
  const config = withFusion('gated')
  const rgbdInfo = exampleInfo(config, 'edge-rgbd')
  const rgbdState = initialState(config, 3)
  const frame = picturedFrame(0, makePose([0, 0, 0.02]))
  const view = { ...frame, rgbd: frame.rgbd as Rgbd }
  const seen = { sourceInTarget: makePose([0, 0, 0.02]), confidence: 1, view }
  const goal = seePicture(view, config.model.image as ImageConfig, exampleParts.boxes)

  async function saved(): Promise<string> {
    const folder = join(await temporaryFolder(), 'run')
    await createCheckpoint(folder, rgbdInfo, { goal })
    await savePolicy(folder, rgbdInfo, rgbdState)
    return folder
  }

  it('keeps the goal picture and the parts, and predicts with them', async () => {
    const folder = await saved()
    expect((await readCheckpointConfig(folder)).parts).toEqual(exampleParts)
    expect(await loadGoal(folder, rgbdInfo)).toEqual(goal)
    const loaded = await Promise.all(
      [{}, { inferenceSteps: config.diffusion.inferenceSteps }].map((options) => loadPolicy(folder, options)),
    )
    const direct = await loadPredictor(
      config,
      rgbdInfo.normalizer,
      buildSampler(config, rgbdState.ema, { goal }).model,
      {
        parts: exampleParts,
      },
    )
    const predictors = [...loaded.map(({ predictor }) => predictor), direct]
    onTestFinished(async () => void (await Promise.all(predictors.map((predictor) => predictor.dispose()))))
    for (const predictor of predictors) predictor.begin(1)
    const [first, ...others] = await Promise.all(predictors.map((predictor) => predictor.predict(seen)))
    for (const chunk of others) expect(chunk).toEqual(first)
  })

  it('is not made without a goal picture, and not loaded without it', async () => {
    const folder = join(await temporaryFolder(), 'run')
    await expectRefused(createCheckpoint(folder, rgbdInfo), 'is kept with its goal picture, got none')
    const whole = await saved()
    const path = join(whole, 'goal.safetensors')
    const picture = { shape: [4, 4, 6], data: new Float32Array(96) }
    await writeFile(path, encodeSafetensors({ tensors: { picture }, metadata: {} }))
    await expectRefused(
      loadPolicy(whole, { inferenceSteps: 2 }),
      `${path}: expected a picture of shape 16, 16, 6, got 4, 4, 6`,
    )
    await rm(path)
    await expectRefused(loadGoal(whole, rgbdInfo), 'goal.safetensors is missing')
  })
})
