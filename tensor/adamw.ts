// AdamW on segments of the parameter vector, with warm-up and cosine decay of the learning rate, and an exponential
// moving average (EMA) of the weights.
import * as tf from '@tensorflow/tfjs'

export interface AdamWOptions {
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** the gradient is scaled down to this Euclidean norm; Infinity leaves it */
  clipNorm: number
  /** false: the averaged weights are the weights themselves */
  averaged: boolean
}

/** Vectors of one segment. */
export interface OptimizerState {
  theta: tf.Tensor
  /** fading sum of the gradient: its running mean over 1 − β₁ */
  m: tf.Tensor
  /** fading sum of its square: the running mean over 1 − β₂ */
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
 * `m ← β₁m + g`, `v ← β₂v + g²`, `θ ← θ − η (m̂/(√v̂ + ε) + λθ)`, `ema ← dθ_ema + (1−d)θ`, with `m̂ = (1−β₁) c₁ m` and
 * `v̂ = (1−β₂) c₂ v`.
 *
 * The work is limited by memory, so it reads and writes the vectors as few times as it can: m and v are sums and not
 * means, and all that is one number for every parameter is gathered into two, `η m̂/(√v̂ + ε) = k m/(√v + ε')` with
 * `k = η (1−β₁)c₁/√((1−β₂)c₂)` and `ε' = ε/√((1−β₂)c₂)`.
 */
export function adamW(
  segments: readonly OptimizerState[],
  gradients: readonly tf.Tensor[],
  { learningRate, correction1, correction2, emaDecay }: StepScalars,
  { beta1, beta2, epsilon, weightDecay, clipNorm, averaged }: AdamWOptions,
): { segments: OptimizerState[]; gradientNorm: tf.Tensor } {
  const squares = gradients.map((gradient) => tf.square(gradient))
  const gradientNorm = tf.sqrt(tf.sum(tf.stack(squares.map((square) => tf.sum(square)))))
  const clip = Number.isFinite(clipNorm) ? tf.minimum(tf.div(clipNorm, tf.add(gradientNorm, 1e-6)), 1) : undefined
  const scaled = (x: tf.Tensor, scale: tf.Tensor | undefined) => (scale ? tf.mul(x, scale) : x)
  const squaredClip = clip && tf.square(clip)
  const root2 = tf.sqrt(tf.mul(correction2, 1 - beta2))
  const rate = tf.div(tf.mul(tf.mul(learningRate, correction1), 1 - beta1), root2)
  const smallest = tf.div(epsilon, root2)
  const kept = tf.sub(1, tf.mul(learningRate, weightDecay))
  const next = segments.map(({ theta, m, v, ema }, i) => {
    const newM = tf.add(tf.mul(m, beta1), scaled(gradients[i] as tf.Tensor, clip))
    const newV = tf.add(tf.mul(v, beta2), scaled(squares[i] as tf.Tensor, squaredClip))
    const step = tf.div(tf.mul(newM, rate), tf.add(tf.sqrt(newV), smallest))
    const newTheta = tf.sub(weightDecay === 0 ? theta : tf.mul(theta, kept), step)
    const newEma = averaged ? tf.add(newTheta, tf.mul(tf.sub(ema, newTheta), emaDecay)) : newTheta
    return { theta: newTheta, m: newM, v: newV, ema: newEma }
  })
  return { segments: next, gradientNorm }
}

/** Learning rate at `step` (from 0) of `steps`: a linear warm-up from `peak / warmup` to `peak`, then half a cosine towards 0. */
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
