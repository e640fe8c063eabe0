// The denoiser: a conditional 1D U-Net over the chunk of poses (Chi et al., "Diffusion Policy", 2023; Janner et al.,
// 2022), told the diffusion step and the condition by feature-wise scale and bias (FiLM) in every residual block.
//
//   x B,T,9 ─ level 0 ─ ↓ ─ level 1 ─ middle ─ ⊕ level 1 ─ ↑ ─ head ─ B,T,9
//
// With n levels there are n−1 steps down and up; going up, each level but the first takes the output of its twin.
import * as tf from '@tensorflow/tfjs'
import {
  conv1d,
  conv1dSpec,
  downsample1d,
  groupNorm,
  linear,
  linearSpec,
  mish,
  normSpec,
  project,
  sinusoidalEmbedding,
  upsample1d,
} from '../tensor/layers.ts'
import { type ParameterSpecs, type Parameters, prefixed } from '../tensor/parameters.ts'
import type { ModelConfig } from './config.ts'
import { POSE_WIDTH } from './widths.ts'

export function denoiserSpec(model: ModelConfig): ParameterSpecs {
  const { widths, kernel, stepWidth } = model
  const block = (name: string, inputs: number, outputs: number) =>
    prefixed(name, residualBlockSpec(model, inputs, outputs))
  const specs: ParameterSpecs[] = [
    prefixed('step1', linearSpec(stepWidth, 4 * stepWidth)),
    prefixed('step2', linearSpec(4 * stepWidth, stepWidth)),
  ]
  const [first, last] = [widths[0] as number, widths.at(-1) as number]
  for (const [level, width] of widths.entries()) {
    const below = level === 0 ? POSE_WIDTH : (widths[level - 1] as number)
    specs.push(block(`down${level}.block1`, below, width), block(`down${level}.block2`, width, width))
    if (level < widths.length - 1) specs.push(prefixed(`down${level}.sample`, conv1dSpec(3, width, width)))
  }
  specs.push(block('middle1', last, last), block('middle2', last, last))
  for (let level = widths.length - 1; level > 0; level--) {
    const [width, next] = [widths[level] as number, widths[level - 1] as number]
    specs.push(block(`up${level}.block1`, 2 * width, next), block(`up${level}.block2`, next, next))
    specs.push(prefixed(`up${level}.sample`, conv1dSpec(4, next, next)))
  }
  specs.push(
    prefixed('head', convBlockSpec(kernel, first, first)),
    prefixed('output', conv1dSpec(1, first, POSE_WIDTH)),
  )
  return Object.assign({}, ...specs)
}

/** noisy: B,T,9; steps: [B]; condition: B,C → predicted clean sample B,T,9. */
export function denoise(
  p: Parameters,
  name: string,
  noisy: tf.Tensor3D,
  steps: tf.Tensor1D,
  condition: tf.Tensor2D,
  model: ModelConfig,
): tf.Tensor3D {
  const { widths, groups } = model
  const embedded = linear(p, `${name}.step1`, sinusoidalEmbedding(steps, model.stepWidth))
  const step = linear(p, `${name}.step2`, mish(embedded)) as tf.Tensor2D
  const film = { step: mish(step), condition: mish(condition) } as Film
  const block = (path: string, x: tf.Tensor3D) => residualBlock(p, `${name}.${path}`, x, film, groups)

  let x = noisy
  const skips: tf.Tensor3D[] = []
  for (const level of widths.keys()) {
    x = block(`down${level}.block2`, block(`down${level}.block1`, x))
    skips.push(x)
    if (level < widths.length - 1) x = downsample1d(p, `${name}.down${level}.sample`, x)
  }
  x = block('middle2', block('middle1', x))
  for (let level = widths.length - 1; level > 0; level--) {
    const joined = tf.concat([x, skips[level] as tf.Tensor3D], 2)
    x = block(`up${level}.block2`, block(`up${level}.block1`, joined))
    x = upsample1d(p, `${name}.up${level}.sample`, x)
  }
  return conv1d(p, `${name}.output`, convBlock(p, `${name}.head`, x, groups))
}

function convBlockSpec(kernel: number, inputs: number, outputs: number): ParameterSpecs {
  return { ...prefixed('conv', conv1dSpec(kernel, inputs, outputs)), ...prefixed('norm', normSpec(outputs)) }
}

function convBlock(p: Parameters, name: string, x: tf.Tensor3D, groups: number): tf.Tensor3D {
  return mish(groupNorm(p, `${name}.norm`, conv1d(p, `${name}.conv`, x), groups)) as tf.Tensor3D
}

/** Both after Mish: B,stepWidth and B,conditionWidth. */
interface Film {
  step: tf.Tensor2D
  condition: tf.Tensor2D
}

function residualBlockSpec(model: ModelConfig, inputs: number, outputs: number): ParameterSpecs {
  const { kernel, stepWidth, conditionWidth } = model
  const film = { fanIn: stepWidth + conditionWidth }
  return {
    ...prefixed('first', convBlockSpec(kernel, inputs, outputs)),
    ...prefixed('second', convBlockSpec(kernel, outputs, outputs)),
    'film.step': { shape: [stepWidth, 2 * outputs], init: film },
    'film.condition': { shape: [conditionWidth, 2 * outputs], init: film },
    'film.bias': { shape: [2 * outputs], init: film },
    ...(inputs === outputs ? {} : prefixed('skip', conv1dSpec(1, inputs, outputs))),
  }
}

function residualBlock(p: Parameters, name: string, x: tf.Tensor3D, film: Film, groups: number): tf.Tensor3D {
  // One linear layer over [step, condition], written as a sum: in a chain of samples the condition's part is computed
  // once, and the steps' parts are constants.
  const fromStep = tf.add(
    project(film.step, p[`${name}.film.step`] as tf.Tensor2D),
    p[`${name}.film.bias`] as tf.Tensor,
  )
  const modulation = tf.add(project(film.condition, p[`${name}.film.condition`] as tf.Tensor2D), fromStep)
  const [scale, bias] = tf.split(tf.expandDims(modulation, 1), 2, 2) as [tf.Tensor3D, tf.Tensor3D] // B,1,O
  const first = convBlock(p, `${name}.first`, x, groups)
  const modulated = tf.add(tf.mul(first, tf.add(scale, 1)), bias) as tf.Tensor3D
  const second = convBlock(p, `${name}.second`, modulated, groups)
  return tf.add(second, p[`${name}.skip.weight`] ? conv1d(p, `${name}.skip`, x) : x)
}
