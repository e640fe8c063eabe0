// Batches: windows drawn at random, observations shaken, noise and diffusion steps added. A pure function of the seed.
import { compose, makePose, multiplyQuat, type Pose, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import { type AugmentationConfig, aboutCentre, drawBias, NO_AUGMENTATION } from '../perception/index.ts'
import type { Arrays } from '../tensor/compile/session.ts'
import type { Random } from '../tensor/random.ts'
import { correctsPose, dropsOut, locatesPart, type PolicyConfig, type TrainingConfig, weighsTracker } from './config.ts'
import { encodePose9, type Normalizer, shiftPoses9 } from './normalizer.ts'
import { drawPicture, type PictureStore, pictureSize } from './pictures.ts'
import { cumulativeAlphas, squaredCosineBetas } from './schedule.ts'
import { DROPOUT_WIDTH, POSE_WIDTH } from './widths.ts'
import type { Window } from './windows.ts'

/** Windows with their actions encoded once: N,T,9. Plain data and shared memory: it is sent to a thread. */
export interface TrainingSet {
  observations: Pose[]
  actions: Float32Array
  normalizer: Normalizer
  /** point of the source frame that the tracker's rotation errors turn about, m */
  sourceCentre?: Readonly<Vec3>
  /** picture i belongs to window i; for a policy that sees pictures */
  pictures?: PictureStore
  /** pictures without a demonstration, and the poses (of the source in the target frame) that they show */
  practice?: { poses: Pose[]; pictures: PictureStore }
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
 * One batch for {@link trainStep} and {@link validate}, all but the goal picture. Biased trackers are part of the
 * task, but `training` false leaves observations and pictures otherwise as they are and drops nothing out.
 */
export function drawBatch(set: TrainingSet, config: PolicyConfig, random: Random, training: boolean): Arrays {
  const { model } = config
  const B = config.training.batch
  const chunk = model.predictionHorizon * POSE_WIDTH
  const alphas = cumulativeAlphas(squaredCosineBetas(config.diffusion.trainSteps))
  const observation = new Float32Array(B * POSE_WIDTH)
  const clean = new Float32Array(B * chunk)
  const step = new Float32Array(B)
  const confidence = new Float32Array(B)
  const poseError = new Float32Array(B * POSE_WIDTH)
  const picked = new Uint32Array(B)
  const observed: Pose[] = []
  const [pick, shake, level] = [random.fork('windows'), random.fork('observations'), random.fork('levels')]
  const tracker = new BiasedTracker(set, config, random.fork('tracker'))
  const [corrects, locates] = [correctsPose(model.fusion), locatesPart(model)]
  // Validation is on demonstrations alone.
  const { practice } = training ? set : {}
  const practised = practice ? B - Math.min(B - 1, Math.round(config.training.practice.share * B)) : B
  for (let b = 0; b < B; b++) {
    const isPractice = practice !== undefined && b >= practised
    const poses = isPractice ? practice.poses : set.observations
    const index = pick.integer(poses.length)
    picked[b] = index
    const truth = poses[index] as Pose
    const { error, sureness } = tracker.next()
    const biased = error ? compose(truth, error) : truth
    const pose = training ? perturb(biased, config.training.observationNoise, shake) : biased
    observed.push(pose)
    encodePose9(set.normalizer, pose, observation, b * POSE_WIDTH)
    if (!isPractice) clean.set(set.actions.subarray(index * chunk, (index + 1) * chunk), b * chunk)
    // A policy that corrects what it observes plans from there: its actions are the true ones.
    if (error && !corrects && !isPractice)
      shiftPoses9(set.normalizer, error, clean.subarray(b * chunk, (b + 1) * chunk))
    if (locates) encodePose9(set.normalizer, truth, poseError, b * POSE_WIDTH)
    confidence[b] = sureness
    step[b] = level.integer(alphas.length)
  }
  for (let i = 0; i < poseError.length; i++) poseError[i] = (poseError[i] as number) - (observation[i] as number)
  const alphaOf = (t: number) => alphas[t] as number
  const augmentation = training ? config.training.pictures : NO_AUGMENTATION
  return {
    observation,
    clean,
    noise: random.fork('noise').fillNormal(new Float32Array(B * chunk)),
    step,
    signal: step.map((t) => Math.sqrt(alphaOf(t))),
    noiseRate: step.map((t) => Math.sqrt(1 - alphaOf(t))),
    ...(dropsOut(model) ? { dropout: dropoutMask(B, training ? model.dropout : 0, random) } : {}),
    ...(locates ? { poseError, demonstrated: new Float32Array(B).fill(1, 0, practised) } : {}),
    ...(weighsTracker(model.fusion) ? { confidence } : {}),
    ...(model.image
      ? { image: drawPictures(set, augmentation, { picked, observed, practised }, random.fork('pictures')) }
      : {}),
  }
}

function drawPictures(
  { pictures, practice }: TrainingSet,
  augmentation: AugmentationConfig,
  { picked, observed, practised }: { picked: Uint32Array; observed: Pose[]; practised: number },
  random: Random,
): Float32Array {
  if (!pictures) throw new Error('a batch with pictures was asked for, from windows without')
  const size = pictureSize(pictures.image)
  const out = new Float32Array(picked.length * size)
  for (const [b, index] of picked.entries()) {
    const store = practice && b >= practised ? practice.pictures : pictures
    drawPicture(store, index, observed[b] as Pose, augmentation, random.fork(b), out, b * size)
  }
  return out
}

/** A tracker that is not sure of itself is off by up to this much more. */
const UNSURE_FACTOR = 3

/** How often it is not sure. */
const UNSURE_CHANCE = 0.2

/** Trackers are as bad as the configuration says, or up to so many times better, and do not know it. */
const BETTER = 6

/** Draws a tracker's error for each sample, and how sure it is. */
class BiasedTracker {
  readonly #bias: TrainingConfig['trackerBias']
  readonly #centre: Readonly<Vec3>
  readonly #random: Random
  readonly #asks: boolean

  constructor({ sourceCentre = [0, 0, 0] }: TrainingSet, { model, training }: PolicyConfig, random: Random) {
    this.#bias = training.trackerBias
    this.#centre = sourceCentre
    this.#random = random
    this.#asks = weighsTracker(model.fusion)
  }

  /** `error` acts from the right, `x · c · bias · c⁻¹`: the same for every pose of the sample. */
  next(): { error: Pose | undefined; sureness: number } {
    const { translationM, rotationRad } = this.#bias
    if (translationM === 0 && rotationRad === 0) return { error: undefined, sureness: 1 }
    const sureness = this.#asks && this.#random.chance(UNSURE_CHANCE) ? this.#random.uniform() : 1
    // A gate that weighs the picture against the tracker has to meet good ones and bad ones.
    const quality = this.#asks ? BETTER ** -this.#random.uniform() : 1
    const factor = quality * (1 + (UNSURE_FACTOR - 1) * (1 - sureness))
    const bias = drawBias(this.#random, { translationM: factor * translationM, rotationRad: factor * rotationRad })
    return { error: aboutCentre(bias, this.#centre), sureness }
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
