// Batches: windows drawn at random, observations shaken, noise and diffusion steps added. A pure function of the seed.
import { makePose, multiplyQuat, type Pose, rotationVectorToQuat } from '../geometry/index.ts'
import type { Arrays } from '../tensor/compile/index.ts'
import type { Random } from '../tensor/random.ts'
import type { PolicyConfig, TrainingConfig } from './config.ts'
import { encodePose9, type Normalizer } from './normalizer.ts'
import { cumulativeAlphas, squaredCosineBetas } from './schedule.ts'
import { DROPOUT_WIDTH, POSE_WIDTH } from './widths.ts'
import type { Window } from './windows.ts'

/** Windows with their actions encoded once: N,T,9. */
export interface TrainingSet {
  observations: Pose[]
  actions: Float32Array
  normalizer: Normalizer
}

export function encodeWindows(windows: readonly Window[], normalizer: Normalizer): TrainingSet {
  const horizon = windows[0]?.actions.length ?? 0
  const actions = new Float32Array(windows.length * horizon * POSE_WIDTH)
  for (const [i, window] of windows.entries()) {
    for (const [k, pose] of window.actions.entries()) {
      encodePose9(normalizer, pose, actions, (i * horizon + k) * POSE_WIDTH)
    }
  }
  return { observations: windows.map(({ observation }) => observation), actions, normalizer }
}

/**
 * One batch for {@link trainStep} and {@link evaluateLoss}. `training` false leaves observations as they are and drops
 * nothing out.
 */
export function drawBatch(set: TrainingSet, config: PolicyConfig, random: Random, training: boolean): Arrays {
  const B = config.training.batch
  const chunk = config.model.predictionHorizon * POSE_WIDTH
  const alphas = cumulativeAlphas(squaredCosineBetas(config.diffusion.trainSteps))
  const observation = new Float32Array(B * POSE_WIDTH)
  const clean = new Float32Array(B * chunk)
  const step = new Float32Array(B)
  const [pick, shake, level] = [random.fork('windows'), random.fork('observations'), random.fork('levels')]
  for (let b = 0; b < B; b++) {
    const index = pick.integer(set.observations.length)
    const seen = set.observations[index] as Pose
    const pose = training ? perturb(seen, config.training.observationNoise, shake) : seen
    encodePose9(set.normalizer, pose, observation, b * POSE_WIDTH)
    clean.set(set.actions.subarray(index * chunk, (index + 1) * chunk), b * chunk)
    step[b] = level.integer(alphas.length)
  }
  const alphaOf = (t: number) => alphas[t] as number
  return {
    observation,
    clean,
    noise: random.fork('noise').fillNormal(new Float32Array(B * chunk)),
    step,
    signal: step.map((t) => Math.sqrt(alphaOf(t))),
    noiseRate: step.map((t) => Math.sqrt(1 - alphaOf(t))),
    ...(config.model.dropout > 0 ? { dropout: dropoutMask(B, training ? config.model.dropout : 0, random) } : {}),
  }
}

function perturb(pose: Pose, noise: TrainingConfig['observationNoise'], random: Random): Pose {
  const [dx, dy, dz] = random.normal3(noise.translationM)
  const [x, y, z] = pose.position
  const turn = rotationVectorToQuat(random.normal3(noise.rotationRad))
  return makePose([x + dx, y + dy, z + dz], multiplyQuat(pose.orientation, turn))
}

/** 0 with probability `rate`, else 1/(1 − rate): B,DROPOUT_WIDTH. */
function dropoutMask(batch: number, rate: number, random: Random): Float32Array {
  const mask = new Float32Array(batch * DROPOUT_WIDTH)
  if (rate === 0) return mask.fill(1)
  const stream = random.fork('dropout')
  for (let i = 0; i < mask.length; i++) mask[i] = stream.chance(rate) ? 0 : 1 / (1 - rate)
  return mask
}
