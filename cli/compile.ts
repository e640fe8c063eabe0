// tenon compile: what the compiler makes of a policy, and the sampler as an ONNX file.
import { Command, Option } from 'commander'
import { writeWhole } from '../demos/index.ts'
import {
  blankGoal,
  initialState,
  loadFlatWeights,
  loadGoal,
  type PolicyConfig,
  PRESETS,
  type PresetName,
  readCheckpointConfig,
  samplerSource,
} from '../policy/index.ts'
import { batchSpecs, policySpec, SCALAR_SPECS, stateSpecs, trainStep } from '../policy/model.ts'
import { type Inspection, inspect, start, type WeightType } from '../tensor/compile/index.ts'
import { UserError } from './errors.ts'
import { ddimStepsOption, forceOption, jsonOption, number, warmStepsOption, weightsOption } from './options.ts'
import { refuseTakenFile } from './output-file.ts'
import { answer, say, table } from './terminal.ts'

const SUBJECTS = ['sampler', 'train-step'] as const

interface CompileCommandOptions {
  checkpoint?: string
  preset?: PresetName
  what: (typeof SUBJECTS)[number]
  ddimSteps?: number
  warmSteps?: number
  weights: WeightType
  batch?: number
  out?: string
  force?: boolean
  inspect?: boolean
  json?: boolean
}

/** What `compile --json` prints. */
export interface CompileResult {
  what: (typeof SUBJECTS)[number]
  preset: string
  /** of the sampler's DDIM chain */
  steps?: number
  /** of these, the last so many, which start from the previous chunk */
  warmSteps?: number
  batch: number
  passes: Inspection['passes']
  /** what onnxruntime took to read and optimise the model */
  sessionMs: number
  /** size of the ONNX file */
  modelBytes: number
  /** of the weights that are part of the model; a training step takes them as inputs */
  weightBytes: number
  /** the file that was written */
  out?: string
}

export function compileCommand(): Command {
  const count = number({ low: 1, whole: true })
  return new Command('compile')
    .addOption(new Option('--checkpoint <run>', 'folder made by tenon train').conflicts('preset'))
    .addOption(
      new Option('--preset <name>', 'instead of a checkpoint: a preset with random weights').choices(
        Object.keys(PRESETS),
      ),
    )
    .addOption(new Option('--what <function>', 'function to compile').choices([...SUBJECTS]).default('sampler'))
    .addOption(ddimStepsOption())
    .addOption(warmStepsOption())
    .addOption(weightsOption())
    .addOption(
      new Option('--batch <n>', 'observations at once (default: 1, or the batch trained with)').argParser(count),
    )
    .option('--out <file>', 'write the sampler of a checkpoint to this file')
    .addOption(forceOption())
    .option('--inspect', 'show what each pass makes of it')
    .addOption(jsonOption())
    .action(async (options: CompileCommandOptions) => {
      const result = await compileSubject(options)
      say(summary(result))
      if (options.inspect) say(`\n${describePasses(result)}`)
      if (options.json) answer(result)
    })
}

async function compileSubject(options: CompileCommandOptions): Promise<CompileResult> {
  const { what, checkpoint, out, force } = options
  if (!checkpoint && !options.preset) {
    throw new UserError('nothing to compile: give --checkpoint RUN, or --preset NAME for random weights')
  }
  if (what === 'train-step' && (options.ddimSteps || options.warmSteps)) {
    throw new UserError('--ddim-steps and --warm-steps are of the sampler: leave them out with --what train-step')
  }
  if (what === 'train-step' && options.weights !== 'float32') {
    throw new UserError(`--weights ${options.weights} is for the sampler: training needs float32`)
  }
  if (out && (what !== 'sampler' || !checkpoint)) {
    throw new UserError('--out writes the sampler of a trained policy: give --checkpoint RUN and no other --what')
  }
  if (out) await refuseTakenFile(out, force === true)
  const { config, preset, weights, goal } = await chooseWeights(options)
  const { batch, steps, inspection } =
    what === 'sampler'
      ? inspectSampler(config, await weights(), await goal(), preset, options)
      : inspectTrainStep(config, options)
  const begin = performance.now()
  const session = await start(inspection)
  const sessionMs = performance.now() - begin
  await session.dispose()
  if (out) await writeModel(out, inspection.model)
  return {
    what,
    preset,
    ...(steps === undefined ? {} : { steps }),
    ...(options.warmSteps === undefined ? {} : { warmSteps: options.warmSteps }),
    batch,
    passes: inspection.passes,
    sessionMs,
    modelBytes: inspection.model.byteLength,
    weightBytes: weightBytes(inspection),
    ...(out ? { out } : {}),
  }
}

async function chooseWeights({ checkpoint, preset = 'edge-pose' }: CompileCommandOptions) {
  if (!checkpoint) {
    const config: PolicyConfig = PRESETS[preset]
    const weights = async () => initialState(config, 0).theta
    return { config, preset: preset as string, weights, goal: async () => blankGoal(config.model) }
  }
  const info = await readCheckpointConfig(checkpoint)
  const [weights, goal] = [() => loadFlatWeights(checkpoint, info), () => loadGoal(checkpoint, info)]
  return { config: info.config, preset: info.preset, weights, goal }
}

function inspectSampler(
  config: PolicyConfig,
  weights: Float32Array,
  goal: Float32Array | undefined,
  preset: string,
  options: CompileCommandOptions,
) {
  const { batch = 1, ddimSteps: steps = config.diffusion.inferenceSteps, warmSteps, weights: type } = options
  const source = samplerSource(config, weights, {
    batch,
    inferenceSteps: steps,
    weights: type,
    goal,
    ...(warmSteps === undefined ? {} : { warmSteps }),
    metadata: {
      preset,
      ddimSteps: String(steps),
      weights: type,
      ...(warmSteps === undefined ? {} : { warmSteps: String(warmSteps) }),
    },
  })
  return { batch, steps, inspection: inspect(...source) }
}

function inspectTrainStep(trained: PolicyConfig, { batch = trained.training.batch }: CompileCommandOptions) {
  const config = { ...trained, training: { ...trained.training, batch } }
  const inputs = { ...stateSpecs(policySpec(config.model)), ...SCALAR_SPECS, ...batchSpecs(config) }
  const inspection = inspect((tensors) => trainStep(tensors, config), inputs, { name: 'train-step' })
  return { batch, steps: undefined, inspection }
}

/** Weights are the constants that have a name. */
function weightBytes({ graph }: Inspection): number {
  let bytes = 0
  for (const { name, data } of graph.constants.values()) {
    if (name && typeof data !== 'number') bytes += data.byteLength
  }
  return bytes
}

async function writeModel(path: string, content: Uint8Array): Promise<void> {
  try {
    await writeWhole(path, content)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : cause
    throw new UserError(`${path} cannot be written (${problem}): choose another place`, { cause })
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`
const milliseconds = (ms: number) => `${ms.toFixed(0)} ms`

function summary({ what, preset, steps, warmSteps, batch, out, ...result }: CompileResult): string {
  const chain =
    steps === undefined ? '' : `, ${warmSteps === undefined ? '' : `last ${warmSteps} of `}${steps} DDIM steps`
  const ratio = result.weightBytes > 0 ? `, ${(result.modelBytes / result.weightBytes).toFixed(3)} × its weights` : ''
  const compiling = result.passes.reduce((sum, { ms }) => sum + ms, 0)
  return [
    `${what} of ${preset}${chain}, batch ${batch}: ${megabytes(result.modelBytes)}${ratio}`,
    `compiled in ${milliseconds(compiling)}, loaded by onnxruntime in ${milliseconds(result.sessionMs)}`,
    ...(out ? [`wrote ${out}`] : []),
  ].join('\n')
}

/** Kernels that are named for each pass. */
const MOST_FREQUENT = 6

function describePasses({ passes }: CompileResult): string {
  const rows = passes.map(({ pass, ms, nodes, flops, constantBytes, trafficBytes, kernels }) => [
    pass,
    milliseconds(ms),
    String(nodes),
    flops === undefined ? '' : (flops / 1e9).toFixed(2),
    megabytes(constantBytes),
    trafficBytes === undefined ? '' : megabytes(trafficBytes),
    kernels
      .slice(0, MOST_FREQUENT)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  ])
  return table(['pass', 'time', 'nodes', 'GFLOP', 'constants', 'traffic', 'most frequent'], rows)
}
