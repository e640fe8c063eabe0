import { expect, it } from 'vitest'
import { NO_AUGMENTATION } from '../perception/index.ts'
import { sliceParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import { exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'
import { policySpec } from './model.ts'
import { drawPairs } from './pairs.ts'
import { initialState } from './train.ts'
import { warmUp, withWeights } from './warm-up.ts'

const base = withFusion('gated')
const config: PolicyConfig = {
  ...base,
  training: { ...base.training, batch: 16, pictures: NO_AUGMENTATION, learningRate: 3e-3, warmupSteps: 10 },
}
const { training } = prepareData(exampleEpisodes(4, picturedApproach), config, 0, exampleParts)

function* pairs(count: number) {
  for (let i = 0; i < count; i++) yield drawPairs(training, config, new Random(1).fork(i))
}

it('pairs say where the part of the one picture is in the frame of the other', () => {
  const { difference, image, goal } = drawPairs(training, config, new Random(0))
  expect(image).toHaveLength(16 * 16 * 16 * 6)
  expect(goal).toHaveLength(image.length)
  // A picture against itself: no difference.
  const single = { ...training, observations: training.observations.slice(0, 1) }
  const same = drawPairs(single, config, new Random(0))
  expect(same.goal).toEqual(same.image)
  const none = [0, 0, 0, 1, 0, 0, 0, 1, 0]
  none.forEach((value, i) => {
    expect(same.difference[i]).toBeCloseTo(value, 6)
  })
  expect(difference.subarray(0, 9)).not.toEqual(same.difference.subarray(0, 9))
})

it('the encoder learns what lies between two pictures, and a policy starts from there', async () => {
  const losses: number[] = []
  let weights: Record<string, Float32Array> = {}
  for await (const progress of warmUp({ config, batches: pairs(120), steps: 120, seed: 0 })) {
    losses.push(progress.loss)
    if (progress.step === 120) weights = progress.weights()
  }
  const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length
  expect(mean(losses.slice(-10))).toBeLessThan(0.2 * mean(losses.slice(0, 5)))

  const { theta } = initialState(config, 0)
  const before = sliceParameters(policySpec(config.model), theta.slice())
  const after = sliceParameters(policySpec(config.model), withWeights(config, theta, weights))
  for (const name of Object.keys(after)) {
    const moved = after[name]?.some((value, i) => value !== before[name]?.[i])
    if (!name.endsWith('key.bias')) expect(moved, name).toBe(name.startsWith('image.'))
  }
})

it('what cannot be warmed up is refused', async () => {
  const first = async (options: Parameters<typeof warmUp>[0]) => {
    for await (const _ of warmUp(options)) void _
  }
  await expect(first({ config: tinyConfig, batches: [], steps: 1, seed: 0 })).rejects.toThrow('sees no pictures')
  await expect(first({ config, batches: pairs(1), steps: 2, seed: 0 })).rejects.toThrow('expected 2 batches of pairs')
  const { theta } = initialState(config, 0)
  expect(() => withWeights(config, theta, { 'image.stem9.conv.weight': new Float32Array(3) })).toThrow(
    'weights "image.stem9.conv.weight": expected no numbers, got 3',
  )
})
