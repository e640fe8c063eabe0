import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import { initializeParameters, prefixed, splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { ModelConfig } from './config.ts'
import { denoise, denoiserSpec } from './denoiser.ts'
import { tinyConfig } from './example-policy.ts'
import { POSE_WIDTH } from './widths.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

interface Inputs {
  noisy: Float32Array
  steps: number[]
  condition: Float32Array
}

/** Inputs for a batch of two; every sample has its own. */
function exampleInputs({ predictionHorizon, conditionWidth }: ModelConfig): Inputs {
  const random = new Random(6)
  return {
    noisy: random.fillNormal(new Float32Array(2 * predictionHorizon * POSE_WIDTH)),
    steps: [3, 17],
    condition: random.fillNormal(new Float32Array(2 * conditionWidth)),
  }
}

function predict(model: ModelConfig, { noisy, steps, condition }: Inputs): Float32Array {
  return tf.tidy(() => {
    const specs = prefixed('denoiser', denoiserSpec(model))
    const p = splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(5))))
    const B = condition.length / model.conditionWidth
    const shape: [number, number, number] = [B, model.predictionHorizon, POSE_WIDTH]
    const predicted = denoise(
      p,
      'denoiser',
      tf.tensor3d(noisy, shape),
      tf.tensor1d(steps),
      tf.tensor2d(condition, [B, model.conditionWidth]),
      model,
    )
    expect(predicted.shape).toEqual(shape)
    return predicted.dataSync() as Float32Array
  })
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))

test.each([
  ['one level', { widths: [16], predictionHorizon: 5 }],
  ['two levels', { widths: [16, 32], predictionHorizon: 6 }],
  ['three levels', { widths: [8, 16, 24], predictionHorizon: 8 }],
])('a U-Net of %s returns the shape it was given', (_, sizes) => {
  const model = { ...tinyConfig.model, ...sizes }
  const predicted = predict(model, exampleInputs(model))
  expect(predicted.every(Number.isFinite)).toBe(true)
})

test('the prediction depends on the step, the condition and every time of the chunk', () => {
  const { model } = tinyConfig
  const inputs = exampleInputs(model)
  const before = predict(model, inputs)
  expect(distance(predict(model, { ...inputs, steps: [4, 17] }), before)).toBeGreaterThan(1e-4)
  const condition = inputs.condition.with(0, 2)
  expect(distance(predict(model, { ...inputs, condition }), before)).toBeGreaterThan(1e-4)
  for (let t = 0; t < model.predictionHorizon; t++) {
    const noisy = inputs.noisy.with(t * POSE_WIDTH, 3)
    expect(distance(predict(model, { ...inputs, noisy }), before), `time ${t}`).toBeGreaterThan(1e-4)
  }
})

test('samples of a batch do not touch each other', () => {
  const { model } = tinyConfig
  const inputs = exampleInputs(model)
  const both = predict(model, inputs)
  const half = inputs.noisy.length / 2
  const second = predict(model, {
    noisy: inputs.noisy.slice(half),
    steps: inputs.steps.slice(1),
    condition: inputs.condition.slice(model.conditionWidth),
  })
  expect(distance(second, both.slice(half))).toBeLessThan(1e-5)
})

test('one step stands for the whole batch, as in the sampler', () => {
  const { model } = tinyConfig
  const inputs = exampleInputs(model)
  const shared = predict(model, { ...inputs, steps: [9] })
  expect(distance(shared, predict(model, { ...inputs, steps: [9, 9] }))).toBeLessThan(1e-6)
})
