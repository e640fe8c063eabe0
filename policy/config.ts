// The policy's whole configuration: one annotated place, defaults per preset, unknown keys refused.
import { z } from 'zod'

const positive = z.number().positive()
const count = z.number().int().positive()

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
    if (control.actionHorizon > model.predictionHorizon) {
      context.addIssue(`actionHorizon ${control.actionHorizon} exceeds predictionHorizon ${model.predictionHorizon}`)
    }
  })
export type PolicyConfig = z.infer<typeof PolicyConfig>

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

export const PRESETS = { 'edge-pose': edgePose, 'paper-pose': paperPose } as const satisfies Record<
  string,
  PolicyConfig
>
export type PresetName = keyof typeof PRESETS
