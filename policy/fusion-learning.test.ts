// Whether a policy learns to look: only the picture can tell how far the tracker is off.
import { expect, it } from 'vitest'
import { NO_AUGMENTATION } from '../perception/index.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import { exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'
import { train } from './train.ts'

/** Small, and told to go straight to the goal: where that is, as the tracker would report it, depends on its error. */
function small(config: PolicyConfig): PolicyConfig {
  const { model, training } = config
  return {
    ...config,
    model: { ...model, encoder: 'mlp', conditionWidth: 32, widths: [16], predictionHorizon: 4 },
    // Longer than a demonstration lasts.
    control: { poseInterval: 1.5, actionHorizon: 4 },
    training: {
      ...training,
      steps: 400,
      batch: 32,
      warmupSteps: 20,
      validateEvery: 400,
      emaDecay: 0.98,
      // Of translations of up to 60 mm. What the poses alone tell of it is little.
      trackerBias: { translationM: 8e-3, rotationRad: 0 },
      observationNoise: { translationM: 0, rotationRad: 0 },
      pictures: NO_AUGMENTATION,
    },
  }
}

/** Loss on held-out demonstrations, seen by trackers with errors of their own. */
async function learn(config: PolicyConfig): Promise<number> {
  const data = prepareData(exampleEpisodes(10, picturedApproach), config, 0, exampleParts)
  let loss = Number.NaN
  for await (const { metrics } of train({ config, ...data, seed: 1 })) loss = metrics.validationLoss ?? loss
  return loss
}

it('a gated policy learns from the picture what the pose cannot tell', { timeout: 120_000 }, async () => {
  const [pose, gated] = [await learn(small(tinyConfig)), await learn(small(withFusion('gated')))]
  expect(gated).toBeLessThan(0.5 * pose)
})
