// The sampler: weights and DDIM chain as one ONNX model, and the Predictor that runs it.

import type * as tf from '@tensorflow/tfjs'
import type { Pose } from '../geometry/index.ts'
import { type Compiled, compile, loadSession, runSession, type TensorSpec } from '../tensor/compile/index.ts'
import { sliceParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { PolicyConfig } from './config.ts'
import { policySpec, sampleActions } from './model.ts'
import { decodePose9, encodePose9, type Normalizer } from './normalizer.ts'
import { POSE_WIDTH } from './pose-encoder.ts'
import type { Predictor } from './predictor.ts'

/** Inputs of policy.onnx for a batch of B: `observation` B,9 and `noise` B,T,9. Its output is `actions` B,T,9. */
export function samplerSpecs({ model }: PolicyConfig, batch = 1): Record<'observation' | 'noise', TensorSpec> {
  return {
    observation: { shape: [batch, POSE_WIDTH] },
    noise: { shape: [batch, model.predictionHorizon, POSE_WIDTH] },
  }
}

/** Compiles the sampler for weights (flat, as trained). `metadata` is stored in the model. */
export async function compileSampler(
  config: PolicyConfig,
  weights: Float32Array,
  { threads, metadata }: { threads?: number; metadata?: Record<string, string> } = {},
): Promise<Compiled> {
  const specs = policySpec(config.model)
  const views = sliceParameters(specs, weights)
  const constants = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, data: views[name] as Float32Array }]),
  )
  return compile(
    (tensors) => {
      const inputs = tensors as unknown as { observation: tf.Tensor2D; noise: tf.Tensor3D }
      return { actions: sampleActions(tensors, inputs, config.model, config.diffusion) }
    },
    samplerSpecs(config),
    { name: 'policy', constants, ...(threads ? { threads } : {}), ...(metadata ? { metadata } : {}) },
  )
}

/** Loads policy.onnx (a path or bytes) as a Predictor. */
export async function loadPredictor(
  config: PolicyConfig,
  normalizer: Normalizer,
  model: string | Uint8Array,
  threads?: number,
): Promise<Predictor & { dispose(): Promise<void> }> {
  const session = await loadSession(model, threads === undefined ? {} : { threads })
  const inputs = toSpecs(samplerSpecs(config))
  const outputs = toSpecs({ actions: samplerSpecs(config).noise })
  const { predictionHorizon } = config.model
  let random = new Random(0)
  let chunks = 0
  return {
    ...config.control,
    begin(seed) {
      random = new Random(seed).fork('diffusion')
      chunks = 0
    },
    async predict(sourceInTarget): Promise<Pose[]> {
      const observation = new Float32Array(POSE_WIDTH)
      encodePose9(normalizer, sourceInTarget, observation)
      const noise = random.fork(chunks++).fillNormal(new Float32Array(predictionHorizon * POSE_WIDTH))
      const { actions } = await runSession(session, inputs, outputs, { observation, noise })
      return Array.from({ length: predictionHorizon }, (_, k) =>
        decodePose9(normalizer, actions as Float32Array, k * POSE_WIDTH),
      )
    },
    dispose: () => session.release(),
  }
}

const toSpecs = (specs: Record<string, TensorSpec>) =>
  new Map(Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]))
