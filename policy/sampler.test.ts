import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../demos/example-episode.ts'
import { makePose, poseDistance, rotationVectorToQuat } from '../geometry/index.ts'
import { useEagerBackend } from '../tensor/backend.ts'
import { sizeOf } from '../tensor/compile/ir.ts'
import { initializeParameters, sliceParameters, splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { type PolicyConfig, PRESETS } from './config.ts'
import { tinyConfig, withFusion } from './example-policy.ts'
import { loadPredictor } from './load-predictor.ts'
import { pictureShape, policySpec, type SamplerInputs, sampleActions } from './model.ts'
import { encodePose9, type Normalizer } from './normalizer.ts'
import type { Predictor } from './predictor.ts'
import { buildSampler, compileSampler, type SamplerVariant, samplerOutputs, samplerSpecs } from './sampler.ts'

const normalizer: Normalizer = { centre: [0.01, -0.02, 0.03], scale: [0.02, 0.02, 0.05] }
const observed = makePose([0.012, -0.03, 0.05], rotationVectorToQuat([0.1, -0.2, 0.3]))
const seen = new Float32Array(9)
encodePose9(normalizer, observed, seen)

const weightsOf = ({ model }: PolicyConfig, seed = 1) => initializeParameters(policySpec(model), new Random(seed))

const tensorOf = (data: Float32Array, shape: readonly number[]): tf.Tensor => tf.tensor(data, [...shape])

async function predictorOf(weights: Float32Array, config = tinyConfig) {
  const { model, dispose } = await compileSampler(config, weights)
  await dispose()
  const predictor = await loadPredictor(config, normalizer, model)
  onTestFinished(() => predictor.dispose())
  return predictor
}

const edgeSteps: PolicyConfig = { ...tinyConfig, diffusion: PRESETS['edge-pose'].diffusion }
const plain: PolicyConfig = { ...tinyConfig, model: { ...tinyConfig.model, encoder: 'mlp', dropout: 0.1 } }

test.each<[string, PolicyConfig, SamplerVariant]>([
  ['5 of 20 steps', tinyConfig, {}],
  ['20 of 100 steps, as in the presets', edgeSteps, {}],
  ['4 of 100 steps', edgeSteps, { inferenceSteps: 4 }],
  ['the last 3 of 20 steps from a chunk', edgeSteps, { warmSteps: 3 }],
  ['three observations at once', tinyConfig, { batch: 3 }],
  ['the plain encoder, trained with dropout', plain, {}],
  ['a picture, gated', withFusion('gated'), {}],
  ['two pictures that correct the pose', withFusion('corrected'), { batch: 2 }],
  ['two pictures seen from the tracked pose', withFusion('corrected', 0.01), { batch: 2 }],
  ['pictures alone', withFusion('rgbd'), {}],
])('the compiled sampler returns what the eager one does: %s', async (_, config, variant) => {
  await useEagerBackend('wasm')
  const { model, diffusion } = config
  const { batch = 1, inferenceSteps = diffusion.inferenceSteps, warmSteps } = variant
  const random = new Random(9)
  const shapes = samplerSpecs(config, variant)
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, { shape }]) => [name, random.fillNormal(new Float32Array(sizeOf(shape)))]),
  )
  const weights = weightsOf(config)
  const goal = model.image ? random.fillNormal(new Float32Array(sizeOf(pictureShape(model.image)))) : undefined
  const compiled = await compileSampler(config, weights, { ...variant, goal })
  onTestFinished(() => compiled.dispose())
  const { actions, ...told } = await compiled.run(inputs)

  const before = tf.memory().numTensors
  const expected = tf.tidy(() => {
    const p = splitParameters(policySpec(model), tf.tensor1d(weights))
    const constants = goal && model.image ? { goal: tensorOf(goal, pictureShape(model.image)) } : {}
    const tensors = Object.fromEntries(
      Object.entries(shapes).map(([name, { shape }]) => [name, tensorOf(inputs[name] as Float32Array, shape)]),
    )
    const seeing = { ...tensors, ...constants } as unknown as SamplerInputs
    const sampled = sampleActions(p, seeing, model, { ...diffusion, inferenceSteps }, warmSteps)
    return Object.fromEntries(Object.entries(sampled).map(([name, tensor]) => [name, tensor.dataSync()]))
  })
  expect(tf.memory().numTensors).toBe(before)
  expect(actions).toHaveLength(batch * model.predictionHorizon * 9)
  expect(Object.keys(expected).sort()).toEqual(Object.keys(samplerOutputs(config, variant)).sort())
  for (const [name, numbers] of Object.entries(expected)) {
    const ours = name === 'actions' ? actions : told[name]
    const largest = Math.max(...numbers.map(Math.abs))
    for (const [i, value] of numbers.entries()) {
      expect(Math.abs((ours?.[i] as number) - value) / largest, name).toBeLessThan(1e-4)
    }
  }
})

test('a warm predictor takes every chunk but the first from the one before', async () => {
  const weights = weightsOf(tinyConfig)
  const { model } = buildSampler(tinyConfig, weights)
  const { model: warm } = buildSampler(tinyConfig, weights, { warmSteps: 2 })
  const cold = await loadPredictor(tinyConfig, normalizer, model)
  const warmed = await loadPredictor(tinyConfig, normalizer, model, { warm })
  onTestFinished(async () => {
    await cold.dispose()
    await warmed.dispose()
  })
  const chunks = async (predictor: Predictor) => {
    predictor.begin(5)
    return [
      await predictor.predict({ sourceInTarget: observed, confidence: 1 }),
      await predictor.predict({ sourceInTarget: observed, confidence: 1 }),
    ] as const
  }
  const [fromNoise, fromChunk] = [await chunks(cold), await chunks(warmed)]
  expect(fromChunk[0]).toEqual(fromNoise[0])
  expect(fromChunk[1]).not.toEqual(fromNoise[1])
  // An episode that begins anew begins without a chunk, also when one was being made.
  expect(await chunks(warmed)).toEqual(fromChunk)
  const late = warmed.predict({ sourceInTarget: observed, confidence: 1 })
  const anew = chunks(warmed)
  await late
  expect(await anew).toEqual(fromChunk)
  // What is forgotten is no chunk to begin with either.
  warmed.begin(5)
  const forgotten = warmed.predict({ sourceInTarget: observed, confidence: 1 })
  warmed.forget?.()
  await forgotten
  expect(await warmed.predict({ sourceInTarget: observed, confidence: 1 })).toEqual(fromNoise[1])
})

test('a warm chain cannot be longer than the whole one', () => {
  expect(() => buildSampler(tinyConfig, weightsOf(tinyConfig), { warmSteps: 6 })).toThrow(
    'expected 1 to 5 warm steps, got 6',
  )
})

test('the same seed gives the same chunks, another seed others', async () => {
  const predictor = await predictorOf(weightsOf(tinyConfig))
  const twoChunks = async (seed: number) => {
    predictor.begin(seed)
    return [
      await predictor.predict({ sourceInTarget: observed, confidence: 1 }),
      await predictor.predict({ sourceInTarget: observed, confidence: 1 }),
    ]
  }
  const chunks = await twoChunks(3)
  expect(chunks[0]).toHaveLength(tinyConfig.model.predictionHorizon)
  expect(await twoChunks(3)).toEqual(chunks)
  expect(await twoChunks(4)).not.toEqual(chunks)
  // Noise is drawn anew for every chunk.
  expect(chunks[1]).not.toEqual(chunks[0])
})

test('another predictor from the same file gives the same chunks', async () => {
  const { model, dispose } = await compileSampler(tinyConfig, weightsOf(tinyConfig))
  await dispose()
  const file = join(await temporaryFolder(), 'policy.onnx')
  await writeFile(file, model)
  const chunks = await Promise.all(
    [model, file].map(async (source) => {
      const predictor = await loadPredictor(tinyConfig, normalizer, source, { threads: 1 })
      onTestFinished(() => predictor.dispose())
      predictor.begin(7)
      return predictor.predict({ sourceInTarget: observed, confidence: 1 })
    }),
  )
  expect(chunks[1]).toEqual(chunks[0])
})

test('a predictor says how its chunks are meant to be executed', async () => {
  const predictor = await predictorOf(weightsOf(tinyConfig))
  expect(predictor.poseInterval).toBe(0.1)
  expect(predictor.actionHorizon).toBe(4)
})

test("the network's numbers come back as poses in metres", async () => {
  const weights = weightsOf(tinyConfig)
  const views = sliceParameters(policySpec(tinyConfig.model), weights)
  views['denoiser.output.weight']?.fill(0)
  // translation 0.5 0 −2, then the columns of R: y, and −x of length 0.5
  views['denoiser.output.bias']?.set([0.5, 0, -2, 0, 1, 0, -0.5, 0, 0])
  const predictor = await predictorOf(weights)
  predictor.begin(0)
  // 0.01 + 0.02 · 0.5, −0.02 + 0, 0.03 + 0.05 · (−1) for −2 is clipped; x ↦ y and y ↦ −x is a quarter turn about z
  const expected = makePose([0.02, -0.02, -0.02], rotationVectorToQuat([0, 0, Math.PI / 2]))
  for (const pose of await predictor.predict({ sourceInTarget: observed, confidence: 1 })) {
    const { translation, rotation } = poseDistance(pose, expected)
    expect(translation).toBeLessThan(1e-7)
    expect(rotation).toBeLessThan(1e-6)
  }
})

test('weights of another size are refused', async () => {
  const weights = weightsOf(tinyConfig)
  await expect(compileSampler(tinyConfig, weights.subarray(1))).rejects.toThrow(
    `expected ${weights.length} parameters, got ${weights.length - 1}`,
  )
})
