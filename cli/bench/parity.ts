// Whether compiled training is eager training: the same steps both ways, and how far apart they end.
import { type PolicyConfig, PRESETS, type PresetName } from '../../policy/index.ts'
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
} from '../../policy/model.ts'
import { initialState } from '../../policy/train.ts'
import { cosineWithWarmup, stepScalars } from '../../tensor/adamw.ts'
import { useEagerBackend } from '../../tensor/backend.ts'
import { type Arrays, compile, type Device, eager, type Runnable } from '../../tensor/compile/index.ts'
import { Random } from '../../tensor/random.ts'
import { startProgress } from '../terminal.ts'
import { randomInputs } from './policy.ts'

export interface ParityResult {
  /** training steps compared */
  steps: number
  batch: number
  /** the eager backend that is compared with */
  backend: string
  /** largest relative difference of the losses of one step */
  loss: number
  /** difference of the weights after the last step, over the weights */
  weights: number
}

/** Eagerly, a step of the large preset's own batch takes minutes. */
const BATCH = 16

/** Trains both ways from one start on the same random batches. */
export async function benchParity(name: PresetName, steps: number, device: Device): Promise<ParityResult> {
  const preset = PRESETS[name]
  const config: PolicyConfig = { ...preset, training: { ...preset.training, batch: BATCH } }
  const specs = { ...stateSpecs(policySpec(config.model)), ...SCALAR_SPECS, ...batchSpecs(config) }
  const compiled = await compile((tensors) => trainStep(tensors, config), specs, { device })
  const backend = await useEagerBackend()
  const runs = [compiled, eager((tensors) => trainStep(tensors, config), specs)].map(
    (runner) => new Run(config, runner),
  )
  const [ours, reference] = runs as [Run, Run]
  const progress = startProgress(`parity ${name} with ${backend}`, steps)
  let worst = 0
  for (let step = 0; step < steps; step++) {
    const batch = randomBatch(config, step)
    const [a, b] = [await ours.step(step, batch), await reference.step(step, batch)]
    worst = Math.max(worst, Math.abs(a / b - 1))
    progress.update(step + 1, `losses ${worst.toExponential(1)} apart`)
  }
  progress.stop()
  await compiled.dispose()
  const [a, b] = [ours.state.theta, reference.state.theta]
  const weights = norm(a.map((value, i) => value - (b[i] as number))) / norm(b)
  return { steps, batch: BATCH, backend, loss: worst, weights }
}

class Run {
  readonly #config: PolicyConfig
  readonly #runner: Runnable
  state: Vectors
  /** what the next step writes */
  #spare: Vectors

  constructor(config: PolicyConfig, runner: Runnable) {
    this.#config = config
    this.#runner = runner
    this.state = initialState(config, 1)
    this.#spare = initialState(config, 1)
  }

  async step(step: number, batch: Arrays): Promise<number> {
    const { model, training } = this.#config
    const specs = policySpec(model)
    const rate = cosineWithWarmup(step, training.steps, training.learningRate, training.warmupSteps)
    const scalars = stepScalars(step, rate, optimizerOptions(training), training.emaDecay)
    const feeds = { ...stateViews(specs, this.state), ...scalars, ...batch }
    const { loss } = await this.#runner.run(feeds, nextViews(specs, this.#spare))
    ;[this.state, this.#spare] = [this.#spare, this.state]
    return loss?.[0] as number
  }
}

/** Normal numbers in the place of poses, with steps and noise levels as they come in training. */
function randomBatch(config: PolicyConfig, step: number): Arrays {
  const batch = randomInputs(batchSpecs(config), step + 1)
  const random = new Random(step).fork('levels')
  const { trainSteps } = config.diffusion
  const levels = Float32Array.from({ length: config.training.batch }, () => random.integer(trainSteps))
  return {
    ...batch,
    step: levels,
    signal: levels.map((t) => Math.cos((t / trainSteps) * (Math.PI / 2))),
    noiseRate: levels.map((t) => Math.sin((t / trainSteps) * (Math.PI / 2))),
  }
}

const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
