// The sampler: weights and DDIM chain as one ONNX model, and the Predictor that runs it.

import type { Pose } from '../geometry/index.ts'
import {
  type Built,
  build,
  type Compiled,
  type CompileOptions,
  type inspect,
  loadSession,
  runSession,
  type SessionOptions,
  start,
  type TensorSpec,
} from '../tensor/compile/index.ts'
import { countParameters, sliceParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { PolicyConfig } from './config.ts'
import { policySpec, type SamplerInputs, sampleActions } from './model.ts'
import { decodePose9, encodePose9, type Normalizer } from './normalizer.ts'
import type { Predictor } from './predictor.ts'
import { POSE_WIDTH } from './widths.ts'

/** How a sampler differs from what the configuration says. */
export interface SamplerVariant {
  /** observations at once (B) */
  batch?: number
  /** DDIM steps of the chain */
  inferenceSteps?: number
  /** starts from the previous chunk and runs only this many of the chain's last steps */
  warmSteps?: number
}

/**
 * Inputs of policy.onnx: `observation` B,9 and `noise` B,T,9; a warm sampler also takes `previous` B,T,9, the chunk to
 * start from. Its output is `actions` B,T,9.
 */
export function samplerSpecs({ model }: PolicyConfig, { batch = 1, warmSteps }: SamplerVariant = {}) {
  const chunk: TensorSpec = { shape: [batch, model.predictionHorizon, POSE_WIDTH] }
  const observation: TensorSpec = { shape: [batch, POSE_WIDTH] }
  return { observation, noise: chunk, ...(warmSteps === undefined ? {} : { previous: chunk }) }
}

type BuildOptions = SamplerVariant & Pick<CompileOptions, 'metadata' | 'weights'>

/** The sampler for weights (flat, as trained) as an ONNX model. `metadata` is stored in it. */
export function buildSampler(config: PolicyConfig, weights: Float32Array, options: BuildOptions = {}): Built {
  return build(...samplerSource(config, weights, options))
}

/** The sampler as `build` and `inspect` take it. */
export function samplerSource(
  config: PolicyConfig,
  theta: Float32Array,
  { metadata, weights = 'float32', ...variant }: BuildOptions = {},
): Parameters<typeof inspect> {
  const { inferenceSteps = config.diffusion.inferenceSteps, warmSteps } = variant
  if (warmSteps !== undefined && !(warmSteps >= 1 && warmSteps <= inferenceSteps)) {
    throw new RangeError(`expected 1 to ${inferenceSteps} warm steps, got ${warmSteps}`)
  }
  const specs = policySpec(config.model)
  const views = sliceParameters(specs, theta)
  const constants = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, data: views[name] as Float32Array }]),
  )
  return [
    (tensors) => {
      const inputs = tensors as unknown as SamplerInputs
      const chain = { ...config.diffusion, inferenceSteps }
      return sampleActions(tensors, inputs, config.model, chain, warmSteps)
    },
    samplerSpecs(config, variant),
    { name: 'policy', constants, weights, ...(metadata ? { metadata } : {}) },
  ]
}

/** The same, ready to run. */
export async function compileSampler(
  config: PolicyConfig,
  weights: Float32Array,
  options: BuildOptions & SessionOptions = {},
): Promise<Compiled> {
  return start(buildSampler(config, weights, options), { ...threadsFor(config), ...options })
}

/** Below so many parameters, threads wait for each other longer than they compute for one observation. */
const SMALL = 4_000_000

/** A small network runs on one thread, unless the caller knows better. */
function threadsFor({ model }: PolicyConfig): SessionOptions {
  return countParameters(policySpec(model)) < SMALL ? { threads: 1 } : {}
}

export interface PredictorOptions extends SessionOptions {
  /** a warm sampler, which takes every chunk after the first from the one before */
  warm?: string | Uint8Array
}

/** Loads policy.onnx (a path or bytes) as a Predictor. */
export async function loadPredictor(
  config: PolicyConfig,
  normalizer: Normalizer,
  model: string | Uint8Array,
  { warm, ...chosen }: PredictorOptions = {},
): Promise<Predictor & { dispose(): Promise<void> }> {
  const options = { ...threadsFor(config), ...chosen }
  const cold = await loadSession(model, options)
  const warmed = warm === undefined ? undefined : await loadSession(warm, options)
  const inputs = toSpecs(samplerSpecs(config))
  const warmInputs = toSpecs(samplerSpecs(config, { warmSteps: 1 }))
  const outputs = toSpecs({ actions: samplerSpecs(config).noise })
  const { predictionHorizon } = config.model
  const { actionHorizon } = config.control
  let random = new Random(0)
  let chunks = 0
  let last: Float32Array | undefined
  return {
    needsView: false,
    ...config.control,
    begin(seed) {
      random = new Random(seed).fork('diffusion')
      chunks = 0
      last = undefined
    },
    async predict({ sourceInTarget }): Promise<Pose[]> {
      const observation = new Float32Array(POSE_WIDTH)
      encodePose9(normalizer, sourceInTarget, observation)
      const noise = random.fork(chunks++).fillNormal(new Float32Array(predictionHorizon * POSE_WIDTH))
      const { actions } =
        warmed && last
          ? await runSession(warmed, warmInputs, outputs, { observation, noise, previous: later(last, actionHorizon) })
          : await runSession(cold, inputs, outputs, { observation, noise })
      last = actions as Float32Array
      return Array.from({ length: predictionHorizon }, (_, k) =>
        decodePose9(normalizer, actions as Float32Array, k * POSE_WIDTH),
      )
    },
    async dispose() {
      await cold.release()
      await warmed?.release()
    },
  }
}

/** The chunk as it looks `steps` poses later: what is over goes, the last pose repeats. */
function later(chunk: Float32Array, steps: number): Float32Array {
  const shifted = new Float32Array(chunk.length)
  const begin = Math.min(steps * POSE_WIDTH, chunk.length - POSE_WIDTH)
  shifted.set(chunk.subarray(begin))
  for (let at = chunk.length - begin; at < chunk.length; at += POSE_WIDTH) shifted.set(chunk.subarray(-POSE_WIDTH), at)
  return shifted
}

const toSpecs = (specs: Record<string, TensorSpec>) =>
  new Map(Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]))
