// The whole policy as pure functions: parameters, training loss, one optimiser step, and the DDIM sampler.
import * as tf from '@tensorflow/tfjs'
import { type AdamWOptions, adamW, type OptimizerState, type StepScalars } from '../tensor/adamw.ts'
import type { TensorMap, TensorSpec } from '../tensor/compile/index.ts'
import {
  joinParameters,
  type ParameterSpecs,
  type Parameters,
  prefixed,
  segmentsOf,
  smallFirst,
  splitParameters,
} from '../tensor/parameters.ts'
import type { DiffusionConfig, ModelConfig, PolicyConfig, TrainingConfig } from './config.ts'
import { denoise, denoiserSpec } from './denoiser.ts'
import { DROPOUT_WIDTH, encodePose, POSE_WIDTH, poseEncoderSpec } from './pose-encoder.ts'
import { ddimSteps, noiseLevel } from './schedule.ts'

export function policySpec(model: ModelConfig): ParameterSpecs {
  return smallFirst({ ...prefixed('encoder', poseEncoderSpec(model)), ...prefixed('denoiser', denoiserSpec(model)) })
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

/** The optimiser's vectors, shape [P] each: parameters, fading sums of gradient and its square, averaged parameters. */
export type Vectors = Record<(typeof VECTORS)[number], Float32Array>

const VECTORS = ['theta', 'm', 'v', 'ema'] as const

/** Shapes of the optimiser's vectors as a training step takes them, segment by segment: `theta.0`, `m.0` … */
export function stateSpecs(model: ModelConfig): Record<string, TensorSpec> {
  const segments = segmentsOf(policySpec(model))
  return Object.fromEntries(
    segments.flatMap(({ begin, end }, i) => VECTORS.map((name) => [`${name}.${i}`, { shape: [end - begin] }])),
  )
}

/** Views of the vectors under the names of {@link stateSpecs}. */
export function stateViews(model: ModelConfig, vectors: Vectors): Record<string, Float32Array> {
  const segments = segmentsOf(policySpec(model))
  return Object.fromEntries(
    segments.flatMap(({ begin, end }, i) =>
      VECTORS.map((name) => [`${name}.${i}`, vectors[name].subarray(begin, end)]),
    ),
  )
}

/** The same, under the names by which a training step returns them: `next.theta.0` … */
export function nextViews(model: ModelConfig, vectors: Vectors): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(stateViews(model, vectors)).map(([name, view]) => [`next.${name}`, view]))
}

export const SCALAR_SPECS: Record<string, TensorSpec> = {
  learningRate: { shape: [] },
  correction1: { shape: [] },
  correction2: { shape: [] },
  emaDecay: { shape: [] },
}

/** A decay that takes less than half the last bit of a weight takes nothing, and costs as much as another. */
const LEAST_DECAY = 2 ** -25

export function optimizerOptions(training: TrainingConfig): AdamWOptions {
  const { learningRate, weightDecay, clipNorm, emaDecay } = training
  return {
    ...training,
    clipNorm: clipNorm ?? Number.POSITIVE_INFINITY,
    weightDecay: learningRate * weightDecay < LEAST_DECAY ? 0 : weightDecay,
    averaged: emaDecay > 0,
  }
}

/**
 * One training step: state (as {@link stateViews} names it), scalars and a batch in; the state's successors (as
 * {@link nextViews} names them), `loss` and `gradientNorm` out.
 */
export function trainStep(tensors: TensorMap, { model, training }: PolicyConfig): TensorMap {
  const segments = segmentsOf(policySpec(model))
  const states = segments.map((_, i) => {
    const vectors = VECTORS.map((name) => [name, tensors[`${name}.${i}`] as tf.Tensor] as const)
    return Object.fromEntries(vectors) as unknown as OptimizerState
  })
  const named: Record<string, tf.Tensor> = {}
  for (const [i, { specs }] of segments.entries()) {
    Object.assign(named, splitParameters(specs, (states[i] as OptimizerState).theta))
  }
  const names = Object.keys(named)
  const loss = (...values: tf.Tensor[]) =>
    diffusionLoss(Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])), tensors, model)
  const { value, grads } = tf.valueAndGrads(loss)(Object.values(named))
  const gradients = segments.map(({ specs }) =>
    joinParameters(Object.keys(specs).map((name) => grads[names.indexOf(name)] as tf.Tensor)),
  )
  const scalars = tensors as unknown as StepScalars
  const next = adamW(states, gradients, scalars, optimizerOptions(training))
  const successors = next.segments.flatMap((state, i) =>
    VECTORS.map((name) => [`next.${name}.${i}`, state[name]] as const),
  )
  return { ...Object.fromEntries(successors), loss: value, gradientNorm: next.gradientNorm }
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
