// Self-supervised warm-up: before there is a policy, the image encoder learns to say by how much two pictures differ.
//
// From pictures with known poses come pairs, one taken for the current picture and one for the goal; a linear head reads
// the pose of the one relative to the other, nine numbers, off the encoder's features. The head is thrown away; the
// encoder's weights are where the policy's training starts from.
import * as tf from '@tensorflow/tfjs'
import { cosineWithWarmup, stepScalars } from '../tensor/adamw.ts'
import type { Device, TensorMap } from '../tensor/compile/index.ts'
import { linear, linearSpec } from '../tensor/layers.ts'
import {
  initializeParameters,
  type ParameterSpecs,
  prefixed,
  sliceParameters,
  smallFirst,
} from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { type ImageConfig, imageFeatures, type PolicyConfig } from './config.ts'
import { type Engine, prepare } from './engine.ts'
import { encodeImage, imageEncoderSpec } from './image-encoder.ts'
import {
  nextViews,
  optimizerOptions,
  optimizerStep,
  pictureShape,
  policySpec,
  SCALAR_SPECS,
  stateSpecs,
  stateViews,
  type Vectors,
} from './model.ts'
import type { PairBatch } from './pairs.ts'
import { POSE_WIDTH } from './widths.ts'

export interface WarmUpOptions {
  /** batch size, sizes and optimiser are those of the policy's training */
  config: PolicyConfig
  /** at least `steps` of them */
  batches: AsyncIterable<PairBatch> | Iterable<PairBatch>
  steps: number
  seed: number
  engine?: Engine
  /** of the compiled engine */
  device?: Device
}

export interface WarmUpProgress {
  /** steps done */
  step: number
  /** mean squared error of the nine numbers */
  loss: number
  /** the encoder's averaged weights so far by the names that they have in the policy; a copy */
  weights(): Record<string, Float32Array>
}

const ENCODER = 'image'
const HEAD = 'difference'

function warmUpSpec(image: ImageConfig): ParameterSpecs {
  return smallFirst({
    ...prefixed(ENCODER, imageEncoderSpec(image)),
    ...prefixed(HEAD, linearSpec(imageFeatures(image), POSE_WIDTH)),
  })
}

/** Yields after every step. Throws an Error for a policy that sees no pictures, or when the batches end early. */
export async function* warmUp(options: WarmUpOptions): AsyncGenerator<WarmUpProgress, void, void> {
  const { config, batches, steps, seed, engine = 'compiled', device = 'cpu' } = options
  const { image } = config.model
  if (!image) throw new Error('a policy that sees no pictures has nothing to warm up: choose a preset with pictures')
  const { batch, learningRate, warmupSteps, emaDecay } = config.training
  const specs = warmUpSpec(image)
  const pictures = { shape: pictureShape(image, batch) }
  const inputs = { image: pictures, goal: pictures, difference: { shape: [batch, POSE_WIDTH] } }
  const runner = await prepare(
    engine,
    (tensors) => optimizerStep(tensors, specs, (p) => differenceLoss(p, tensors, image), config.training),
    { ...stateSpecs(specs), ...SCALAR_SPECS, ...inputs },
    { name: 'warm-up', device },
  )
  const adam = optimizerOptions(config.training)
  let current = initialVectors(specs, seed)
  let spare = initialVectors(specs, seed)
  let step = 0
  try {
    for await (const pairs of batches) {
      const rate = cosineWithWarmup(step, steps, learningRate, warmupSteps)
      const feeds = { ...stateViews(specs, current), ...stepScalars(step, rate, adam, emaDecay), ...pairs }
      const { loss } = await runner.run(feeds, nextViews(specs, spare))
      ;[current, spare] = [spare, current]
      step++
      const { ema } = current
      yield { step, loss: (loss as Float32Array)[0] as number, weights: () => encoderWeights(specs, ema) }
      if (step === steps) return
    }
    throw new Error(`expected ${steps} batches of pairs to warm up with, got ${step}`)
  } finally {
    await runner.dispose()
  }
}

function differenceLoss(p: TensorMap, tensors: TensorMap, image: ImageConfig): tf.Scalar {
  const { image: current, goal, difference } = tensors as Record<string, tf.Tensor>
  const features = encodeImage(p, ENCODER, current as tf.Tensor4D, goal as tf.Tensor4D, image)
  return tf.mean(tf.square(tf.sub(linear(p, HEAD, features), difference as tf.Tensor)))
}

function initialVectors(specs: ParameterSpecs, seed: number): Vectors {
  const theta = initializeParameters(specs, new Random(seed).fork('parameters'))
  return { theta, m: new Float32Array(theta.length), v: new Float32Array(theta.length), ema: theta.slice() }
}

function encoderWeights(specs: ParameterSpecs, flat: Float32Array): Record<string, Float32Array> {
  const all = Object.entries(sliceParameters(specs, flat))
  return Object.fromEntries(
    all.filter(([name]) => name.startsWith(`${ENCODER}.`)).map(([name, view]) => [name, view.slice()]),
  )
}

/**
 * Puts weights into a policy's flat vector, by name, in place: `withWeights(config, initialState(config, seed).theta, …)`.
 * Throws an Error for a name or size that the policy does not have.
 */
export function withWeights(
  { model }: PolicyConfig,
  theta: Float32Array,
  weights: Readonly<Record<string, Float32Array>>,
): Float32Array {
  const views = sliceParameters(policySpec(model), theta)
  for (const [name, numbers] of Object.entries(weights)) {
    const view = views[name]
    if (view?.length !== numbers.length) {
      throw new Error(`weights "${name}": expected ${view?.length ?? 'no'} numbers, got ${numbers.length}`)
    }
    view.set(numbers)
  }
  return theta
}
