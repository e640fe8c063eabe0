// The training loop: batches in, progress out. It keeps the optimiser's state in arrays that the engine reads and writes
// in turn; saving it is the consumer's business.

import { cosineWithWarmup, stepScalars } from '../tensor/adamw.ts'
import type { Arrays, Device } from '../tensor/compile/index.ts'
import { countParameters, initializeParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { openBatches } from './batch-source.ts'
import { drawBatch, type TrainingSet } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { type Engine, prepare } from './engine.ts'
import {
  batchSpecs,
  nextViews,
  optimizerOptions,
  policySpec,
  SCALAR_SPECS,
  stateSpecs,
  stateViews,
  trainStep,
  type Vectors,
  validate,
} from './model.ts'

/** The optimiser's vectors after `step` steps. */
export type TrainingState = Vectors & { step: number }

export interface Metrics {
  /** steps done */
  step: number
  /** of this step's batch */
  loss: number
  gradientNorm: number
  learningRate: number
  /** of the averaged weights on held-out episodes; present after a validation */
  validationLoss?: number
  /**
   * How far the averaged weights open the gate to the picture, 0 to 1; with validationLoss, for a policy that has a gate.
   * The mean over the held-out samples that were drawn, at any height over the target and seen through trackers as biased
   * as in training, and over the gate's numbers: the channels of the condition, or for the fusion `corrected` the nine of
   * the pose. What an episode's gates have is the same mean, of one sample.
   */
  gate?: number
  /** of the averaged weights, in the simulator; of a milestone at which somebody had them drive, which is not done here */
  rollouts?: Rollouts
}

/** Episodes that were driven by a policy while it was trained, the same ones each time. */
export interface Rollouts {
  episodes: number
  successes: number
}

export interface TrainingProgress {
  metrics: Metrics
  /** whether this is a step to save after */
  milestone: boolean
  /** a copy of the state after this step; to be called before the loop goes on */
  snapshot(): TrainingState
}

export interface TrainingOptions {
  config: PolicyConfig
  training: TrainingSet
  /** undefined when there are too few episodes to hold one out */
  validation: TrainingSet | undefined
  /** the goal picture, S,S,C; for a policy that sees pictures */
  goal?: Float32Array | undefined
  seed: number
  engine?: Engine
  /** of the compiled engine */
  device?: Device
  /** continue from here; every step is a function of seed and state, so the loss curve goes on as if never interrupted */
  resume?: TrainingState
}

/** Batches of one validation; drawn from the seed, so that validations compare. */
const VALIDATION_BATCHES = 4

export function initialState(config: PolicyConfig, seed: number): TrainingState {
  const specs = policySpec(config.model)
  const theta = initializeParameters(specs, new Random(seed).fork('parameters'))
  const zeros = () => new Float32Array(countParameters(specs))
  return { step: 0, theta, m: zeros(), v: zeros(), ema: theta.slice() }
}

/** Whether one validates and saves after so many steps. */
export const isMilestone = ({ training: { steps, validateEvery } }: PolicyConfig, step: number): boolean =>
  step % validateEvery === 0 || step === steps

/** Training that cannot go on; the message says why. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError'
}

/** Yields after every step. Throws a TrainingError when the loss is no longer a number. */
export async function* train(options: TrainingOptions): AsyncGenerator<TrainingProgress, void, void> {
  const { config, training, validation, seed, engine = 'compiled', device = 'cpu' } = options
  const { steps, learningRate, warmupSteps, emaDecay } = config.training
  const specs = { ...stateSpecs(policySpec(config.model)), ...SCALAR_SPECS, ...batchSpecs(config) }
  const runner = await prepare(engine, (tensors) => trainStep(tensors, config), specs, {
    name: 'train-step',
    device,
  })
  const validator = validation && (await prepareValidator(options, validation))
  const adam = optimizerOptions(config.training)
  const start = options.resume ?? initialState(config, seed)
  const goal = goalOf(options)
  const batches = openBatches({ set: training, config, seed }, start.step, steps)
  try {
    // The optimiser reads one set of vectors and writes the other.
    let current = viewed(config, start)
    let spare = viewed(config, start)
    for (let step = start.step; step < steps; step++) {
      const batch = await batches.take(step)
      const rate = cosineWithWarmup(step, steps, learningRate, warmupSteps)
      const { loss, gradientNorm } = await runner.run(
        {
          ...current.inputs,
          ...stepScalars(step, rate, adam, emaDecay),
          ...batch,
          ...goal,
        },
        spare.outputs,
      )
      ;[current, spare] = [spare, current]
      const done = step + 1
      const metrics: Metrics = {
        step: done,
        loss: (loss as Float32Array)[0] as number,
        gradientNorm: (gradientNorm as Float32Array)[0] as number,
        learningRate: rate,
      }
      refuseDiverged(metrics)
      const milestone = isMilestone(config, done)
      if (milestone && validator) Object.assign(metrics, await validator.judge(current.vectors.ema))
      const now = current.vectors
      yield { metrics, milestone, snapshot: () => ({ step: done, ...copyOf(now) }) }
    }
  } finally {
    await batches.close()
    await runner.dispose()
    await validator?.dispose()
  }
}

/** A copy of the vectors, and its views as a training step takes and returns them. */
function viewed({ model }: PolicyConfig, start: Vectors) {
  const vectors = copyOf(start)
  return { vectors, inputs: stateViews(policySpec(model), vectors), outputs: nextViews(policySpec(model), vectors) }
}

function copyOf({ theta, m, v, ema }: Vectors): Vectors {
  return { theta: theta.slice(), m: m.slice(), v: v.slice(), ema: ema.slice() }
}

/** The goal picture as a batch holds it. Throws an Error where it is missing. */
function goalOf({ config, goal }: TrainingOptions): Arrays {
  if (!config.model.image) return {}
  if (!goal) throw new Error('a policy that sees pictures is trained with a goal picture, got none')
  return { goal }
}

async function prepareValidator(options: TrainingOptions, set: TrainingSet) {
  const { config, seed, engine = 'compiled', device = 'cpu' } = options
  const specs = { theta: { shape: [countParameters(policySpec(config.model))] }, ...batchSpecs(config) }
  const runner = await prepare(engine, (tensors) => validate(tensors, config), specs, {
    name: 'validation',
    device,
  })
  const random = new Random(seed).fork('validation')
  const batches: Arrays[] = Array.from({ length: VALIDATION_BATCHES }, (_, i) => ({
    ...drawBatch(set, config, random.fork(i), false),
    ...goalOf(options),
  }))
  return {
    async judge(weights: Float32Array): Promise<Pick<Metrics, 'validationLoss' | 'gate'>> {
      const judged: Arrays[] = []
      for (const batch of batches) judged.push(await runner.run({ theta: weights, ...batch }))
      const mean = (name: string) =>
        judged.reduce((sum, outputs) => sum + (outputs[name]?.[0] as number), 0) / judged.length
      return { validationLoss: mean('loss'), ...(judged[0]?.gate ? { gate: mean('gate') } : {}) }
    },
    dispose: () => runner.dispose(),
  }
}

/** A gradient beyond all numbers spoils the weights, and with them what is saved, before the loss tells. */
function refuseDiverged(metrics: Metrics): void {
  for (const [key, name] of [['loss', 'loss'] as const, ['gradientNorm', 'norm of the gradient'] as const]) {
    if (Number.isFinite(metrics[key])) continue
    throw new TrainingError(
      `the ${name} is ${metrics[key]} at step ${metrics.step}: training diverged; try a smaller learningRate`,
    )
  }
}
