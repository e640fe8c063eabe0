// Sampling and training speed of each preset, alone or in a race with PyTorch.
import {
  blankGoal,
  compileSampler,
  initialState,
  type PolicyConfig,
  PRESETS,
  type PresetName,
  samplerSpecs,
} from '../../policy/index.ts'
import {
  batchSpecs,
  nextViews,
  policySpec,
  SCALAR_SPECS,
  stateSpecs,
  stateViews,
  trainStep,
} from '../../policy/model.ts'
import { quantile } from '../../sim/index.ts'
import {
  type Arrays,
  compile,
  countFlops,
  countTraffic,
  type Device,
  type Graph,
  type TensorSpec,
} from '../../tensor/compile/index.ts'
import { Random } from '../../tensor/random.ts'
import { race, type Timing, time, timing } from './timing.ts'
import type { TorchPeer } from './torch-peer.ts'

interface PolicyTiming extends Timing {
  batch: number
  /** of all matrix products and convolutions of one run */
  gflop: number
  /**
   * Memory traffic of one run if nothing were fused or cached: each node of the simplified graph, but for those that
   * only give a value another shape, reads its operands and writes its results in full. So weights count once for each
   * node that reads them (in the sampler, at each DDIM step), a training step's optimiser vectors and activations each
   * time they are read or written, and a constant that is one number as one number.
   */
  bytes: number
  /** achieved rate of `gflop` as a part of what the machine's best matrix product reaches */
  gemmPeakFraction: number
  /** our time over PyTorch's, medians of runs in turn: below 1 we are faster. Then p50Ms and p95Ms are of that race. */
  vsTorch?: number
  torchP50Ms?: number
}

export interface SamplingResult extends PolicyTiming {
  /** of the DDIM chain */
  steps: number
  /** with shorter chains, by their number of steps */
  fewSteps: Record<string, Timing>
  /** with 8-bit weights */
  int8: Timing
}

export type TrainStepResult = PolicyTiming

/** Chains that are measured beside the preset's own. */
const FEW_STEPS = [4, 10]

export interface Reference {
  /** best matrix product of this machine, GFLOP/s */
  gemmPeakGflops: number
  /** to race against, with every preset prepared */
  peer?: TorchPeer | undefined
  device: Device
}

/** Presets without pictures: those that the peer has too, and whose batches fit into any memory. */
export const POSE_PRESETS = (Object.keys(PRESETS) as PresetName[]).filter((name) => !PRESETS[name].model.image)

/** Makes every such preset in PyTorch. Throws an Error when one is another network than ours. */
export async function preparePeer(peer: TorchPeer): Promise<void> {
  for (const name of POSE_PRESETS) {
    const config = PRESETS[name]
    const [theirs, ours] = [await peer.prepare(name, config), initialState(config, 1).theta.length]
    if (theirs !== ours) throw new Error(`${name} has ${theirs} parameters in PyTorch and ${ours} here`)
  }
}

export async function benchSampling(name: PresetName, reference: Reference): Promise<SamplingResult> {
  const config = PRESETS[name]
  const sampler = await prepareSampler(config, reference.device)
  const result = await timePolicy(`sampling ${name}`, sampler, reference, () => reference.peer?.run('sample', name))
  await sampler.dispose()
  const fewSteps: Record<string, Timing> = {}
  for (const steps of FEW_STEPS) {
    const short = await prepareSampler(config, reference.device, { inferenceSteps: steps })
    fewSteps[steps] = timing(await time(`sampling ${name}, ${steps} steps`, short.run))
    await short.dispose()
  }
  const small = await prepareSampler(config, reference.device, { weights: 'int8' })
  const int8 = timing(await time(`sampling ${name}, int8`, small.run))
  await small.dispose()
  return { batch: 1, steps: config.diffusion.inferenceSteps, ...result, fewSteps, int8 }
}

type Chain = Pick<NonNullable<Parameters<typeof compileSampler>[2]>, 'inferenceSteps' | 'weights'>

async function prepareSampler(config: PolicyConfig, device: Device, chain: Chain = {}) {
  const { graph, run, dispose } = await compileSampler(config, initialState(config, 1).theta, {
    device,
    goal: blankGoal(config.model),
    ...chain,
  })
  const inputs = randomInputs(samplerSpecs(config))
  return { graph, run: () => run(inputs), dispose }
}

export async function benchTrainStep(name: PresetName, reference: Reference): Promise<TrainStepResult> {
  const config = PRESETS[name]
  const [state, next] = [initialState(config, 1), initialState(config, 1)]
  const specs = { ...SCALAR_SPECS, ...batchSpecs(config) }
  const compiled = await compile(
    (tensors) => trainStep(tensors, config),
    { ...stateSpecs(policySpec(config.model)), ...specs },
    { device: reference.device },
  )
  const inputs: Arrays = { ...randomInputs(specs), ...stateViews(policySpec(config.model), state) }
  inputs.learningRate = Float32Array.of(1e-4)
  for (const scalar of ['correction1', 'correction2', 'emaDecay']) inputs[scalar] = Float32Array.of(0.5)
  const into = nextViews(policySpec(config.model), next)
  const work = { graph: compiled.graph, run: () => compiled.run(inputs, into) }
  const result = await timePolicy(`train step ${name}`, work, reference, () => reference.peer?.run('train', name))
  await compiled.dispose()
  return { batch: config.training.batch, ...result }
}

async function timePolicy(
  label: string,
  { graph, run }: { graph: Graph; run: () => Promise<unknown> },
  { gemmPeakGflops, peer }: Reference,
  rival: () => Promise<number> | undefined,
) {
  const { ours, theirs } = peer
    ? await race(`${label} against PyTorch`, run, rival as () => Promise<number>)
    : { ours: await time(label, run), theirs: undefined }
  const summary = timing(ours)
  const gflop = countFlops(graph) / 1e9
  const torchP50Ms = theirs && quantile(theirs, 0.5)
  return {
    ...summary,
    ...(torchP50Ms === undefined ? {} : { vsTorch: summary.p50Ms / torchP50Ms, torchP50Ms }),
    gflop,
    bytes: countTraffic(graph),
    gemmPeakFraction: gflop / (summary.p50Ms / 1e3) / gemmPeakGflops,
  }
}

export function randomInputs(specs: Record<string, TensorSpec>, seed = 1): Arrays {
  const random = new Random(seed)
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [
      name,
      random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
    ]),
  )
}
