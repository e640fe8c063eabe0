// tenon bench: how fast this machine trains, samples, simulates and controls.
import { availableParallelism, cpus, totalmem } from 'node:os'
import * as tf from '@tensorflow/tfjs'
import { Command, Option } from 'commander'
import { PRESETS, type PresetName } from '../policy/index.ts'
import { type Arrays, compile, countFlops, type Device } from '../tensor/compile/index.ts'
import { type BridgeResult, benchBridge, type PicturesResult, type StreamResult } from './bench/bridge.ts'
import { benchParity, type ParityResult } from './bench/parity.ts'
import {
  benchSampling,
  benchTrainStep,
  POSE_PRESETS,
  preparePeer,
  type Reference,
  randomInputs,
  type SamplingResult,
  type TrainStepResult,
} from './bench/policy.ts'
import { benchRenderer } from './bench/renderer.ts'
import { benchControl, benchSimulator } from './bench/simulator.ts'
import { time } from './bench/timing.ts'
import { startTorchPeer, type TorchPeer } from './bench/torch-peer.ts'
import { usableDevice } from './device.ts'
import { UserError } from './errors.ts'
import { deviceOption, jsonOption } from './options.ts'
import { answer, say, table } from './terminal.ts'

const PARTS = ['sampling', 'train', 'simulator', 'renderer', 'control', 'bridge'] as const
/** Hours for the large preset: measured only when asked for. */
const LONG_PARTS = ['parity'] as const
type Part = (typeof PARTS)[number] | (typeof LONG_PARTS)[number]

const PARITY_STEPS = 100

const ALL = Object.keys(PRESETS) as PresetName[]
/** A step of the published sizes with pictures, 160 of them, takes minutes on a processor. */
const TRAINABLE = ALL.filter((name) => name !== 'paper-rgbd')

export interface BenchResult {
  machine: { cpu: string; cores: number; memoryGb: number; node: string; device: Device; gemmPeakGflops: number }
  /** whom `vsTorch` compares with */
  peer?: { torch: string; threads: number }
  sampling?: Record<string, SamplingResult>
  trainStep?: Record<string, TrainStepResult>
  simulator?: { stepsPerSecond: Record<string, number> }
  episodesPerMinute?: number
  renderer?: { framesPerSecond: Record<string, number> }
  controlLoop?: { p50Ms: number; p99Ms: number }
  bridge?: BridgeResult
  /** compiled against eager training */
  parity?: Record<string, ParityResult>
  peakMemoryMb: number
}

interface BenchOptions {
  only?: Part
  peer?: 'torch'
  python: string
  device: Device
  json?: boolean
}

export function benchCommand(): Command {
  return new Command('bench')
    .addOption(new Option('--only <part>', 'measure this alone').choices([...PARTS, ...LONG_PARTS]))
    .addOption(new Option('--peer <name>', 'race sampling and training against the same in PyTorch').choices(['torch']))
    .addOption(new Option('--python <path>', 'the Python that has PyTorch').default('python3'))
    .addOption(deviceOption())
    .addOption(jsonOption())
    .action(async ({ only, peer, python, device, json }: BenchOptions) => {
      const parts: readonly Part[] = only ? [only] : PARTS
      if (peer && !parts.includes('sampling') && !parts.includes('train')) {
        throw new UserError(`--peer races sampling and train: leave it out with --only ${only}`)
      }
      // First of all, because what can be wrong with it should be said before minutes have passed.
      const rival = peer && (await startTorchPeer({ python, threads: availableParallelism() }))
      try {
        const result = await bench(parts, rival, await usableDevice(device))
        say(describeResult(result))
        if (json) answer(result)
      } finally {
        await rival?.stop()
      }
    })
}

async function bench(parts: readonly Part[], peer: TorchPeer | undefined, device: Device): Promise<BenchResult> {
  if (peer) await preparePeer(peer)
  const reference: Reference = { gemmPeakGflops: await measureGemmPeak(device), peer, device }
  const result: BenchResult = {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      device,
      gemmPeakGflops: reference.gemmPeakGflops,
    },
    ...(peer ? { peer: { torch: peer.torch, threads: peer.threads } } : {}),
    peakMemoryMb: 0,
  }
  // The rival is written for poses.
  const against = (name: PresetName): Reference =>
    POSE_PRESETS.includes(name) ? reference : { ...reference, peer: undefined }
  for (const part of parts) {
    if (part === 'sampling') result.sampling = await perPreset(ALL, (name) => benchSampling(name, against(name)))
    if (part === 'train') result.trainStep = await perPreset(TRAINABLE, (name) => benchTrainStep(name, against(name)))
    if (part === 'simulator') Object.assign(result, await benchSimulator())
    if (part === 'parity')
      result.parity = await perPreset(POSE_PRESETS, (name) => benchParity(name, PARITY_STEPS, device))
    if (part === 'renderer') result.renderer = await benchRenderer()
    if (part === 'control') result.controlLoop = await benchControl(device)
    if (part === 'bridge') result.bridge = await benchBridge()
  }
  result.peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024)
  return result
}

async function perPreset<T>(
  names: readonly PresetName[],
  measure: (name: PresetName) => Promise<T>,
): Promise<Record<string, T>> {
  const results: Record<string, T> = {}
  for (const name of names) results[name] = await measure(name)
  return results
}

/** Best of many products of 1024×1024 matrices through the same runtime, GFLOP/s. */
async function measureGemmPeak(device: Device): Promise<number> {
  const size = 1024
  const product = await compile(
    ({ a, b }) => ({ c: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }),
    { a: { shape: [size, size] }, b: { shape: [size, size] } },
    { device },
  )
  const inputs = randomInputs({ a: { shape: [size, size] }, b: { shape: [size, size] } })
  const into: Arrays = { c: new Float32Array(size * size) }
  const times = await time('GEMM peak', () => product.run(inputs, into), 50)
  await product.dispose()
  return countFlops(product.graph) / 1e6 / Math.min(...times)
}

function describeResult({ machine, peer, ...result }: BenchResult): string {
  const rows: string[][] = []
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`
  const work = ({ gflop, bytes, gemmPeakFraction, vsTorch }: TrainStepResult) => [
    `${gflop.toFixed(2)} GFLOP, ${(bytes / 1e6).toFixed(0)} MB`,
    `${(100 * gemmPeakFraction).toFixed(0)} % of GEMM peak`,
    ...(vsTorch === undefined ? [] : [`${vsTorch.toFixed(2)}× PyTorch’s time`]),
  ]
  for (const [name, sampling] of Object.entries(result.sampling ?? {})) {
    const { batch, steps, p50Ms, p95Ms, fewSteps, int8 } = sampling
    rows.push([`sampling ${name}, ${steps} steps, batch ${batch}`, ms(p50Ms), ms(p95Ms), work(sampling).join(', ')])
    for (const [count, short] of Object.entries(fewSteps)) {
      rows.push([`sampling ${name}, ${count} steps, batch ${batch}`, ms(short.p50Ms), ms(short.p95Ms)])
    }
    rows.push([`sampling ${name}, ${steps} steps, batch ${batch}, int8 weights`, ms(int8.p50Ms), ms(int8.p95Ms)])
  }
  for (const [name, step] of Object.entries(result.trainStep ?? {})) {
    rows.push([`train step ${name}, batch ${step.batch}`, ms(step.p50Ms), ms(step.p95Ms), work(step).join(', ')])
  }
  for (const [name, steps] of Object.entries(result.simulator?.stepsPerSecond ?? {})) {
    rows.push([`physics ${name} in contact`, '', '', `${(steps / 1000).toFixed(0)} k steps/s`])
  }
  if (result.episodesPerMinute)
    rows.push(['demonstrations, one thread', '', '', `${result.episodesPerMinute} a minute`])
  for (const [size, frames] of Object.entries(result.renderer?.framesPerSecond ?? {})) {
    rows.push([`pictures with depth, ${size}`, '', '', `${frames} frames/s`])
  }
  if (result.controlLoop) {
    const { p50Ms, p99Ms } = result.controlLoop
    rows.push(['control loop, observation to command', ms(p50Ms), `${ms(p99Ms)} (p99)`, 'cycles that plan'])
  }
  if (result.bridge) rows.push(...describeBridge(result.bridge))
  for (const [name, { steps, batch, backend, loss, weights }] of Object.entries(result.parity ?? {})) {
    const apart = `losses ${loss.toExponential(1)}, weights ${weights.toExponential(1)}`
    rows.push([`parity ${name}, ${steps} steps of batch ${batch} compiled and on ${backend}`, '', '', apart])
  }
  rows.push(['peak memory', '', '', `${result.peakMemoryMb} MB`])
  const { cpu, cores, memoryGb, node, device, gemmPeakGflops } = machine
  const about = `${cpu}, ${cores} cores, ${memoryGb} GB, Node ${node}, GEMM peak ${gemmPeakGflops.toFixed(0)} GFLOP/s on ${device}`
  const against = peer ? `\nPyTorch ${peer.torch}, ${peer.threads} threads; runs in turn` : ''
  return `${about}${against}\n\n${table(['', 'p50', 'p95', ''], rows)}`
}

function describeBridge({ timerJitter, reaction, plain, withPictures, sharedWithPictures }: BridgeResult): string[][] {
  const row = (name: string, { p50Ms, p99Ms }: BridgeResult['reaction'], note = '') => [
    `bridge, ${name}`,
    `${p50Ms.toFixed(2)} ms`,
    `${p99Ms.toFixed(2)} ms (p99)`,
    note,
  ]
  const stream = (where: string, { heartbeat, commandJitter, commandsPerSecond, missed }: StreamResult, note = '') => [
    row(`heartbeat${where}`, heartbeat, note),
    row(`commands${where}: jitter`, commandJitter, `${commandsPerSecond.toFixed(1)} a second, ${missed} missed`),
  ]
  const pictures = (where: string, result: PicturesResult) =>
    stream(` beside ${result.size}${where}`, result, `${result.picturesPerSecond.toFixed(1)} pictures a second`)
  return [
    row('a bare timer: jitter', timerJitter),
    row('observation to command, beside planning', reaction),
    ...stream('', plain),
    ...pictures('', withPictures),
    ...pictures(', one rosbridge', sharedWithPictures),
  ]
}
