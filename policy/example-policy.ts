// A small policy, and demonstrations for it, for tests.
import type { Episode, Frame } from '../demos/index.ts'
import { compose, makePose, type Pose, relative, rotationVectorToQuat } from '../geometry/index.ts'
import { DEFAULT_AUGMENTATION } from '../perception/index.ts'
import { countParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { CHECKPOINT_VERSION, type CheckpointConfig, createCheckpoint, savePolicy } from './checkpoint.ts'
import { type PolicyConfig, PRESETS } from './config.ts'
import { picturedFrame } from './example-picture.ts'
import { policySpec } from './model.ts'
import { blankGoal, type Parts } from './pictures.ts'
import { initialState, type TrainingState } from './train.ts'

/** The edge preset's kind of network, two levels deep, but narrow: a training step takes milliseconds. */
export const tinyConfig: PolicyConfig = {
  model: {
    encoder: 'disentangled',
    conditionWidth: 16,
    widths: [16, 32],
    kernel: 3,
    groups: 4,
    stepWidth: 16,
    predictionHorizon: 8,
    dropout: 0,
    image: null,
    fusion: 'pose',
    locateWeight: 0.05,
  },
  diffusion: { trainSteps: 20, inferenceSteps: 5, translationMargin: 2 },
  training: {
    ...PRESETS['edge-pose'].training,
    steps: 8,
    batch: 8,
    learningRate: 3e-3,
    warmupSteps: 2,
    emaDecay: 0.9,
    validationFraction: 0.2,
    validateEvery: 4,
  },
  control: { poseInterval: 0.1, actionHorizon: 4 },
}

/** The same with pictures of 16×16 pixels, of which 4×4 tokens are left. */
export const tinyRgbdConfig: PolicyConfig = withFusion('gated')

/** {@link tinyConfig} with a picture, put to this use. */
export function withFusion(
  fusion: Exclude<PolicyConfig['model']['fusion'], 'pose'>,
  trackedReachM: number | null = null,
): PolicyConfig {
  return {
    ...tinyConfig,
    model: {
      ...tinyConfig.model,
      fusion,
      image: {
        size: 16,
        stem: [8],
        trunk: [8, 16],
        blocks: 1,
        groups: 4,
        tokenWidth: 16,
        perToken: 3,
        xyzScaleM: 0.1,
        trackedReachM,
        windowMargin: 0.1,
      },
    },
    training: {
      ...tinyConfig.training,
      trackerBias: { translationM: 2e-3, rotationRad: 0.03 },
      pictures: DEFAULT_AUGMENTATION,
    },
  }
}

/** A peg of 8 mm, 50 mm long, and the block that it goes into. */
export const exampleParts: Parts = {
  boxes: {
    source: { low: [-0.004, -0.004, 0], high: [0.004, 0.004, 0.05] },
    target: { low: [-0.02, -0.02, -0.03], high: [0.02, 0.02, 0] },
  },
  sourceCentre: [0, 0, 0.025],
}

/** What config.json could say of a policy of this configuration. */
export function exampleInfo(config: PolicyConfig = tinyConfig, preset = 'tiny'): CheckpointConfig {
  return {
    formatVersion: CHECKPOINT_VERSION,
    preset,
    config,
    normalizer: { centre: [0, 0, 0.03], scale: [0.04, 0.04, 0.06] },
    parts: exampleParts,
    task: 'square-peg',
    clearanceMm: 0.1,
    episodes: { training: 4, validation: 1 },
    seed: 3,
    parameters: countParameters(policySpec(config.model)),
  }
}

/** Makes a checkpoint, untrained; returns its weights. */
export async function saveTinyPolicy(folder: string, config: PolicyConfig = tinyConfig): Promise<TrainingState> {
  const info = exampleInfo(config)
  const state = initialState(config, info.seed)
  await createCheckpoint(folder, info, { goal: blankGoal(config.model) })
  await savePolicy(folder, info, state)
  return state
}

const targetInCamera: Pose = makePose([0.1, -0.05, 0.6], [0.5, -0.5, 0.5, 0.5])

/** A frame that shows the source at this pose in the target frame. */
export function frameAt(stamp: number, sourceInTarget: Pose): Frame {
  return {
    stamp,
    targetInCamera,
    sourceInCamera: compose(targetInCamera, sourceInTarget),
    eeInBase: makePose([0.4, 0, 0.3]),
    cameraInBase: makePose([0, 0, 1]),
  }
}

/** Frames at 10 Hz in which the source comes down to the target from a place that the seed decides. */
export function approach(seed: number, count = 12): Frame[] {
  const random = new Random(seed).fork('start')
  const start = [random.uniform(-0.02, 0.02), random.uniform(-0.02, 0.02), 0.06] as const
  const turn = random.normal3(0.1)
  return Array.from({ length: count }, (_, i) => {
    const left = 1 - i / (count - 1)
    const position = start.map((x) => x * left) as [number, number, number]
    const orientation = rotationVectorToQuat(turn.map((x) => x * left) as [number, number, number])
    return frameAt(i / 10, makePose(position, orientation))
  })
}

/** The same, seen by a camera. */
export const picturedApproach = (seed: number, count = 12): Frame[] =>
  approach(seed, count).map(({ stamp, targetInCamera: target, sourceInCamera }) =>
    picturedFrame(stamp, relative(target, sourceInCamera)),
  )

export function exampleEpisodes(count: number, frames: (seed: number) => Frame[] = approach): Episode[] {
  return Array.from({ length: count }, (_, i) => ({
    path: `${i}.mcap`,
    metadata: {
      formatVersion: 1,
      task: 'square-peg',
      clearanceMm: 0.1,
      chamferMm: 0.5,
      seed: i,
      recordedFrom: 'expert',
      noise: 'none',
      settings: {},
    },
    frames: frames(i),
    outcome: { seated: true, reason: 'seated', seatSeconds: 1.1, peakForceN: 5 },
    dropped: undefined,
  }))
}
