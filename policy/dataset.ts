// From episodes to training sets: whole episodes are held out, windows are cut, the normaliser is fitted.
import type { Episode } from '../demos/index.ts'
import { Random } from '../tensor/random.ts'
import { encodeWindows, type TrainingSet } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { fitNormalizer, type Normalizer } from './normalizer.ts'
import { cutWindows, relativeTrack } from './windows.ts'

export interface Split {
  training: TrainingSet
  validation: TrainingSet | undefined
  normalizer: Normalizer
  /** how many episodes went where */
  episodes: { training: number; validation: number }
}

/** Fewest episodes of which one can be spared for validation. */
const FEWEST_TO_HOLD_OUT = 5

/** Splits by whole episodes: neighbouring windows are too alike to judge each other. Throws a RangeError for none. */
export function prepareData(episodes: readonly Episode[], config: PolicyConfig, seed: number): Split {
  if (episodes.length === 0) throw new RangeError('expected at least one episode to train on')
  const wanted = Math.round(episodes.length * config.training.validationFraction)
  const heldOut =
    episodes.length < FEWEST_TO_HOLD_OUT || config.training.validationFraction === 0 ? 0 : Math.max(1, wanted)
  const order = [...new Random(seed).fork('held out').permutation(episodes.length)]
  const chosen = new Set(order.slice(0, heldOut))
  const normalizer = fitNormalizer(
    episodes.flatMap(({ frames }) => relativeTrack(frames).poses),
    config.diffusion.translationMargin,
  )
  const encode = (part: readonly Episode[]) =>
    encodeWindows(
      part.flatMap(({ frames }) => cutWindows(frames, config.model.predictionHorizon, config.control.poseInterval)),
      normalizer,
    )
  return {
    training: encode(episodes.filter((_, i) => !chosen.has(i))),
    validation: heldOut > 0 ? encode(episodes.filter((_, i) => chosen.has(i))) : undefined,
    normalizer,
    episodes: { training: episodes.length - heldOut, validation: heldOut },
  }
}
