// tenon bench: how fast this machine trains, samples, simulates and controls.
import { availableParallelism, cpus, totalmem } from 'node:os'
import * as tf from '@tensorflow/tfjs'
import { Command, Option } from 'commander'
import { control, Governor, type Robot } from '../control/index.ts'
import { axisAngleToQuat, identityPose, makePose } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import {
  compileSampler,
  initialState,
  loadPredictor,
  type Normalizer,
  PRESETS,
  type PresetName,
  samplerSpecs,
} from '../policy/index.ts'
import { batchSpecs, NEXT, SCALAR_SPECS, stateSpecs, trainStep } from '../policy/model.ts'
import { drawScenario, findTask, quantile, SimRobot, simLimits, World } from '../sim/index.ts'
import { type Arrays, compile, countFlops, type TensorSpec } from '../tensor/compile/index.ts'
import { Random } from '../tensor/random.ts'
import { demonstrate } from './demonstrate.ts'
import { jsonOption } from './options.ts'
import { answer, say, startProgress, table } from './terminal.ts'

const PARTS = ['sampling', 'train', 'simulator', 'control'] as const
type Part = (typeof PARTS)[number]

interface Timing {
  batch: number
  p50Ms: number
  p95Ms: number
}

export interface BenchResult {
  machine: { cpu: string; cores: number; memoryGb: number; node: string; gemmPeakGflops: number }
  sampling?: Record<string, Timing & { steps: number; gemmPeakFraction: number }>
  trainStep?: Record<string, Timing & { gflop: number; gemmPeakFraction: number }>
  simulator?: { stepsPerSecond: Record<string, number> }
  episodesPerMinute?: number
  controlLoop?: { p50Ms: number; p99Ms: number }
  peakMemoryMb: number
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure training, sampling, simulator and control loop on this machine')
    .addOption(new Option('--only <part>', 'measure this alone').choices([...PARTS]))
    .addOption(jsonOption())
    .action(async ({ only, json }: { only?: Part; json?: boolean }) => {
      const result = await bench(only ? [only] : PARTS)
      say(describeResult(result))
      if (json) answer(result)
    })
}

async function bench(parts: readonly Part[]): Promise<BenchResult> {
  const gemmPeakGflops = await measureGemmPeak()
  const result: BenchResult = {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      gemmPeakGflops,
    },
    peakMemoryMb: 0,
  }
  for (const part of parts) {
    if (part === 'sampling') result.sampling = await perPreset((name) => benchSampling(name, gemmPeakGflops))
    if (part === 'train') result.trainStep = await perPreset((name) => benchTrainStep(name, gemmPeakGflops))
    if (part === 'simulator') Object.assign(result, await benchSimulator())
    if (part === 'control') result.controlLoop = await benchControl()
  }
  result.peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024)
  return result
}

async function perPreset<T>(measure: (name: PresetName) => Promise<T>): Promise<Record<string, T>> {
  const results: Record<string, T> = {}
  for (const name of Object.keys(PRESETS) as PresetName[]) results[name] = await measure(name)
  return results
}

/** Runs `work` until a second and twenty repeats have passed, after warming up, and returns the times in ms. */
async function time(label: string, work: () => Promise<unknown>, atLeast = 20): Promise<number[]> {
  const progress = startProgress(label, atLeast)
  for (let i = 0; i < 3; i++) await work()
  const times: number[] = []
  const begin = performance.now()
  while (times.length < atLeast || performance.now() - begin < 1000) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
    progress.update(Math.min(times.length, atLeast))
  }
  progress.stop()
  return times
}

const timing = (times: readonly number[]) => ({ p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) })

/** Best of many products of 1024×1024 matrices through the same runtime, GFLOP/s. */
async function measureGemmPeak(): Promise<number> {
  const size = 1024
  const product = await compile(({ a, b }) => ({ c: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }), {
    a: { shape: [size, size] },
    b: { shape: [size, size] },
  })
  const inputs = randomInputs({ a: { shape: [size, size] }, b: { shape: [size, size] } })
  const into: Arrays = { c: new Float32Array(size * size) }
  const times = await time('GEMM peak', () => product.run(inputs, into), 50)
  await product.dispose()
  return countFlops(product.graph) / 1e6 / Math.min(...times)
}

function randomInputs(specs: Record<string, TensorSpec>): Arrays {
  const random = new Random(1)
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [
      name,
      random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
    ]),
  )
}

async function benchSampling(name: PresetName, peak: number) {
  const config = PRESETS[name]
  const sampler = await compileSampler(config, initialState(config, 1).theta)
  const inputs = randomInputs(samplerSpecs(config))
  const times = await time(`sampling ${name}`, () => sampler.run(inputs))
  await sampler.dispose()
  const gflop = countFlops(sampler.graph) / 1e9
  const summary = timing(times)
  return {
    batch: 1,
    steps: config.diffusion.inferenceSteps,
    ...summary,
    gemmPeakFraction: gflop / (summary.p50Ms / 1e3) / peak,
  }
}

async function benchTrainStep(name: PresetName, peak: number) {
  const config = PRESETS[name]
  const { step, ...state } = initialState(config, 1)
  const specs = { ...SCALAR_SPECS, ...batchSpecs(config) }
  const compiled = await compile((tensors) => trainStep(tensors, config), { ...stateSpecs(config.model), ...specs })
  const inputs: Arrays = { ...randomInputs(specs), ...state, learningRate: Float32Array.of(1e-4) }
  for (const scalar of ['correction1', 'correction2', 'emaDecay']) inputs[scalar] = Float32Array.of(0.5)
  const into: Arrays = {}
  for (const vector of Object.values(NEXT)) into[vector] = new Float32Array(state.theta.length)
  const times = await time(`train step ${name}`, () => compiled.run(inputs, into))
  await compiled.dispose()
  const gflop = countFlops(compiled.graph) / 1e9
  const summary = timing(times)
  return { batch: config.training.batch, ...summary, gflop, gemmPeakFraction: gflop / (summary.p50Ms / 1e3) / peak }
}

const FIT = { clearance: 1e-4, chamfer: 5e-4 }

/** Physics steps per second with the part pressed into the hole, and whole episodes of a policy that costs nothing. */
async function benchSimulator() {
  const stepsPerSecond: Record<string, number> = {}
  for (const name of ['square-peg', 'round-peg']) {
    const world = await World.create(findTask(name), FIT)
    const count = 2000
    // Pushed down and against a wall, a quarter of a degree askew: several contacts at every step.
    const pushed = makePose([1e-3, 0, -0.015], axisAngleToQuat([0, 1, 0], 0.005))
    const times = await time(
      `physics ${name}`,
      async () => {
        world.reset(makePose([0, 0, -0.01]), identityPose())
        world.setTarget(pushed)
        world.step(count)
      },
      10,
    )
    stepsPerSecond[name] = Math.round((count / quantile(times, 0.5)) * 1e3)
    world.dispose()
  }
  const world = await World.create(findTask('square-peg'), FIT)
  let index = 0
  const times = await time('demonstrations', () => wholeDemonstration(world, index++), 10)
  world.dispose()
  return { simulator: { stepsPerSecond }, episodesPerMinute: Math.round(60_000 / quantile(times, 0.5)) }
}

async function wholeDemonstration(world: World, index: number): Promise<void> {
  for await (const _ of demonstrate(world, { seed: 0, index, noise: 'tracker' })) {
    // Frames are not kept: this measures the simulator and the control loop, not the disk.
  }
}

const LOOP_SECONDS = 10

/** Time from an observation to its command in the cycles that plan: filters, inference of edge-pose, governor. */
async function benchControl(): Promise<{ p50Ms: number; p99Ms: number }> {
  const config = PRESETS['edge-pose']
  const sampler = await compileSampler(config, initialState(config, 1).theta)
  await sampler.dispose()
  const normalizer = { centre: [0, 0, 0], scale: [0.03, 0.03, 0.06] } as Normalizer
  const predictor = await loadPredictor(config, normalizer, sampler.model)
  const world = await World.create(findTask('square-peg'), FIT)
  const times: number[] = []
  const progress = startProgress('control loop', 5)
  for (let episode = 0; episode < 5; episode++) {
    const random = new Random(episode)
    const robot = new SimRobot({
      world,
      scenario: drawScenario(world.task, 'id', random),
      noise: findNoise('tracker'),
      random,
    })
    let observed = 0
    let answered = 0
    const timed: Robot = {
      cameraInBase: robot.cameraInBase,
      async observe() {
        const observation = await robot.observe()
        observed = performance.now()
        return observation
      },
      async command(target) {
        answered = performance.now()
        await robot.command(target)
      },
      stop: (reason) => robot.stop(reason),
    }
    const governor = new Governor(simLimits(world.task))
    for await (const cycle of control({ robot: timed, clock: robot, predictor, governor, seed: 0 })) {
      if (cycle.chunk) times.push(answered - observed)
      if (robot.now() >= LOOP_SECONDS) break
    }
    progress.update(episode + 1)
  }
  progress.stop()
  await predictor.dispose()
  world.dispose()
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}

function describeResult({ machine, ...result }: BenchResult): string {
  const rows: string[][] = []
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`
  const percentOf = (fraction: number) => `${(100 * fraction).toFixed(0)} % of GEMM peak`
  for (const [name, { batch, steps, p50Ms, p95Ms, gemmPeakFraction }] of Object.entries(result.sampling ?? {})) {
    rows.push([`sampling ${name}, ${steps} steps, batch ${batch}`, ms(p50Ms), ms(p95Ms), percentOf(gemmPeakFraction)])
  }
  for (const [name, { batch, p50Ms, p95Ms, gflop, gemmPeakFraction }] of Object.entries(result.trainStep ?? {})) {
    const note = `${gflop.toFixed(1)} GFLOP, ${percentOf(gemmPeakFraction)}`
    rows.push([`train step ${name}, batch ${batch}`, ms(p50Ms), ms(p95Ms), note])
  }
  for (const [name, steps] of Object.entries(result.simulator?.stepsPerSecond ?? {})) {
    rows.push([`physics ${name} in contact`, '', '', `${(steps / 1000).toFixed(0)} k steps/s`])
  }
  if (result.episodesPerMinute)
    rows.push(['demonstrations, one thread', '', '', `${result.episodesPerMinute} a minute`])
  if (result.controlLoop) {
    const { p50Ms, p99Ms } = result.controlLoop
    rows.push(['control loop, observation to command', ms(p50Ms), `${ms(p99Ms)} (p99)`, 'cycles that plan'])
  }
  rows.push(['peak memory', '', '', `${result.peakMemoryMb} MB`])
  const { cpu, cores, memoryGb, node, gemmPeakGflops } = machine
  const about = `${cpu}, ${cores} cores, ${memoryGb} GB, Node ${node}, GEMM peak ${gemmPeakGflops.toFixed(0)} GFLOP/s`
  return `${about}\n\n${table(['', 'p50', 'p95', ''], rows)}`
}
