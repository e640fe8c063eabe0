// The whole policy as pure functions: parameters, training loss, one optimiser step, and the DDIM sampler.
import * as tf from '@tensorflow/tfjs'
import { type AdamWOptions, adamW, type OptimizerState, type StepScalars } from '../tensor/adamw.ts'
import type { TensorMap, TensorSpec } from '../tensor/compile/index.ts'
import {
  countParameters,
  joinParameters,
  type ParameterSpecs,
  type Parameters,
  prefixed,
  splitParameters,
} from '../tensor/parameters.ts'
import type { DiffusionConfig, ModelConfig, PolicyConfig, TrainingConfig } from './config.ts'
import { denoise, denoiserSpec } from './denoiser.ts'
import { DROPOUT_WIDTH, encodePose, POSE_WIDTH, poseEncoderSpec } from './pose-encoder.ts'
import { ddimSteps, noiseLevel } from './schedule.ts'

export function policySpec(model: ModelConfig): ParameterSpecs {
  return { ...prefixed('encoder', poseEncoderSpec(model)), ...prefixed('denoiser', denoiserSpec(model)) }
}

/**
 * Mean squared error of the predicted clean chunk. `observation` B,9; `clean` and `noise` B,T,9; `step` [B], the
 * diffusion step t; `signal` and `noiseRate` [B], √ᾱ_t and √(1 − ᾱ_t).
 */
export function diffusionLoss(p: Parameters, batch: TensorMap, model: ModelConfig): tf.Scalar {
  const { observation, clean, noise, step, signal, noiseRate, dropout } = batch as Record<string, tf.Tensor>
  const condition = encodePose(p, 'encoder', observation as tf.Tensor2D, model, dropout as tf.Tensor2D | undefined)
  const perSample = (x: tf.Tensor | undefined) => tf.reshape(x as tf.Tensor, [-1, 1, 1])
  const noisy = tf.add(
    tf.mul(clean as tf.Tensor, perSample(signal)),
    tf.mul(noise as tf.Tensor, perSample(noiseRate)),
  ) as tf.Tensor3D
  const predicted = denoise(p, 'denoiser', noisy, step as tf.Tensor1D, condition, model)
  return tf.mean(tf.square(tf.sub(predicted, clean as tf.Tensor)))
}

/** Shapes of a training batch. */
export function batchSpecs({ model, training }: PolicyConfig): Record<string, TensorSpec> {
  const [B, T] = [training.batch, model.predictionHorizon]
  return {
    observation: { shape: [B, POSE_WIDTH] },
    clean: { shape: [B, T, POSE_WIDTH] },
    noise: { shape: [B, T, POSE_WIDTH] },
    step: { shape: [B] },
    signal: { shape: [B] },
    noiseRate: { shape: [B] },
    ...(model.dropout > 0 ? { dropout: { shape: [B, DROPOUT_WIDTH] } } : {}),
  }
}

/** Shapes of the optimiser's vectors and scalars. */
export function stateSpecs(model: ModelConfig): Record<string, TensorSpec> {
  const shape = [countParameters(policySpec(model))]
  return { theta: { shape }, m: { shape }, v: { shape }, ema: { shape } }
}

export const SCALAR_SPECS: Record<string, TensorSpec> = {
  learningRate: { shape: [] },
  correction1: { shape: [] },
  correction2: { shape: [] },
  emaDecay: { shape: [] },
}

export function optimizerOptions(training: TrainingConfig): AdamWOptions {
  return { ...training, clipNorm: training.clipNorm ?? Number.POSITIVE_INFINITY }
}

/** Vectors of the optimiser's state, and the names under which a training step returns them. */
export const NEXT = { theta: 'nextTheta', m: 'nextM', v: 'nextV', ema: 'nextEma' } as const

/** One training step: state, scalars and a batch in; the state's successors (NEXT), `loss` and `gradientNorm` out. */
export function trainStep(tensors: TensorMap, { model, training }: PolicyConfig): TensorMap {
  const specs = policySpec(model)
  const { theta, m, v, ema, learningRate, correction1, correction2, emaDecay, ...batch } = tensors as Record<
    string,
    tf.Tensor
  >
  const named = splitParameters(specs, theta as tf.Tensor)
  const names = Object.keys(named)
  const loss = (...values: tf.Tensor[]) =>
    diffusionLoss(Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])), batch, model)
  const { value, grads } = tf.valueAndGrads(loss)(Object.values(named))
  const state = { theta, m, v, ema } as unknown as OptimizerState
  const scalars = { learningRate, correction1, correction2, emaDecay } as unknown as StepScalars
  const next = adamW(state, joinParameters(grads), scalars, optimizerOptions(training))
  return {
    [NEXT.theta]: next.theta,
    [NEXT.m]: next.m,
    [NEXT.v]: next.v,
    [NEXT.ema]: next.ema,
    loss: value,
    gradientNorm: next.gradientNorm,
  }
}

/** The loss alone, for validation. */
export function evaluateLoss(tensors: TensorMap, { model }: PolicyConfig): TensorMap {
  const { theta, ...batch } = tensors as Record<string, tf.Tensor>
  return { loss: diffusionLoss(splitParameters(policySpec(model), theta as tf.Tensor), batch, model) }
}

/**
 * A chunk of normalised poses from noise by deterministic DDIM: `observation` B,9 and `noise` B,T,9 → `actions` B,T,9.
 * The clean sample is clipped to ±1 at each step.
 *
 * With `previous` B,T,9 the chain is warm: it starts from that chunk, noised to the level at which `warmSteps` of the
 * chain's steps are left, and runs only those.
 */
export function sampleActions(
  p: Parameters,
  { observation, noise, previous }: { observation: tf.Tensor2D; noise: tf.Tensor3D; previous?: tf.Tensor3D },
  model: ModelConfig,
  { trainSteps, inferenceSteps }: Pick<DiffusionConfig, 'trainSteps' | 'inferenceSteps'>,
  warmSteps = inferenceSteps,
): tf.Tensor3D {
  const condition = encodePose(p, 'encoder', observation, model)
  const chain = ddimSteps(trainSteps, inferenceSteps).slice(previous ? -warmSteps : 0)
  let x = noise
  if (previous) {
    const { signal, noiseRate } = noiseLevel(trainSteps, chain[0]?.t ?? 0)
    x = tf.add(tf.mul(previous, signal), tf.mul(noise, noiseRate))
  }
  for (const { t, cleanWeight, noisyWeight } of chain) {
    const predicted = denoise(p, 'denoiser', x, tf.tensor1d([t]), condition, model)
    const clean = tf.clipByValue(predicted, -1, 1)
    x = tf.add(tf.mul(clean, cleanWeight), tf.mul(x, noisyWeight))
  }
  return x
}
