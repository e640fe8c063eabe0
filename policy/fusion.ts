// Fusion: how the picture's features and the observed pose become the condition of the denoiser.
//
// `gated` (PoseInsert, §III): v = ReLU(LayerNorm(W_v·image + b_v)), g = σ(W_g·pose + b_g), condition = pose + g ⊙ v.
// `concat` is its ablation. `corrected` is our own: the picture says by how much the tracker is off, a gate that sees
// pose, picture and confidence says how much of that to believe, and the pose encoder gets the corrected pose. `rgbd` goes
// by the picture alone: it says where the part is, and the observed pose only serves to say so as a correction.
import * as tf from '@tensorflow/tfjs'
import { layerNorm, linear, linearSpec, normSpec } from '../tensor/layers.ts'
import { type ParameterSpecs, type Parameters, prefixed } from '../tensor/parameters.ts'
import { imageFeatures, type ModelConfig } from './config.ts'
import { encodeImage, imageEncoderSpec } from './image-encoder.ts'
import { encodePose, poseEncoderSpec } from './pose-encoder.ts'
import { POSE_WIDTH } from './widths.ts'

/** Size of the corrections that the network writes as 1, of a pose's numbers: about a degree, and a millimetre or two. */
export const CORRECTION_UNIT = 0.02

/** What is seen, as tensors. */
export interface Seeing {
  /** B,9 */
  observation: tf.Tensor2D
  /** B,S,S,6 */
  image?: tf.Tensor4D
  /** 1,S,S,6 or B,S,S,6 */
  goal?: tf.Tensor4D
  /** of the tracker, 0 to 1: B,1. For the fusion `corrected` */
  confidence?: tf.Tensor2D
  /** 1 where there is no picture to go by, else 0: B,1; absent when there is one. For the fusion `corrected` */
  imageless?: tf.Tensor2D
  /** mask of the pose encoder */
  dropout?: tf.Tensor2D
}

export interface Fused {
  /** B,conditionWidth */
  condition: tf.Tensor2D
  /** how much of the picture passes, 0 to 1: B,conditionWidth, or B,9 for the fusion `corrected` */
  gate?: tf.Tensor2D
  /** what would make the observed pose's numbers true, by the picture: B,9 */
  estimate?: tf.Tensor2D
  /** what is added to them, the estimate through the gate: B,9 */
  correction?: tf.Tensor2D
}

/** Parameters of everything between what is seen and the condition. */
export function conditionSpec(model: ModelConfig): ParameterSpecs {
  const { fusion, image } = model
  return {
    ...(fusion === 'rgbd' ? {} : prefixed('encoder', poseEncoderSpec(model))),
    ...(image ? prefixed('image', imageEncoderSpec(image)) : {}),
    ...prefixed('fusion', fusionSpec(model)),
  }
}

function fusionSpec({ fusion, image, conditionWidth }: ModelConfig): ParameterSpecs {
  if (!image || fusion === 'pose') return {}
  const value = {
    ...prefixed('value', linearSpec(imageFeatures(image), conditionWidth)),
    ...prefixed('norm', normSpec(conditionWidth)),
  }
  if (fusion === 'rgbd') {
    return {
      ...value,
      ...prefixed('hidden', linearSpec(conditionWidth, conditionWidth)),
      ...prefixed('pose', linearSpec(conditionWidth, POSE_WIDTH)),
    }
  }
  if (fusion === 'gated') return { ...value, ...prefixed('gate', linearSpec(conditionWidth, conditionWidth)) }
  if (fusion === 'concat') return { ...value, ...prefixed('mix', linearSpec(2 * conditionWidth, conditionWidth)) }
  const evidence = conditionWidth + POSE_WIDTH + 1
  return {
    ...value,
    ...prefixed('hidden', linearSpec(evidence, conditionWidth)),
    // Nothing is corrected before something is learned.
    'estimate.weight': { shape: [conditionWidth, POSE_WIDTH], init: 'zeros' },
    'estimate.bias': { shape: [POSE_WIDTH], init: 'zeros' },
    ...prefixed('gate', linearSpec(evidence, POSE_WIDTH)),
  }
}

/** Throws an Error when the fusion needs something that is not there. */
export function fuse(p: Parameters, seen: Seeing, model: ModelConfig): Fused {
  const { fusion } = model
  const pose = (numbers: tf.Tensor2D) => encodePose(p, 'encoder', numbers, model, seen.dropout)
  if (fusion === 'pose') return { condition: pose(seen.observation) }
  const value = imageValue(p, seen, model)
  if (fusion === 'rgbd') {
    const located = linear(p, 'fusion.pose', tf.relu(linear(p, 'fusion.hidden', value)))
    const correction = tf.sub(located, seen.observation) as tf.Tensor2D
    return { condition: value, estimate: correction, correction }
  }
  if (fusion === 'corrected') {
    const corrected = correct(p, value, seen)
    return { condition: pose(tf.add(seen.observation, corrected.correction)), ...corrected }
  }
  const observed = pose(seen.observation)
  if (fusion === 'concat') {
    return { condition: linear(p, 'fusion.mix', tf.concat([observed, value], 1)) as tf.Tensor2D }
  }
  const gate = tf.sigmoid(linear(p, 'fusion.gate', observed)) as tf.Tensor2D
  return { condition: tf.add(observed, tf.mul(gate, value)), gate }
}

/** `ReLU(LayerNorm(W_v·image + b_v))`: B,conditionWidth. */
function imageValue(p: Parameters, { image, goal }: Seeing, model: ModelConfig): tf.Tensor2D {
  if (!model.image || !image || !goal) {
    throw new Error(
      `the fusion "${model.fusion}" needs a picture and a goal picture, got ${image ? 'no goal' : 'none'}`,
    )
  }
  const features = encodeImage(p, 'image', image, goal, model.image)
  return tf.relu(layerNorm(p, 'fusion.norm', linear(p, 'fusion.value', features))) as tf.Tensor2D
}

function correct(p: Parameters, value: tf.Tensor2D, { observation, confidence, imageless }: Seeing) {
  if (!confidence) throw new Error('the fusion "corrected" needs the confidence of the tracker, got none')
  const evidence = tf.concat([value, observation, confidence], 1)
  const hidden = tf.relu(linear(p, 'fusion.hidden', evidence))
  const estimate = tf.mul(linear(p, 'fusion.estimate', hidden), CORRECTION_UNIT) as tf.Tensor2D
  const open = tf.sigmoid(linear(p, 'fusion.gate', evidence)) as tf.Tensor2D
  const gate = imageless ? (tf.mul(open, tf.sub(1, imageless)) as tf.Tensor2D) : open
  return { estimate, gate, correction: tf.mul(gate, estimate) as tf.Tensor2D }
}
