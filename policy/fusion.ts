// Fusion: how the picture's features and the observed pose become the condition of the denoiser.
//
// `gated` (PoseInsert, §III): v = ReLU(LayerNorm(W_v·image + b_v)), g = σ(W_g·pose + b_g), condition = pose + g ⊙ v.
// `concat` is its ablation. A head may read off v where the part is, in a pose's nine numbers: in training it tells the
// encoder what to look for, and two fusions act on it. `rgbd` goes by the picture alone. `corrected` is our own: a gate that
// sees pose, picture, the tracker's confidence and how far the two are apart moves each number of the observed pose towards
// what the picture says, by as much as that is to be believed, before the pose is encoded:
// corrected = pose + g ⊙ estimate, a Kalman filter's update with a learned gain. The estimate of the tracker's error is read
// off a picture seen from the tracked pose; from another one, it is the located pose less the observed.
//
// What a picture tells without any learning (`part-points.ts`) goes in where a fusion acts: into that head or, for `gated`
// and `concat`, into v. A head that had it beside v would leave v nothing to learn by.
import * as tf from '@tensorflow/tfjs'
import { layerNorm, linear, linearSpec, normSpec } from '../tensor/layers.ts'
import { type ParameterSpecs, type Parameters, prefixed } from '../tensor/parameters.ts'
import { correctsPose, type Fusion, imageFeatures, locatesPart, type ModelConfig, weighsTracker } from './config.ts'
import { encodeImage, imageEncoderSpec } from './image-encoder.ts'
import { partPoints, partPointsWidth } from './part-points.ts'
import { encodePose, poseEncoderSpec } from './pose-encoder.ts'
import { POSE_WIDTH } from './widths.ts'

/** Errors of a pose's numbers are counted in units of this: about a degree, and a millimetre or two. */
export const LOCATION_UNIT = 0.02

/** What is seen, as tensors. */
export interface Seeing {
  /** B,9 */
  observation: tf.Tensor2D
  /** B,S,S,C */
  image?: tf.Tensor4D
  /** 1,S,S,C or B,S,S,C */
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
  /** what would make the observed pose's numbers those that the picture says: B,9 */
  estimate?: tf.Tensor2D
  /** what is added to them by a fusion that corrects the pose, the estimate through the gate: B,9 */
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

function fusionSpec(model: ModelConfig): ParameterSpecs {
  const { fusion, image, conditionWidth } = model
  if (!image || fusion === 'pose') return {}
  const points = image.trackedReachM === null ? 0 : partPointsWidth(image)
  return {
    ...prefixed('value', linearSpec(imageFeatures(image) + (actsOnValue(fusion) ? points : 0), conditionWidth)),
    ...prefixed('norm', normSpec(conditionWidth)),
    ...(locatesPart(model) ? locationSpec(actsOnValue(fusion) ? 0 : points, conditionWidth) : {}),
    ...(fusion === 'gated' ? prefixed('gate', linearSpec(conditionWidth, conditionWidth)) : {}),
    ...(fusion === 'concat' ? prefixed('mix', linearSpec(2 * conditionWidth, conditionWidth)) : {}),
    ...(weighsTracker(fusion) ? gainSpec(conditionWidth) : {}),
  }
}

/** Whether the plan is made from v, not from where the picture says that the part is. */
const actsOnValue = (fusion: Fusion): boolean => !correctsPose(fusion)

/** Of the head that reads off the picture where the part is, given so many numbers of its points. */
function locationSpec(points: number, width: number): ParameterSpecs {
  return {
    ...prefixed('hidden', linearSpec(width + points, width)),
    ...prefixed('located', linearSpec(width + points, POSE_WIDTH)),
  }
}

/** Width of what is made of the evidence before it becomes a gate. */
const WEIGHING = 64

/**
 * Two layers: how far a tracker is to be believed shows in all that it and the picture differ by, and a sigmoid of a linear
 * function of that stays half-way where it should open.
 */
const gainSpec = (conditionWidth: number): ParameterSpecs => ({
  ...prefixed('weigh', linearSpec(conditionWidth + 2 * POSE_WIDTH + 1, WEIGHING)),
  ...prefixed('gate', linearSpec(WEIGHING, POSE_WIDTH)),
})

/** Throws an Error when the fusion needs something that is not there. */
export function fuse(p: Parameters, seen: Seeing, model: ModelConfig): Fused {
  const { fusion } = model
  const pose = (numbers: tf.Tensor2D) => encodePose(p, 'encoder', numbers, model, seen.dropout)
  if (fusion === 'pose') return { condition: pose(seen.observation) }
  const points = trackedPoints(seen, model)
  const value = imageValue(p, seen, model, actsOnValue(fusion) ? points : [])
  const located = locatesPart(model) ? locate(p, value, actsOnValue(fusion) ? [] : points) : undefined
  // Seen from the tracked pose, the picture says how far that is off; else where the part is, which has to be compared.
  const tracked = points.length > 0
  const estimate =
    located && ((tracked ? tf.mul(located, LOCATION_UNIT) : tf.sub(located, seen.observation)) as tf.Tensor2D)
  if (estimate && fusion === 'rgbd') return { condition: value, estimate, correction: estimate }
  if (estimate && weighsTracker(fusion)) {
    const gate = gain(p, value, estimate, seen)
    const correction = tf.mul(gate, estimate) as tf.Tensor2D
    return { condition: pose(tf.add(seen.observation, correction)), estimate, gate, correction }
  }
  const observed = pose(seen.observation)
  const told = estimate ? { estimate } : {}
  if (fusion === 'concat') {
    return { condition: linear(p, 'fusion.mix', tf.concat([observed, value], 1)) as tf.Tensor2D, ...told }
  }
  const gate = tf.sigmoid(linear(p, 'fusion.gate', observed)) as tf.Tensor2D
  return { condition: tf.add(observed, tf.mul(gate, value)), gate, ...told }
}

/** Where the points of a picture that is seen from the tracked pose lie, B,partPointsWidth; nothing of another. */
function trackedPoints({ image }: Seeing, model: ModelConfig): tf.Tensor2D[] {
  if (!image || !model.image || model.image.trackedReachM === null) return []
  return [partPoints(image, model.image)]
}

/** What the picture says of where the part is, in a pose's numbers: B,9. */
function locate(p: Parameters, value: tf.Tensor2D, points: tf.Tensor2D[]): tf.Tensor2D {
  const hidden = tf.relu(linear(p, 'fusion.hidden', tf.concat([value, ...points], 1)))
  return linear(p, 'fusion.located', tf.concat([hidden, ...points], 1)) as tf.Tensor2D
}

/** `ReLU(LayerNorm(W_v·image + b_v))`, of the encoded picture and of `points` beside it: B,conditionWidth. */
function imageValue(p: Parameters, { image, goal }: Seeing, model: ModelConfig, points: tf.Tensor2D[]): tf.Tensor2D {
  if (!model.image || !image || !goal) {
    throw new Error(
      `the fusion "${model.fusion}" needs a picture and a goal picture, got ${image ? 'no goal' : 'none'}`,
    )
  }
  const features = tf.concat([encodeImage(p, 'image', image, goal, model.image), ...points], 1)
  return tf.relu(layerNorm(p, 'fusion.norm', linear(p, 'fusion.value', features))) as tf.Tensor2D
}

/**
 * How far each number of the observed pose goes towards what the picture says, 0 to 1: B,9. It is told
 * how far the two are apart: what differs by less than the picture's own error is better left to a good tracker.
 */
function gain(
  p: Parameters,
  value: tf.Tensor2D,
  estimate: tf.Tensor2D,
  { observation, confidence, imageless }: Seeing,
): tf.Tensor2D {
  if (!confidence) throw new Error('the fusion "corrected" needs the confidence of the tracker, got none')
  const apart = tf.div(tf.abs(estimate), LOCATION_UNIT)
  const evidence = tf.concat([value, observation, confidence, apart], 1)
  const weighed = tf.relu(linear(p, 'fusion.weigh', evidence))
  const open = tf.sigmoid(linear(p, 'fusion.gate', weighed)) as tf.Tensor2D
  return imageless ? tf.mul(open, tf.sub(1, imageless)) : open
}
