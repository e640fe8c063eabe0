// tenon record: demonstrations into a dataset.
import { Command, Option } from 'commander'
import {
  createDataset,
  type EpisodeOutcome,
  EpisodeWriter,
  FORMAT_VERSION,
  nextEpisodePath,
  openDataset,
} from '../demos/index.ts'
import { DEFAULT_HAND, findClearance, findTask, World } from '../sim/index.ts'
import { demonstrate } from './demonstrate.ts'
import { Interrupted } from './errors.ts'
import { interruption } from './interrupt.ts'
import {
  chamferOption,
  clearanceOption,
  episodesOption,
  forceOption,
  jsonOption,
  noiseOption,
  seedOption,
  taskOption,
} from './options.ts'
import { answer, say, startProgress } from './terminal.ts'

export interface RecordOptions {
  task: string
  clearance: number
  chamfer: number
  noise: string
  episodes: number
  seed: number
  out: string
  force?: boolean
}

export interface RecordResult {
  dataset: string
  episodes: number
  seated: number
  medianSeconds: number | null
}

export function recordCommand(): Command {
  return new Command('record')
    .description('record demonstrations of a task into a dataset')
    .addOption(taskOption().makeOptionMandatory())
    .addOption(episodesOption(10))
    .addOption(clearanceOption())
    .addOption(chamferOption())
    .addOption(noiseOption('none'))
    .addOption(new Option('--from <source>', 'who demonstrates').choices(['expert']).default('expert'))
    .addOption(seedOption())
    .requiredOption('--out <dir>', 'folder of the dataset, new or empty')
    .addOption(forceOption())
    .addOption(jsonOption())
    .action(async (options: RecordOptions & { json?: boolean }) => {
      const result = await record(options)
      say(`${result.seated} of ${result.episodes} demonstrations seated, in ${result.dataset}`)
      say(`next: npx tenon train --data ${result.dataset} --out runs/my-policy`)
      if (options.json) answer(result)
    })
}

/** Records to the end, or until Ctrl-C: then what is finished stays, and Interrupted is thrown. */
export async function record(options: RecordOptions): Promise<RecordResult> {
  const { task, clearance, chamfer, noise, episodes, seed, out, force } = options
  const signal = interruption()
  const info = {
    formatVersion: FORMAT_VERSION,
    task,
    clearanceMm: clearance,
    chamferMm: chamfer,
    seed,
    recordedFrom: 'expert' as const,
    noise,
  } as const
  await createDataset(out, info, force ? { force } : {})
  const world = await World.create(findTask(task), { clearance: findClearance(clearance), chamfer: chamfer / 1000 })
  const { complianceCentre, ...hand } = DEFAULT_HAND
  const settings = { ...hand, complianceHeight: complianceCentre[2] }
  const progress = startProgress('recording', episodes)
  const seconds: number[] = []
  try {
    for (let index = 0; index < episodes; index++) {
      const writer = await EpisodeWriter.create(await nextEpisodePath(out), { ...info, settings })
      const outcome = await write(demonstrate(world, { seed, index, noise }), writer, signal)
      if (!outcome) break
      if (outcome.seatSeconds !== null) seconds.push(outcome.seatSeconds)
      progress.update(index + 1, `${seconds.length} seated`)
    }
  } finally {
    progress.stop()
    world.dispose()
  }
  const done = (await openDataset(out)).episodePaths.length
  if (signal.aborted) {
    throw new Interrupted(`stopped: ${done} of ${episodes} episodes are whole, in ${out}`)
  }
  seconds.sort((a, b) => a - b)
  return { dataset: out, episodes: done, seated: seconds.length, medianSeconds: seconds[seconds.length >> 1] ?? null }
}

/** Writes a demonstration as it happens; discards it and returns undefined when `signal` ends it early. */
async function write(
  demonstration: ReturnType<typeof demonstrate>,
  writer: EpisodeWriter,
  signal: AbortSignal,
): Promise<EpisodeOutcome | undefined> {
  for (;;) {
    const step = await demonstration.next()
    if (step.done) {
      await writer.finish(step.value)
      return step.value
    }
    if (signal.aborted) {
      await writer.discard()
      return undefined
    }
    await writer.append(step.value)
  }
}
