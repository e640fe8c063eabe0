// The sampler: weights, goal picture and DDIM chain as one ONNX model.
import {
  type Built,
  build,
  type Compiled,
  type CompileOptions,
  type ConstantSpec,
  type inspect,
  type SessionOptions,
  start,
  type TensorSpec,
} from '../tensor/compile/index.ts'
import { countParameters, sliceParameters } from '../tensor/parameters.ts'
import { correctsPose, locatesPart, type PolicyConfig, weighsTracker } from './config.ts'
import { pictureShape, policySpec, type SamplerInputs, sampleActions } from './model.ts'
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
 * start from, one that sees pictures `image` B,S,S,C, and the fusion `corrected` the tracker's `confidence` and whether
 * it must do `imageless`, B,1 each.
 */
export function samplerSpecs({ model }: PolicyConfig, { batch = 1, warmSteps }: SamplerVariant = {}) {
  const chunk: TensorSpec = { shape: [batch, model.predictionHorizon, POSE_WIDTH] }
  const observation: TensorSpec = { shape: [batch, POSE_WIDTH] }
  const flag: TensorSpec = { shape: [batch, 1] }
  return {
    observation,
    noise: chunk,
    ...(warmSteps === undefined ? {} : { previous: chunk }),
    ...(model.image ? { image: { shape: pictureShape(model.image, batch) } } : {}),
    ...(weighsTracker(model.fusion) ? { confidence: flag, imageless: flag } : {}),
  }
}

/**
 * Outputs of policy.onnx: `actions` B,T,9; `gate`, how much of the picture passed, B,conditionWidth, or B,9 for the
 * fusion `corrected`; `estimate`, by how much the numbers of the observed pose are off, to the picture, B,9; and of a
 * policy that corrects them the `correction`, B,9.
 */
export function samplerOutputs({ model }: PolicyConfig, { batch = 1 }: SamplerVariant = {}) {
  const { fusion, predictionHorizon, conditionWidth } = model
  const numbers: TensorSpec = { shape: [batch, POSE_WIDTH] }
  return {
    actions: { shape: [batch, predictionHorizon, POSE_WIDTH] } as TensorSpec,
    ...(fusion === 'gated' ? { gate: { shape: [batch, conditionWidth] } } : {}),
    ...(weighsTracker(fusion) ? { gate: numbers } : {}),
    ...(locatesPart(model) ? { estimate: numbers } : {}),
    ...(correctsPose(fusion) ? { correction: numbers } : {}),
  }
}

type BuildOptions = SamplerVariant &
  Pick<CompileOptions, 'metadata' | 'weights'> & {
    /** the goal picture, S,S,C, which becomes part of the model; of a policy that sees pictures */
    goal?: Float32Array | undefined
  }

/** The sampler for weights (flat, as trained) as an ONNX model. `metadata` is stored in it. */
export function buildSampler(config: PolicyConfig, weights: Float32Array, options: BuildOptions = {}): Built {
  return build(...samplerSource(config, weights, options))
}

/** The sampler as `build` and `inspect` take it. */
export function samplerSource(
  config: PolicyConfig,
  theta: Float32Array,
  { metadata, goal, weights = 'float32', ...variant }: BuildOptions = {},
): Parameters<typeof inspect> {
  const { inferenceSteps = config.diffusion.inferenceSteps, warmSteps } = variant
  if (warmSteps !== undefined && !(warmSteps >= 1 && warmSteps <= inferenceSteps)) {
    throw new RangeError(`expected 1 to ${inferenceSteps} warm steps, got ${warmSteps}`)
  }
  const specs = policySpec(config.model)
  const views = sliceParameters(specs, theta)
  const constants: Record<string, ConstantSpec> = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, data: views[name] as Float32Array }]),
  )
  const { image } = config.model
  if (image) {
    if (!goal) throw new Error('a policy that sees pictures needs the goal picture')
    constants.goal = { shape: pictureShape(image), data: goal }
  }
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
export function threadsFor({ model }: PolicyConfig): SessionOptions {
  return countParameters(policySpec(model)) < SMALL ? { threads: 1 } : {}
}
