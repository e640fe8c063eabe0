// The policy's whole configuration: one annotated place, defaults per preset, unknown keys refused.
import { z } from 'zod'
import {
  AugmentationConfig,
  DEFAULT_AUGMENTATION,
  IMAGE_CHANNELS,
  NO_AUGMENTATION,
  TRACKED_CHANNELS,
} from '../perception/index.ts'

const positive = z.number().positive()
const count = z.number().int().positive()

/** Attention heads among the picture's tokens. */
export const IMAGE_HEADS = 4

/** The goal-conditioned RGBD encoder: what a picture must be like, and how large the network is. */
export const ImageConfig = z.strictObject({
  /** width and height of the network's pictures, pixels */
  size: count,
  /** channels of the convolutions that the current and the goal picture both go through; each halves the picture */
  stem: z.array(count).min(1),
  /** channels of the trunk's levels, where the two pictures are one; each level after the first halves the picture */
  trunk: z.array(count).min(1),
  /** residual blocks in each level of the trunk */
  blocks: z.number().int().min(0),
  /** groups of the group normalisations; divides every width of stem and trunk */
  groups: count,
  /** width of the tokens, of which each remaining pixel is one; sines and cosines of rows and columns, for four heads */
  tokenWidth: count.multipleOf(8),
  /** numbers that are kept of each token */
  perToken: count,
  /** points are given in units of this and held within ±1, m */
  xyzScaleM: positive,
  /**
   * the same points again from the middle of the source as the tracker has it, along its axes: how far the tracker is off
   * shows there, at any pose. What lies further than this round the source's box, its greater width taken on both axes
   * across, is held at ±1, m. null leaves them out
   */
  trackedReachM: positive.nullable(),
  /** border round the parts on each side of the window that is cut out, as a fraction of the square that holds them */
  windowMargin: z.number().min(0),
})
export type ImageConfig = z.infer<typeof ImageConfig>

export const FUSIONS = ['pose', 'gated', 'concat', 'rgbd', 'corrected'] as const
export type Fusion = (typeof FUSIONS)[number]

/**
 * Whether the picture says what the true pose is, by a correction of the observed one. Such a policy plans from the true
 * pose, along true poses; the others learn to plan along poses that are off as the observed one is.
 */
export const correctsPose = (fusion: Fusion): boolean => fusion === 'corrected' || fusion === 'rgbd'

/** Whether a gate weighs the picture against the tracker, and asks how sure that is. */
export const weighsTracker = (fusion: Fusion): boolean => fusion === 'corrected'

/** Whether training drops numbers out of the encoded pose. */
export const dropsOut = ({ dropout, fusion }: ModelConfig): boolean => dropout > 0 && fusion !== 'rgbd'

/** Whether there is a head that reads off the picture where the part is. */
export const locatesPart = ({ image, fusion, locateWeight }: ModelConfig): boolean =>
  image !== null && (correctsPose(fusion) || locateWeight > 0)

export const ModelConfig = z.strictObject({
  /** how the observed pose becomes the condition: the paper's two branches and attention, or the ablation's plain MLP */
  encoder: z.enum(['disentangled', 'mlp']),
  /** width of the condition vector */
  conditionWidth: count,
  /** channels of the U-Net's levels; each level after the first halves the time axis */
  widths: z.array(count).min(1),
  /** kernel of the U-Net's convolutions, odd */
  kernel: count.refine((k) => k % 2 === 1, 'expected an odd kernel'),
  /** groups of the U-Net's group normalisation; divides every width */
  groups: count,
  /** width of the sinusoidal embedding of the diffusion step: sines and cosines of at least two periods, so even */
  stepWidth: count.min(4).multipleOf(2),
  /** poses predicted at once (T) */
  predictionHorizon: count,
  /** dropout in the pose encoder's branches */
  dropout: z.number().min(0).lt(1),
  /** null for a policy that sees poses only */
  image: ImageConfig.nullable(),
  /**
   * what becomes of the picture: `pose`, there is none; `gated`, added to the pose through a gate (PoseInsert);
   * `concat`, side by side with the pose; `corrected`, it corrects the observed pose; `rgbd`, alone, the pose unseen
   */
  fusion: z.enum(FUSIONS),
  /**
   * weight in the loss of the squared error of where the picture says the part is. An encoder that starts from nothing
   * learns by it what to look for; 0 leaves a policy that does not act on it without
   */
  locateWeight: z.number().min(0),
})
export type ModelConfig = z.infer<typeof ModelConfig>

export const DiffusionConfig = z.strictObject({
  /** noise levels of the forward process */
  trainSteps: count,
  /** DDIM steps of the sampler */
  inferenceSteps: count,
  /** the demonstrations' box of translations is mapped to ±1/margin, and predictions are clipped to ±1 */
  translationMargin: z.number().min(1),
})
export type DiffusionConfig = z.infer<typeof DiffusionConfig>

export const TrainingConfig = z.strictObject({
  steps: count,
  batch: count,
  learningRate: positive,
  warmupSteps: z.number().int().min(0),
  beta1: z.number().min(0).lt(1),
  beta2: z.number().min(0).lt(1),
  epsilon: positive,
  weightDecay: z.number().min(0),
  /** largest Euclidean norm of the gradient; null leaves it */
  clipNorm: positive.nullable(),
  /** limit of the moving average's decay; 0 makes the average follow the raw weights */
  emaDecay: z.number().min(0).lt(1),
  /** noise added to the observed pose: standard deviation per axis */
  observationNoise: z.strictObject({ translationM: z.number().min(0), rotationRad: z.number().min(0) }),
  /**
   * error of the tracker, one per sample, in the observed pose while the camera saw what it saw: standard deviation per
   * axis. Only the picture can tell it. Actions are off by the same, but for fusions that correct the pose ({@link
   * correctsPose}). `corrected` meets better trackers too, and worse ones that are not sure of themselves
   */
  trackerBias: z.strictObject({ translationM: z.number().min(0), rotationRad: z.number().min(0) }),
  /** how training pictures differ from those recorded; of no use without pictures */
  pictures: AugmentationConfig,
  /**
   * pictures of the part at random places, at poses that are known, beside the demonstrations': from them the network
   * learns where the part is, not what to do. How many, and their share of a batch
   */
  practice: z.strictObject({ pictures: z.number().int().min(0), share: z.number().min(0).max(0.9) }),
  /** episodes kept out of training to validate on: a fraction, rounded, at least one when there are five or more */
  validationFraction: z.number().min(0).max(0.5),
  /** steps between validations and checkpoints */
  validateEvery: count,
})
export type TrainingConfig = z.infer<typeof TrainingConfig>

export const ControlConfig = z.strictObject({
  /** time between predicted poses, s */
  poseInterval: positive,
  /** poses of a chunk that are executed before the next is planned (Ta) */
  actionHorizon: count,
})
export type ControlConfig = z.infer<typeof ControlConfig>

export const PolicyConfig = z
  .strictObject({
    model: ModelConfig,
    diffusion: DiffusionConfig,
    training: TrainingConfig,
    control: ControlConfig,
  })
  .superRefine(({ model, diffusion, control }, context) => {
    const halvings = 2 ** (model.widths.length - 1)
    if (model.predictionHorizon % halvings !== 0) {
      context.addIssue(`predictionHorizon ${model.predictionHorizon} must be divisible by ${halvings}`)
    }
    if (model.widths.some((width) => width % model.groups !== 0)) {
      context.addIssue(`widths ${model.widths.join(', ')} must be divisible by groups ${model.groups}`)
    }
    if (diffusion.inferenceSteps > diffusion.trainSteps) {
      context.addIssue(`inferenceSteps ${diffusion.inferenceSteps} exceeds trainSteps ${diffusion.trainSteps}`)
    }
    if ((model.fusion === 'pose') !== (model.image === null)) {
      context.addIssue(
        model.image
          ? `fusion "pose" has no use for a picture: set image to null, or choose ${FUSIONS.slice(1).join(', ')}`
          : `fusion "${model.fusion}" needs a picture: describe it under model.image, or choose the fusion "pose"`,
      )
    }
    if (model.fusion === 'rgbd' && model.locateWeight === 0) {
      context.addIssue('fusion "rgbd" acts on where the picture says the part is: locateWeight must be above 0')
    }
    if (model.fusion === 'rgbd' && model.image && model.image.trackedReachM !== null) {
      context.addIssue('fusion "rgbd" sees no tracked pose: set image.trackedReachM to null')
    }
    if (model.image) for (const issue of imageIssues(model.image)) context.addIssue(issue)
    if (control.actionHorizon > model.predictionHorizon) {
      context.addIssue(`actionHorizon ${control.actionHorizon} exceeds predictionHorizon ${model.predictionHorizon}`)
    }
  })
export type PolicyConfig = z.infer<typeof PolicyConfig>

const DEGREE = Math.PI / 180

/** Red, green, blue, then x, y, z of what is seen in the target frame, and perhaps in the tracked source's. */
export const imageChannels = ({ trackedReachM }: ImageConfig): number =>
  trackedReachM === null ? IMAGE_CHANNELS : TRACKED_CHANNELS

/** Pixels that are left of a picture along each side when trunk and stem have halved it: the tokens' grid. */
export function tokenGrid({ size, stem, trunk }: ImageConfig): number {
  return size / 2 ** (stem.length + trunk.length - 1)
}

/** Length of the vector that is kept of a picture. */
export function imageFeatures(image: ImageConfig): number {
  return tokenGrid(image) ** 2 * image.perToken
}

function imageIssues(image: ImageConfig): string[] {
  const issues: string[] = []
  const halvings = 2 ** (image.stem.length + image.trunk.length - 1)
  if (image.size % halvings !== 0) issues.push(`image size ${image.size} must be divisible by ${halvings}`)
  const widths = [...image.stem, ...image.trunk]
  if (widths.some((width) => width % image.groups !== 0)) {
    issues.push(`image widths ${widths.join(', ')} must be divisible by groups ${image.groups}`)
  }
  return issues
}

/** The sizes and training of the publication (arXiv 2505.09424): no EMA, no augmentation. */
const paperPose: PolicyConfig = {
  model: {
    encoder: 'disentangled',
    conditionWidth: 128,
    widths: [256, 512],
    kernel: 5,
    groups: 8,
    stepWidth: 256,
    predictionHorizon: 20,
    dropout: 0.1,
    image: null,
    fusion: 'pose',
    locateWeight: 0.05,
  },
  diffusion: { trainSteps: 100, inferenceSteps: 20, translationMargin: 1 },
  training: {
    steps: 40_000,
    batch: 80,
    learningRate: 3e-4,
    warmupSteps: 500,
    beta1: 0.95,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 1e-6,
    clipNorm: null,
    emaDecay: 0,
    observationNoise: { translationM: 0, rotationRad: 0 },
    trackerBias: { translationM: 0, rotationRad: 0 },
    pictures: NO_AUGMENTATION,
    practice: { pictures: 0, share: 0 },
    validationFraction: 0.1,
    validateEvery: 1000,
  },
  control: { poseInterval: 0.1, actionHorizon: 5 },
}

/** Small enough to train in minutes on two CPU cores. */
const edgePose: PolicyConfig = {
  model: { ...paperPose.model, widths: [64, 128], stepWidth: 64, dropout: 0 },
  diffusion: { ...paperPose.diffusion, translationMargin: 2 },
  training: {
    ...paperPose.training,
    steps: 2500,
    batch: 64,
    learningRate: 1e-3,
    warmupSteps: 100,
    clipNorm: 1,
    emaDecay: 0.995,
    observationNoise: { translationM: 2e-4, rotationRad: 3e-3 },
    validateEvery: 250,
  },
  control: { ...paperPose.control },
}

/** Rendered in a quarter of a minute. */
const PRACTICE = { pictures: 3000, share: 0.5 }

/** The publication's sizes for pictures; trained from scratch, which takes the biases that it has to see through. */
const paperRgbd: PolicyConfig = {
  ...paperPose,
  // Actions move with the bias of the tracker, out of the box of the demonstrations.
  diffusion: { ...paperPose.diffusion, translationMargin: 2 },
  model: {
    ...paperPose.model,
    image: {
      size: 160,
      stem: [64, 128],
      trunk: [256, 512],
      blocks: 2,
      groups: 16,
      tokenWidth: 512,
      perToken: 3,
      xyzScaleM: 0.1,
      trackedReachM: null,
      windowMargin: 0.1,
    },
    fusion: 'gated',
  },
  training: {
    ...paperPose.training,
    batch: 160,
    trackerBias: { translationM: 2e-3, rotationRad: 2 * DEGREE },
    pictures: DEFAULT_AUGMENTATION,
    practice: PRACTICE,
  },
}

/** Small enough to train in a quarter of an hour on two CPU cores, and with the fusion that did best (docs/pictures.md). */
const edgeRgbd: PolicyConfig = {
  ...edgePose,
  model: {
    ...edgePose.model,
    image: {
      size: 64,
      stem: [16, 32],
      trunk: [48, 64],
      blocks: 1,
      groups: 8,
      tokenWidth: 64,
      perToken: 3,
      xyzScaleM: 0.1,
      trackedReachM: 0.01,
      windowMargin: 0.1,
    },
    fusion: 'corrected',
  },
  training: {
    ...edgePose.training,
    steps: 4000,
    trackerBias: { translationM: 2e-3, rotationRad: 2 * DEGREE },
    pictures: DEFAULT_AUGMENTATION,
    practice: PRACTICE,
  },
}

export const PRESETS = {
  'edge-pose': edgePose,
  'edge-rgbd': edgeRgbd,
  'paper-pose': paperPose,
  'paper-rgbd': paperRgbd,
} as const satisfies Record<string, PolicyConfig>
export type PresetName = keyof typeof PRESETS
