// Pictures without a demonstration: how they enter a batch, and what they do to the loss.
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { makePose, type Pose, relative } from '../geometry/index.ts'
import type { View } from '../perception/index.ts'
import { useEagerBackend } from '../tensor/backend.ts'
import type { Arrays, TensorMap } from '../tensor/compile/index.ts'
import { splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { drawBatch } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { practiceCount, prepareData, withPractice } from './dataset.ts'
import { picturedFrame } from './example-picture.ts'
import { exampleEpisodes, exampleParts, picturedApproach, withFusion } from './example-policy.ts'
import { batchSpecs, policyLosses, policySpec } from './model.ts'
import { decodePose9 } from './normalizer.ts'
import { viewOf } from './pictures.ts'
import { initialState } from './train.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

const gated = withFusion('gated')
const config: PolicyConfig = {
  ...gated,
  training: { ...gated.training, batch: 8, practice: { pictures: 5, share: 0.25 } },
}

/** Places where no demonstration goes: each at a height of its own. */
const places: Pose[] = Array.from({ length: 5 }, (_, i) => makePose([0.005, -0.005, 0.02 + 0.005 * i]))
const practice = places.map((place) => viewOf(picturedFrame(0, place)) as View)
const episodes = exampleEpisodes(4, picturedApproach)
const prepared = prepareData(episodes, config, 0, exampleParts)
async function* oneByOne() {
  yield* practice
}
const data = { ...prepared, training: await withPractice(prepared.training, oneByOne(), config, exampleParts) }

describe('a batch with practice', () => {
  const batch = drawBatch(data.training, config, new Random(1), true)

  it('has its share of pictures without a demonstration, last', () => {
    // A quarter of 8.
    expect([...(batch.demonstrated as Float32Array)]).toEqual([1, 1, 1, 1, 1, 1, 0, 0])
    const chunk = config.model.predictionHorizon * 9
    expect(batch.clean?.slice(6 * chunk).every((number) => number === 0)).toBe(true)
    expect(batch.clean?.slice(0, 6 * chunk).some((number) => number !== 0)).toBe(true)
  })

  it('knows of each what makes the observed pose the one that the picture shows', () => {
    for (const b of [6, 7]) {
      const at = (i: number) => (batch.observation?.[b * 9 + i] as number) + (batch.poseError?.[b * 9 + i] as number)
      const shown = decodePose9(
        data.normalizer,
        Float32Array.from({ length: 9 }, (_, i) => at(i)),
      )
      const distances = places.map((place) => Math.hypot(...relative(place, shown).position))
      expect(Math.min(...distances)).toBeLessThan(1e-6)
    }
  })

  it('always keeps a demonstration', () => {
    const small: PolicyConfig = { ...config, training: { ...config.training, batch: 1 } }
    expect([...(drawBatch(data.training, small, new Random(1), true).demonstrated as Float32Array)]).toEqual([1])
  })

  it('is for policies that learn where the part is', () => {
    expect(practiceCount(config)).toBe(5)
    expect(practiceCount({ ...config, model: { ...config.model, locateWeight: 0 } })).toBe(0)
    const unweighed = { ...config.model, fusion: 'corrected', locateWeight: 0 } as const
    expect(practiceCount({ ...config, model: unweighed })).toBe(0)
    const never = { ...config.training, practice: { pictures: 5, share: 0 } }
    expect(practiceCount({ ...config, training: never })).toBe(0)
  })

  it('has none of it in validation', () => {
    const held = drawBatch(data.training, config, new Random(1), false)
    expect(held.demonstrated?.every((one) => one === 1)).toBe(true)
  })

  it('is all demonstrations when there are no such pictures', () => {
    const { training } = prepareData(episodes, config, 0, exampleParts)
    expect(drawBatch(training, config, new Random(1), true).demonstrated?.every((one) => one === 1)).toBe(true)
  })
})

describe('the loss of a batch with practice', () => {
  const specs = batchSpecs(config)
  const { theta } = initialState(config, 0)
  const batch = drawBatch(data.training, config, new Random(2), true)
  const losses = (changes: Partial<Record<string, Float32Array>>) =>
    tf.tidy(() => {
      const arrays = { ...batch, goal: data.goal, ...changes } as Arrays
      const tensors: TensorMap = Object.fromEntries(
        Object.entries(specs).map(([name, { shape }]) => [name, tf.tensor(arrays[name] as Float32Array, [...shape])]),
      )
      const p = splitParameters(policySpec(config.model), tf.tensor1d(theta))
      const { diffusion, location } = policyLosses(p, tensors, config.model)
      return { diffusion: diffusion.dataSync()[0], location: location?.dataSync()[0] }
    })

  it('plans nothing where nothing was demonstrated, but learns where the part is', () => {
    const chunk = config.model.predictionHorizon * 9
    const clean = batch.clean?.slice() as Float32Array
    clean.fill(0.7, 6 * chunk)
    // Whatever stands there in the place of actions changes nothing.
    expect(losses({ clean })).toEqual(losses({}))
    const poseError = batch.poseError?.slice() as Float32Array
    poseError.fill(0.3, 6 * 9)
    expect(losses({ poseError }).location).not.toBeCloseTo(losses({}).location as number, 3)
    expect(losses({ poseError }).diffusion).toBe(losses({}).diffusion)
  })

  it('is the mean over the demonstrated samples', () => {
    const all = losses({ demonstrated: new Float32Array(8).fill(1) }).diffusion as number
    const none = losses({ demonstrated: Float32Array.of(0, 0, 0, 0, 0, 0, 1, 1) }).diffusion as number
    // 8 · all = 6 · demonstrated + 2 · the others
    expect(losses({}).diffusion).toBeCloseTo((8 * all - 2 * none) / 6, 5)
  })
})
