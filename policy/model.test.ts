import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { stepScalars } from '../tensor/adamw.ts'
import { useEagerBackend } from '../tensor/backend.ts'
import { type Arrays, compile, eager, type Runnable, type TensorMap } from '../tensor/compile/index.ts'
import {
  countParameters,
  initializeParameters,
  type Parameters,
  sliceParameters,
  splitParameters,
} from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { drawBatch } from './batches.ts'
import { type Fusion, type PolicyConfig, PRESETS } from './config.ts'
import { prepareData } from './dataset.ts'
import { approach, exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'
import {
  batchSpecs,
  nextViews,
  optimizerOptions,
  policySpec,
  SCALAR_SPECS,
  sampleActions,
  stateSpecs,
  stateViews,
  trainStep,
  type Vectors,
  validate,
} from './model.ts'
import { initialState } from './train.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

const edge = PRESETS['edge-pose']
const edgeWithDropout: PolicyConfig = {
  ...edge,
  model: { ...edge.model, dropout: 0.1 },
  // No clipping: wasm adds up the squares of 1.4 million numbers one after the other in float32, and its norm of the
  // gradient is 5e-4 too small (7.2930; 7.2972 in float64; onnxruntime says 7.2968).
  training: { ...edge.training, batch: 4, clipNorm: null },
}
const tinyMlp: PolicyConfig = { ...tinyConfig, model: { ...tinyConfig.model, encoder: 'mlp' } }

/** With pictures; and with an ε above rounding: AdamW divides by a gradient's own size, so that rounding alone would step. */
function pictured(fusion: Exclude<Fusion, 'pose'>, trackedReachM: number | null = null): PolicyConfig {
  const config = withFusion(fusion, trackedReachM)
  return { ...config, training: { ...config.training, epsilon: 1e-6 } }
}

/** Batch `i`, the same whenever it is asked for. */
function batchOf(config: PolicyConfig, i: number): Arrays {
  const frames = config.model.image ? picturedApproach : approach
  const { training, goal } = prepareData(exampleEpisodes(4, frames), config, 0, exampleParts)
  return { ...drawBatch(training, config, new Random(1).fork(i), true), ...(goal ? { goal } : {}) }
}

function initialVectors(config: PolicyConfig): Vectors {
  const { theta, m, v, ema } = initialState(config, 0)
  return { theta, m, v, ema }
}

async function runSteps(runner: Runnable, config: PolicyConfig, steps: number) {
  let state = initialVectors(config)
  const losses: number[] = []
  const gradientNorms: number[] = []
  for (let i = 0; i < steps; i++) {
    const scalars = stepScalars(i, 1e-3, optimizerOptions(config.training), 0.9)
    const next = initialVectors(config)
    const feeds = { ...stateViews(policySpec(config.model), state), ...scalars, ...batchOf(config, i) }
    const out = await runner.run(feeds, nextViews(policySpec(config.model), next))
    state = next
    losses.push((out.loss as Float32Array)[0] as number)
    gradientNorms.push((out.gradientNorm as Float32Array)[0] as number)
  }
  return { state, losses, gradientNorms }
}

const length = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
const difference = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - (b[i] as number))

/** ‖a − b‖ / ‖b‖ */
const relativeError = (a: Float32Array, b: Float32Array) => length(difference(a, b)) / length(b)

const trainStepSpecs = (config: PolicyConfig) => ({
  ...stateSpecs(policySpec(config.model)),
  ...SCALAR_SPECS,
  ...batchSpecs(config),
})

describe('a training step', () => {
  // tfjs' plain backend adds up in double precision: the better reference, where it is fast enough.
  it.each([
    ['the edge preset, with dropout', edgeWithDropout, 'wasm'],
    ['a tiny network', tinyConfig, 'cpu'],
    ['a tiny network with the plain encoder', tinyMlp, 'cpu'],
    ['a tiny network with pictures, gated', pictured('gated'), 'cpu'],
    ['a tiny network with pictures, concatenated', pictured('concat'), 'cpu'],
    ['a tiny network with pictures alone', pictured('rgbd'), 'cpu'],
    ['a tiny network with pictures that correct the pose', pictured('corrected'), 'cpu'],
    ['the same, seen from the tracked pose', pictured('corrected', 0.01), 'cpu'],
  ])('gives the same losses and weights compiled and eagerly: %s', async (_, config, backend) => {
    await tf.setBackend(backend)
    onTestFinished(async () => void (await tf.setBackend('wasm')))
    const step = (tensors: TensorMap) => trainStep(tensors, config)
    const compiled = await compile(step, trainStepSpecs(config))
    const ours = await runSteps(compiled, config, 5)
    await compiled.dispose()
    const reference = await runSteps(eager(step, trainStepSpecs(config)), config, 5)

    for (const [i, loss] of reference.losses.entries()) {
      expect(Math.abs((ours.losses[i] as number) / loss - 1), `loss of step ${i}`).toBeLessThan(1e-4)
    }
    for (const [i, norm] of reference.gradientNorms.entries()) {
      expect(Math.abs((ours.gradientNorms[i] as number) / norm - 1), `gradient of step ${i}`).toBeLessThan(2e-3)
    }
    const specs = policySpec(config.model)
    const start = sliceParameters(specs, initialVectors(config).theta)
    for (const kind of ['theta', 'ema'] as const) {
      const [a, b] = [sliceParameters(specs, ours.state[kind]), sliceParameters(specs, reference.state[kind])]
      for (const name of Object.keys(specs)) {
        const [got, expected] = [a[name] as Float32Array, b[name] as Float32Array]
        expect(relativeError(got, expected), `${kind} ${name}`).toBeLessThan(1e-4)
        // What does not move agrees for nothing. The same number added to all of a query's scores leaves its softmax as
        // it was, so that the keys' bias alone has no gradient.
        if (!name.endsWith('key.bias')) {
          expect(length(difference(expected, start[name] as Float32Array)), `${kind} ${name}`).toBeGreaterThan(1e-4)
        }
      }
    }
  })

  it('scales a gradient that is too long down to clipNorm', async () => {
    const clipped = { ...tinyConfig, training: { ...tinyConfig.training, clipNorm: 0.01 } }
    const runner = eager((tensors) => trainStep(tensors, clipped), trainStepSpecs(clipped))
    const { state, gradientNorms } = await runSteps(runner, clipped, 1)
    expect(gradientNorms[0]).toBeGreaterThan(0.01)
    // m starts as the gradient.
    expect(length(state.m) / 0.01).toBeCloseTo(1, 3)
  })
})

describe('parameters', () => {
  it('number 17.39 million in the paper preset, of which 17.2 million in the denoiser', () => {
    const names = Object.entries(policySpec(PRESETS['paper-pose'].model))
    const denoiser = Object.fromEntries(names.filter(([name]) => name.startsWith('denoiser.')))
    expect(countParameters(denoiser)).toBe(17_214_729)
    const total = countParameters(Object.fromEntries(names))
    expect(total).toBeGreaterThan(17.2e6)
    expect(total).toBeLessThan(17.4e6)
  })

  it('number 1 408 329 in the edge preset', () => {
    const linear = (i: number, o: number) => i * o + o
    const norm = (channels: number) => 2 * channels
    const conv = (kernel: number, i: number, o: number) => kernel * i * o + o
    const branch = (i: number) => linear(i, 128) + norm(128) + linear(128, 128) + norm(128) + linear(128, 64)
    const transformerLayer = 6 * linear(128, 128) + 2 * norm(128)
    const encoder = branch(3) + branch(6) + linear(64, 128) + 2 * 128 + transformerLayer + linear(128, 128)
    expect(encoder).toBe(176_640)

    // FiLM: one linear layer from step (64) and condition (128) to a scale and a bias per channel.
    const block = (i: number, o: number) =>
      conv(5, i, o) + norm(o) + conv(5, o, o) + norm(o) + linear(64 + 128, 2 * o) + (i === o ? 0 : conv(1, i, o))
    const step = linear(64, 256) + linear(256, 64)
    const down = block(9, 64) + block(64, 64) + conv(3, 64, 64) + block(64, 128) + block(128, 128)
    const up = block(128 + 128, 64) + block(64, 64) + conv(4, 64, 64)
    const head = conv(5, 64, 64) + norm(64) + conv(1, 64, 9)
    const denoiser = step + down + 2 * block(128, 128) + up + head
    expect(denoiser).toBe(1_231_689)
    expect(countParameters(policySpec(edge.model))).toBe(encoder + denoiser) // 1 408 329
  })
})

/** Weights of the tiny policy whose denoiser answers `value` to everything. */
function constantPredictor(value: number): Float32Array {
  const specs = policySpec(tinyConfig.model)
  const theta = initializeParameters(specs, new Random(4))
  const views = sliceParameters(specs, theta)
  views['denoiser.output.weight']?.fill(0)
  views['denoiser.output.bias']?.fill(value)
  return theta
}

describe('the loss', () => {
  it('is the mean squared error of the predicted clean chunk', async () => {
    const runner = eager((tensors) => validate(tensors, tinyConfig), {
      theta: { shape: [countParameters(policySpec(tinyConfig.model))] },
      ...batchSpecs(tinyConfig),
    })
    const batch = batchOf(tinyConfig, 0)
    const clean = (batch.clean as Float32Array).fill(0.5)
    clean.fill(-1, clean.length / 2)
    const { loss } = await runner.run({ ...batch, clean, theta: constantPredictor(0.2) })
    // half the numbers are off by 0.3, half by 1.2: (0.09 + 1.44) / 2
    expect((loss as Float32Array)[0]).toBeCloseTo(0.765, 5)
  })
})

describe('validation', () => {
  it('tells the mean of the gate', async () => {
    const config = pictured('gated')
    const specs = policySpec(config.model)
    const runner = eager((tensors) => validate(tensors, config), {
      theta: { shape: [countParameters(specs)] },
      ...batchSpecs(config),
    })
    const { theta } = initialVectors(config)
    const views = sliceParameters(specs, theta)
    views['fusion.gate.weight']?.fill(0)
    // σ(ln 3) = 3/4 in half of the channels, σ(−ln 3) = 1/4 in a quarter of them, σ(0) = 1/2 in the rest
    const bias = views['fusion.gate.bias'] as Float32Array
    bias.fill(Math.log(3), 0, 8).fill(-Math.log(3), 8, 12).fill(0, 12)
    const { gate } = await runner.run({ ...batchOf(config, 0), theta })
    expect((gate as Float32Array)[0]).toBeCloseTo(0.5625, 5)
  })
})

describe('the sampler', () => {
  const sample = (theta: Float32Array, batch = 2) =>
    tf.tidy(() => {
      const p: Parameters = splitParameters(policySpec(tinyConfig.model), tf.tensor1d(theta))
      const observation = tf.tensor2d(new Float32Array(batch * 9).fill(0.1), [batch, 9])
      const noise = tf.tensor3d(new Random(2).fillNormal(new Float32Array(batch * 8 * 9)), [batch, 8, 9])
      return sampleActions(
        p,
        { observation, noise },
        tinyConfig.model,
        tinyConfig.diffusion,
      ).actions.dataSync() as Float32Array
    })

  it('ends at the predicted clean sample, whatever the noise', () => {
    for (const value of sample(constantPredictor(0.3))) expect(value).toBeCloseTo(0.3, 5)
  })

  it('clips the clean sample to ±1', () => {
    for (const value of sample(constantPredictor(2))) expect(value).toBeCloseTo(1, 5)
    for (const value of sample(constantPredictor(-3))) expect(value).toBeCloseTo(-1, 5)
  })
})

test('no tensor outlives a training step or a compilation', async () => {
  const step = (tensors: TensorMap) => trainStep(tensors, tinyConfig)
  const reference = eager(step, trainStepSpecs(tinyConfig))
  await runSteps(reference, tinyConfig, 1)
  const before = tf.memory().numTensors
  await runSteps(reference, tinyConfig, 2)
  expect(tf.memory().numTensors).toBe(before)
  const compiled = await compile(step, trainStepSpecs(tinyConfig))
  await runSteps(compiled, tinyConfig, 1)
  await compiled.dispose()
  expect(tf.memory().numTensors).toBe(before)
})
