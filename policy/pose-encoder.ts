// Encoders of the observed pose: 9 numbers (normalised translation, first two columns of R) → condition vector.
import * as tf from '@tensorflow/tfjs'
import {
  gelu,
  layerNorm,
  linear,
  linearSpec,
  normSpec,
  transformerLayer,
  transformerLayerSpec,
} from '../tensor/layers.ts'
import { type ParameterSpecs, type Parameters, prefixed } from '../tensor/parameters.ts'
import type { ModelConfig } from './config.ts'
import { BRANCH_WIDTH, POSE_WIDTH } from './widths.ts'

const TRANSLATION_WIDTH = 3
const TOKEN_WIDTH = 64
const HEADS = 4

export function poseEncoderSpec({ encoder, conditionWidth }: ModelConfig): ParameterSpecs {
  if (encoder === 'mlp') return prefixed('mlp', branchSpec(POSE_WIDTH, conditionWidth))
  return {
    ...prefixed('translation', branchSpec(TRANSLATION_WIDTH, TOKEN_WIDTH)),
    ...prefixed('rotation', branchSpec(POSE_WIDTH - TRANSLATION_WIDTH, TOKEN_WIDTH)),
    ...prefixed('lift', linearSpec(TOKEN_WIDTH, BRANCH_WIDTH)),
    'kinds.embedding': { shape: [2, BRANCH_WIDTH], init: { normal: 0.02 } },
    ...prefixed('mixer', transformerLayerSpec(BRANCH_WIDTH, BRANCH_WIDTH)),
    ...prefixed('output', linearSpec(BRANCH_WIDTH, conditionWidth)),
  }
}

/**
 * pose: B,9 → B,conditionWidth.
 *
 * `disentangled` (PoseInsert, §III): translation and rotation through a branch each to a 64-d token; the two tokens of a
 * sample are lifted to 128 channels, told apart by a learned embedding, mixed by one transformer layer and averaged.
 * `mlp` is the ablation. `dropout` is a mask of shape B,DROPOUT_WIDTH holding 0 or 1/(1 − rate).
 */
export function encodePose(
  p: Parameters,
  name: string,
  pose: tf.Tensor2D,
  { encoder }: ModelConfig,
  dropout?: tf.Tensor2D,
): tf.Tensor2D {
  const masks = dropout ? (tf.split(dropout, 2, 1) as [tf.Tensor2D, tf.Tensor2D]) : undefined
  if (encoder === 'mlp') return branch(p, `${name}.mlp`, pose, masks?.[0])
  const translation = tf.slice(pose, [0, 0], [-1, TRANSLATION_WIDTH])
  const rotation = tf.slice(pose, [0, TRANSLATION_WIDTH], [-1, POSE_WIDTH - TRANSLATION_WIDTH])
  const tokens = tf.stack(
    [branch(p, `${name}.translation`, translation, masks?.[0]), branch(p, `${name}.rotation`, rotation, masks?.[1])],
    1,
  ) // B,2,64
  const lifted = tf.add(linear(p, `${name}.lift`, tokens), p[`${name}.kinds.embedding`] as tf.Tensor) as tf.Tensor3D
  const mixed = transformerLayer(p, `${name}.mixer`, lifted, HEADS) // B,2,128
  return linear(p, `${name}.output`, tf.mean(mixed, 1)) as tf.Tensor2D
}

function branchSpec(inputs: number, outputs: number): ParameterSpecs {
  return {
    ...prefixed('first', linearSpec(inputs, BRANCH_WIDTH)),
    ...prefixed('norm1', normSpec(BRANCH_WIDTH)),
    ...prefixed('second', linearSpec(BRANCH_WIDTH, BRANCH_WIDTH)),
    ...prefixed('norm2', normSpec(BRANCH_WIDTH)),
    ...prefixed('third', linearSpec(BRANCH_WIDTH, outputs)),
  }
}

/** Linear → LayerNorm → GELU, twice, then dropout and a last Linear. */
function branch(p: Parameters, name: string, x: tf.Tensor2D, mask: tf.Tensor2D | undefined): tf.Tensor2D {
  const first = gelu(layerNorm(p, `${name}.norm1`, linear(p, `${name}.first`, x)))
  const second = gelu(layerNorm(p, `${name}.norm2`, linear(p, `${name}.second`, first)))
  return linear(p, `${name}.third`, mask ? tf.mul(second, mask) : second) as tf.Tensor2D
}
