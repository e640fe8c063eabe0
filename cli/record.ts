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
import { DEFAULT_HAND, findClearance, findTask, type LookLevel, quantile, World } from '../sim/index.ts'
import { demonstrate, PICTURES, type Pictures } from './demonstrate.ts'
import { Interrupted } from './errors.ts'
import { interruption } from './interrupt.ts'
import {
  chamferOption,
  clearanceOption,
  episodesOption,
  forceOption,
  jsonOption,
  lookOption,
  noiseOption,
  type PictureSize,
  pictureRateOption,
  pictureSizeOption,
  rgbdOption,
  seedOption,
  taskOption,
} from './options.ts'
import { type RecordRosOptions, recordRos } from './record-ros/record-ros.ts'
import { refuseStray } from './stray-options.ts'
import { answer, megabytes, say, startProgress } from './terminal.ts'

export interface RecordOptions {
  task: string
  clearance: number
  chamfer: number
  noise: string
  episodes: number
  seed: number
  out: string
  force?: boolean
  rgbd?: boolean
  /** Hz */
  pictureRate?: number
  pictureSize?: PictureSize
  look?: LookLevel
}

export interface RecordResult {
  dataset: string
  episodes: number
  seated: number
  medianSeconds: number | null
  /** how many of the frames have one */
  pictures: number
  /** of the finished episodes' files */
  bytes: number
}

export function recordCommand(): Command {
  return new Command('record')
    .addOption(taskOption().makeOptionMandatory())
    .addOption(episodesOption(undefined, 'how many (default: 10 by the expert, from ros until the operator quits)'))
    .addOption(clearanceOption())
    .addOption(chamferOption())
    .addOption(noiseOption('none'))
    .addOption(
      new Option('--from <source>', 'who demonstrates: the scripted expert, or a person at a robot (docs/recording.md)')
        .choices(['expert', 'ros'])
        .default('expert'),
    )
    .addOption(rgbdOption())
    .addOption(pictureRateOption())
    .addOption(pictureSizeOption())
    .addOption(lookOption())
    .addOption(seedOption())
    .requiredOption('--out <dir>', 'folder of the dataset, new or empty')
    .addOption(forceOption())
    .option('--url <address>', 'from ros: of its rosbridge, like ws://192.168.0.10:9090')
    .option('--profile <name|file>', 'from ros: of the arm, one that comes with tenon or your own file')
    .option('--control-topic <name>', 'from ros: std_msgs/String with start, stop, good, bad, discard or quit')
    .option('--append', 'from ros: more episodes into a dataset of the same task')
    .option('--ca <file>', 'from ros, for wss: certificate of the authority to trust, PEM')
    .option('--cert <file>', 'from ros, for wss: certificate of this client, PEM')
    .option('--key <file>', 'from ros, for wss: key of this client, PEM')
    .addOption(jsonOption())
    .action(async (given: GivenOptions, command: Command) => {
      refuseOthers(given, command)
      if (given.from === 'ros') {
        const result = await recordRos(given)
        say(`episodes kept in ${result.dataset}: ${result.episodes}, good: ${result.good}`)
        if (given.json) answer(result)
        return
      }
      const options = { ...given, episodes: given.episodes ?? 10 }
      const result = await record(options)
      say(`${result.seated} of ${result.episodes} demonstrations seated, in ${result.dataset}`)
      if (result.pictures > 0) {
        const look = `npx tenon data inspect ${result.dataset} --pictures ${result.dataset}-pictures`
        say(`${result.pictures} pictures, ${megabytes(result.bytes)}; look at them: ${look}`)
      }
      const preset = result.pictures > 0 ? ' --preset edge-rgbd' : ''
      say(`next: npx tenon train --data ${result.dataset}${preset} --out runs/my-policy`)
      if (given.json) answer(result)
    })
}

/** `episodes` is known once it is known who demonstrates. */
type GivenOptions = Omit<RecordOptions, 'episodes'> &
  RecordRosOptions & { from: 'expert' | 'ros'; episodes?: number; json?: boolean }

const ONLY = {
  expert: ['noise', 'seed', 'look', 'pictureSize'],
  ros: ['url', 'profile', 'controlTopic', 'append', 'ca', 'cert', 'key'],
} as const

function refuseOthers({ from, rgbd, append }: GivenOptions, command: Command): void {
  const other = from === 'ros' ? 'expert' : 'ros'
  refuseStray(command, ONLY[other], `is for --from ${other}, got --from ${from}`)
  if (!rgbd) refuseStray(command, ['pictureRate', 'pictureSize', 'look'], 'is for pictures: add --rgbd')
  if (append) refuseStray(command, ['force'], 'empties what --append would add to: leave out one of them')
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
  const pictures = picturesOf(options)
  const world = await World.create(findTask(task), { clearance: findClearance(clearance), chamfer: chamfer / 1000 })
  const { complianceCentre, ...hand } = DEFAULT_HAND
  const settings = {
    ...hand,
    complianceHeight: complianceCentre[2],
    ...(pictures ? { pictureRate: pictures.rate, look: pictures.look } : {}),
  }
  const seconds: number[] = []
  let pictureCount = 0
  let bytes = 0
  try {
    // Its first frame tells whether there is a camera, before a dataset is begun or, with --force, emptied.
    if (pictures) await demonstrate(world, { seed, index: 0, noise, pictures }).next()
    if (signal.aborted) throw new Interrupted('stopped before anything was recorded')
    await createDataset(out, info, force ? { force } : {})
    const progress = startProgress('recording', episodes)
    try {
      for (let index = 0; index < episodes; index++) {
        const writer = await EpisodeWriter.create(await nextEpisodePath(out), { ...info, settings })
        const written = await write(demonstrate(world, { seed, index, noise, pictures }), writer, signal)
        if (!written) break
        const { seatSeconds } = written.outcome
        if (seatSeconds !== null) seconds.push(seatSeconds)
        pictureCount += written.pictures
        bytes += writer.byteCount
        progress.update(index + 1, `${seconds.length} seated · ${megabytes(bytes)}`)
      }
    } finally {
      progress.stop()
    }
  } finally {
    world.dispose()
  }
  const done = (await openDataset(out)).episodePaths.length
  if (signal.aborted) {
    throw new Interrupted(`stopped: ${done} of ${episodes} episodes are whole, in ${out}`)
  }
  return {
    dataset: out,
    episodes: done,
    seated: seconds.length,
    medianSeconds: seconds.length > 0 ? quantile(seconds, 0.5) : null,
    pictures: pictureCount,
    bytes,
  }
}

function picturesOf({ rgbd, pictureRate, pictureSize, look }: RecordOptions): Pictures | undefined {
  if (!rgbd) return undefined
  return { ...PICTURES, ...pictureSize, ...(pictureRate ? { rate: pictureRate } : {}), ...(look ? { look } : {}) }
}

/** Writes a demonstration as it happens; discards it and returns undefined when `signal` ends it early. */
async function write(
  demonstration: ReturnType<typeof demonstrate>,
  writer: EpisodeWriter,
  signal: AbortSignal,
): Promise<{ outcome: EpisodeOutcome; pictures: number } | undefined> {
  for (let pictures = 0; ; ) {
    const step = await demonstration.next()
    if (step.done) {
      await writer.finish(step.value)
      return { outcome: step.value, pictures }
    }
    if (signal.aborted) {
      await writer.discard()
      return undefined
    }
    await writer.append(step.value)
    if (step.value.rgbd) pictures++
  }
}
