// AdamW on one flat parameter vector, with warm-up and cosine decay of the learning rate, and an exponential moving
// average (EMA) of the weights.
import * as tf from '@tensorflow/tfjs'

export interface AdamWOptions {
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** the gradient is scaled down to this Euclidean norm; Infinity leaves it */
  clipNorm: number
}

/** Vectors of shape [P]. */
export interface OptimizerState {
  theta: tf.Tensor
  /** running mean of the gradient */
  m: tf.Tensor
  /** running mean of its square */
  v: tf.Tensor
  ema: tf.Tensor
}

/** Scalars that change from step to step; see {@link stepScalars}. */
export interface StepScalars {
  learningRate: tf.Tensor
  /** `1 / (1 − β₁ᵗ)` */
  correction1: tf.Tensor
  /** `1 / (1 − β₂ᵗ)` */
  correction2: tf.Tensor
  emaDecay: tf.Tensor
}

/**
 * One update (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", algorithm 2):
 * `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `θ ← θ − η (m̂/(√v̂ + ε) + λθ)`, `ema ← dθ_ema + (1−d)θ`.
 */
export function adamW(
  { theta, m, v, ema }: OptimizerState,
  gradient: tf.Tensor,
  { learningRate, correction1, correction2, emaDecay }: StepScalars,
  { beta1, beta2, epsilon, weightDecay, clipNorm }: AdamWOptions,
): OptimizerState & { gradientNorm: tf.Tensor } {
  const gradientNorm = tf.sqrt(tf.sum(tf.square(gradient)))
  const g = Number.isFinite(clipNorm)
    ? tf.mul(gradient, tf.minimum(tf.div(clipNorm, tf.add(gradientNorm, 1e-6)), 1))
    : gradient
  const newM = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1))
  const newV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2))
  const step = tf.mul(learningRate, correction1)
  const root = tf.add(tf.sqrt(tf.mul(newV, correction2)), epsilon)
  const decayed = tf.mul(theta, tf.sub(1, tf.mul(learningRate, weightDecay)))
  const newTheta = tf.sub(decayed, tf.div(tf.mul(newM, step), root))
  const newEma = tf.add(newTheta, tf.mul(tf.sub(ema, newTheta), emaDecay))
  return { theta: newTheta, m: newM, v: newV, ema: newEma, gradientNorm }
}

/** Learning rate at `step` (from 0) of `steps`: linear warm-up from 0, then half a cosine down to 0. */
export function cosineWithWarmup(step: number, steps: number, peak: number, warmup: number): number {
  if (step < warmup) return (peak * (step + 1)) / warmup
  const progress = (step - warmup) / Math.max(1, steps - warmup)
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2
}

/** EMA decay at `step` (from 0): rises as `1 − (1 + step)^(−3/4)` up to `limit`, so that early weights are forgotten. */
export function emaDecayAt(step: number, limit: number): number {
  return Math.min(limit, 1 - (1 + step) ** -0.75)
}

/** The numbers behind {@link StepScalars} at `step` (from 0). */
export function stepScalars(
  step: number,
  learningRate: number,
  { beta1, beta2 }: AdamWOptions,
  emaLimit: number,
): Record<keyof StepScalars, Float32Array> {
  return {
    learningRate: Float32Array.of(learningRate),
    correction1: Float32Array.of(1 / (1 - beta1 ** (step + 1))),
    correction2: Float32Array.of(1 / (1 - beta2 ** (step + 1))),
    emaDecay: Float32Array.of(emaDecayAt(step, emaLimit)),
  }
}
