// Pairs of pictures with known poses: what the warm-up of the image encoder learns from.
import { type Pose, relative } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import type { TrainingSet } from './batches.ts'
import type { ImageConfig, PolicyConfig } from './config.ts'
import { encodePose9 } from './normalizer.ts'
import { drawPicture } from './pictures.ts'
import { POSE_WIDTH } from './widths.ts'

/** B pairs of pictures: `image` and `goal` B,S,S,6, and what lies between their poses, `difference` B,9. */
export interface PairBatch {
  image: Float32Array
  goal: Float32Array
  difference: Float32Array
}

/**
 * Pairs drawn from a training set's pictures, augmented as in training. The difference is the part's pose in the first in
 * the frame of the part in the second, its translation in units of the normaliser.
 */
export function drawPairs(set: TrainingSet, { model, training }: PolicyConfig, random: Random): PairBatch {
  const { image } = model
  const { pictures, observations } = set
  if (!image || !pictures) throw new Error('pairs of pictures were asked for, from windows without')
  const size = image.size ** 2 * image.channels
  const pairs: PairBatch = {
    image: new Float32Array(training.batch * size),
    goal: new Float32Array(training.batch * size),
    difference: new Float32Array(training.batch * POSE_WIDTH),
  }
  const unit = { centre: [0, 0, 0] as [number, number, number], scale: set.normalizer.scale }
  const pick = random.fork('pairs')
  for (let b = 0; b < training.batch; b++) {
    const [current, goal] = [pick.integer(observations.length), pick.integer(observations.length)]
    const between = relative(observations[goal] as Pose, observations[current] as Pose)
    encodePose9(unit, between, pairs.difference, b * POSE_WIDTH)
    const draw = (index: number, name: string, out: Float32Array) =>
      drawPicture(pictures, index, image as ImageConfig, training.pictures, random.fork(name, b), out, b * size)
    draw(current, 'current', pairs.image)
    draw(goal, 'goal', pairs.goal)
  }
  return pairs
}
