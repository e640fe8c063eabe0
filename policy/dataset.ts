// From episodes to training sets: whole episodes are held out, windows are cut, the normaliser is fitted.
import type { Episode } from '../demos/index.ts'
import { type Pose, relative } from '../geometry/index.ts'
import type { View } from '../perception/index.ts'
import { Random } from '../tensor/random.ts'
import { encodeWindows, type TrainingSet } from './batches.ts'
import type { ImageConfig, PolicyConfig } from './config.ts'
import { fitNormalizer, type Normalizer } from './normalizer.ts'
import { chooseGoal, openStore, type Parts, type PictureStore, storePicture, viewOf } from './pictures.ts'
import { cutWindows, relativeTrack } from './windows.ts'

export interface Split {
  training: TrainingSet
  validation: TrainingSet | undefined
  /** the goal picture, S,S,C; for a policy that sees pictures */
  goal?: Float32Array
  normalizer: Normalizer
  /** how deep the part got, m: the median of the episodes, for in one of them a tracker may have erred for a moment */
  seatedDepthM: number
  /** how many episodes went where */
  episodes: { training: number; validation: number }
}

/** Fewest episodes of which one can be spared for validation. */
const FEWEST_TO_HOLD_OUT = 5

/**
 * Splits by whole episodes: neighbouring windows are too alike to judge each other. Throws a RangeError for none, and for
 * pictures that are missing or of no use. `parts` are needed for pictures and for biased trackers.
 */
export function prepareData(episodes: readonly Episode[], config: PolicyConfig, seed: number, parts?: Parts): Split {
  if (episodes.length === 0) throw new RangeError('expected at least one episode to train on')
  const { image } = config.model
  const { translationM, rotationRad } = config.training.trackerBias
  if (!parts && (image || translationM > 0 || rotationRad > 0)) {
    const [what, otherwise] = image
      ? ['pictures are cut to the boxes', 'choose a pose preset']
      : ['trackerBias turns about the centre', 'set translationM and rotationRad of training.trackerBias to 0']
    throw new RangeError(
      `${what} of the parts, and of these nothing is known: add the task (docs/add-a-task.md), or ${otherwise}`,
    )
  }
  const pictured = (episode: Episode) => episode.frames.some(({ rgbd }) => rgbd)
  const blind = episodes.filter((episode) => !pictured(episode))
  if (image && blind.length > 0) {
    throw new RangeError(
      `this preset learns from pictures, and ${blind.length} of ${episodes.length} episodes have none ` +
        `(${blind[0]?.path} …): record them with pictures, or choose a pose preset`,
    )
  }
  const wanted = Math.round(episodes.length * config.training.validationFraction)
  const heldOut =
    episodes.length < FEWEST_TO_HOLD_OUT || config.training.validationFraction === 0 ? 0 : Math.max(1, wanted)
  const order = [...new Random(seed).fork('held out').permutation(episodes.length)]
  const chosen = new Set(order.slice(0, heldOut))
  const normalizer = fitNormalizer(
    episodes.flatMap(({ frames }) => relativeTrack(frames).poses),
    config.diffusion.translationMargin,
  )
  const encode = (part: readonly Episode[]): TrainingSet => {
    const { predictionHorizon } = config.model
    const { poseInterval } = config.control
    const windows = part.flatMap(({ frames }) =>
      cutWindows(frames, predictionHorizon, poseInterval, { pictured: image !== null }),
    )
    return {
      ...encodeWindows(windows, normalizer),
      ...(parts ? { sourceCentre: parts.sourceCentre } : {}),
      ...(parts && image ? { pictures: keepPictures(part, config, image, parts) } : {}),
    }
  }
  const kept = episodes.filter((_, i) => !chosen.has(i))
  return {
    training: encode(kept),
    validation: heldOut > 0 ? encode(episodes.filter((_, i) => chosen.has(i))) : undefined,
    normalizer,
    seatedDepthM: median(episodes.map(deepest)),
    ...(parts && image ? { goal: chooseGoal(kept, image, parts.boxes) } : {}),
    episodes: { training: episodes.length - heldOut, validation: heldOut },
  }
}

/** How deep the part got, m. */
const deepest = ({ frames }: Episode): number =>
  Math.max(...relativeTrack(frames).poses.map(({ position }) => -position[2]))

/** The upper one of two in the middle. */
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Whether a policy has use for pictures without a demonstration, and how many its configuration asks for. */
export function practiceCount({ model, training }: PolicyConfig): number {
  const teaches = model.image !== null && model.locateWeight > 0 && training.practice.share > 0
  return teaches ? training.practice.pictures : 0
}

/** The set with pictures beside those of the demonstrations; they are taken one by one. */
export async function withPractice(
  set: TrainingSet,
  views: AsyncIterable<View>,
  config: PolicyConfig,
  { boxes }: Parts,
): Promise<TrainingSet> {
  const image = config.model.image as ImageConfig
  const pictures = openStore(practiceCount(config), image, config.training.pictures, boxes)
  const poses: Pose[] = []
  for await (const view of views) {
    storePicture(pictures, view, `practice picture ${poses.length}`)
    poses.push(relative(view.targetInCamera, view.sourceInCamera))
  }
  return { ...set, practice: { poses, pictures } }
}

/** The pictures of the episodes, in the order of their windows. */
function keepPictures(
  episodes: readonly Episode[],
  { training }: PolicyConfig,
  image: ImageConfig,
  { boxes }: Parts,
): PictureStore {
  const pictured = episodes.flatMap(({ path, frames }) =>
    frames.flatMap((frame) => {
      const view = viewOf(frame)
      return view ? [{ view, name: `${path}, picture at ${frame.stamp.toFixed(3)} s` }] : []
    }),
  )
  const store = openStore(pictured.length, image, training.pictures, boxes)
  for (const { view, name } of pictured) storePicture(store, view, name)
  return store
}
