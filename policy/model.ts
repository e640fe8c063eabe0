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
import {
  type DiffusionConfig,
  dropsOut,
  type ImageConfig,
  imageChannels,
  locatesPart,
  type ModelConfig,
  type PolicyConfig,
  type TrainingConfig,
  weighsTracker,
} from './config.ts'
import { denoise, denoiserSpec } from './denoiser.ts'
import { conditionSpec, type Fused, fuse, LOCATION_UNIT, type Seeing } from './fusion.ts'
import { ddimSteps, noiseLevel } from './schedule.ts'
import { DROPOUT_WIDTH, POSE_WIDTH } from './widths.ts'

export function policySpec(model: ModelConfig): ParameterSpecs {
  return smallFirst({ ...conditionSpec(model), ...prefixed('denoiser', denoiserSpec(model)) })
}

/** What a network is trained and judged by. */
interface Losses {
  /** mean squared error of the predicted clean chunk */
  diffusion: tf.Scalar
  /** mean squared error of where the picture says the part is, in units of LOCATION_UNIT; of a policy that learns it */
  location?: tf.Scalar
  /** no loss: how far each sample's gate was open, as {@link Fused} says; of a policy that has one */
  gate?: tf.Tensor2D
}

/**
 * `clean` and `noise` B,T,9; `step` [B], the diffusion step t; `signal` and `noiseRate` [B], √ᾱ_t and √(1 − ᾱ_t);
 * `poseError` B,9, what has to be added to the observation to make it true; `demonstrated` [B], 1 for samples of a
 * demonstration and 0 for pictures alone; the rest as {@link Seeing} says.
 */
export function policyLosses(p: Parameters, batch: TensorMap, model: ModelConfig): Losses {
  const { clean, noise, step, signal, noiseRate, poseError, demonstrated } = batch as Record<string, tf.Tensor>
  const { condition, estimate, correction, gate } = fuse(p, batch as unknown as Seeing, model)
  const perSample = (x: tf.Tensor | undefined) => tf.reshape(x as tf.Tensor, [-1, 1, 1])
  const noisy = tf.add(
    tf.mul(clean as tf.Tensor, perSample(signal)),
    tf.mul(noise as tf.Tensor, perSample(noiseRate)),
  ) as tf.Tensor3D
  const predicted = denoise(p, 'denoiser', noisy, step as tf.Tensor1D, condition, model)
  const error = tf.square(tf.sub(predicted, clean as tf.Tensor))
  // Where nothing was demonstrated, nothing is to be planned: those samples teach where the part is.
  const diffusion = (demonstrated ? weightedMean(error, perSample(demonstrated)) : tf.mean(error)) as tf.Scalar
  const told = { diffusion, ...(gate ? { gate } : {}) }
  if (!estimate || !poseError) return told
  // What is acted on through a gate is regressed with and without it: the gate needs something to weigh before it opens.
  const guesses = correction && correction !== estimate ? [estimate, correction] : [estimate]
  const errors = guesses.map((guess) => meanSquare(tf.div(tf.sub(guess, poseError), LOCATION_UNIT)))
  return { ...told, location: tf.mean(tf.stack(errors)) }
}

/** Of x: B,T,9 with a weight per sample, B,1,1. */
function weightedMean(x: tf.Tensor, weight: tf.Tensor): tf.Scalar {
  return tf.div(tf.mean(tf.mul(x, weight)), tf.mean(weight))
}

const meanSquare = (x: tf.Tensor): tf.Scalar => tf.mean(tf.square(x))

/** The sum of the losses as the configuration weighs them. */
function trainingLoss(p: Parameters, batch: TensorMap, model: ModelConfig): tf.Scalar {
  const { diffusion, location } = policyLosses(p, batch, model)
  return location ? tf.add(diffusion, tf.mul(location, model.locateWeight)) : diffusion
}

/** Shapes of a training batch; one goal picture serves all of it. */
export function batchSpecs({ model, training }: PolicyConfig): Record<string, TensorSpec> {
  const [B, T] = [training.batch, model.predictionHorizon]
  return {
    observation: { shape: [B, POSE_WIDTH] },
    clean: { shape: [B, T, POSE_WIDTH] },
    noise: { shape: [B, T, POSE_WIDTH] },
    step: { shape: [B] },
    signal: { shape: [B] },
    noiseRate: { shape: [B] },
    ...(dropsOut(model) ? { dropout: { shape: [B, DROPOUT_WIDTH] } } : {}),
    ...(model.image
      ? { image: { shape: pictureShape(model.image, B) }, goal: { shape: pictureShape(model.image) } }
      : {}),
    ...(locatesPart(model) ? { poseError: { shape: [B, POSE_WIDTH] }, demonstrated: { shape: [B] } } : {}),
    ...(weighsTracker(model.fusion) ? { confidence: { shape: [B, 1] } } : {}),
  }
}

/** B,S,S,C */
export function pictureShape(image: ImageConfig, batch = 1): number[] {
  return [batch, image.size, image.size, imageChannels(image)]
}

/** The optimiser's vectors, shape [P] each: parameters, fading sums of gradient and its square, averaged parameters. */
export type Vectors = Record<(typeof VECTORS)[number], Float32Array>

const VECTORS = ['theta', 'm', 'v', 'ema'] as const

/** Shapes of the optimiser's vectors as a training step takes them, segment by segment: `theta.0`, `m.0` … */
export function stateSpecs(specs: ParameterSpecs): Record<string, TensorSpec> {
  return Object.fromEntries(
    segmentsOf(specs).flatMap(({ begin, end }, i) => VECTORS.map((name) => [`${name}.${i}`, { shape: [end - begin] }])),
  )
}

/** Views of the vectors under the names of {@link stateSpecs}. */
export function stateViews(specs: ParameterSpecs, vectors: Vectors): Record<string, Float32Array> {
  return Object.fromEntries(
    segmentsOf(specs).flatMap(({ begin, end }, i) =>
      VECTORS.map((name) => [`${name}.${i}`, vectors[name].subarray(begin, end)]),
    ),
  )
}

/** The same, under the names by which a training step returns them: `next.theta.0` … */
export function nextViews(specs: ParameterSpecs, vectors: Vectors): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(stateViews(specs, vectors)).map(([name, view]) => [`next.${name}`, view]))
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
  const lossOf = (...values: tf.Tensor[]) => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor]))
    return trainingLoss(parameters, tensors, model)
  }
  const { value, grads } = tf.valueAndGrads(lossOf)(Object.values(named))
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

/** For validation: the `loss` of the predicted chunks alone and, where there is a gate, the mean of its numbers, `gate`. */
export function validate(tensors: TensorMap, { model }: PolicyConfig): TensorMap {
  const { theta, ...batch } = tensors as Record<string, tf.Tensor>
  const p = splitParameters(policySpec(model), theta as tf.Tensor)
  const { diffusion, gate } = policyLosses(p, batch, model)
  return { loss: diffusion, ...(gate ? { gate: tf.mean(gate) } : {}) }
}

/** What a sampler starts from. */
export interface SamplerInputs extends Seeing {
  /** B,T,9 */
  noise: tf.Tensor3D
  /** B,T,9, the last chunk, moved on by what was executed of it */
  previous?: tf.Tensor3D
}

/**
 * A chunk of normalised poses from noise by deterministic DDIM: `actions` B,T,9, and what the fusion made of the picture.
 * The clean sample is clipped to ±1 at each step.
 *
 * With `previous` the chain is warm: it starts from that chunk, noised to the level at which `warmSteps` of the chain's
 * steps are left, and runs only those.
 */
export function sampleActions(
  p: Parameters,
  { noise, previous, ...seen }: SamplerInputs,
  model: ModelConfig,
  { trainSteps, inferenceSteps }: Pick<DiffusionConfig, 'trainSteps' | 'inferenceSteps'>,
  warmSteps = inferenceSteps,
): { actions: tf.Tensor3D } & Omit<Fused, 'condition'> {
  const { condition, ...fused } = fuse(p, seen, model)
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
  return { actions: x, ...fused }
}
