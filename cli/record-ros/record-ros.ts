// tenon record --from ros: demonstrations of a real arm, or of a simulated one behind rosbridge, into a dataset.
import { setTimeout as sleepMs } from 'node:timers/promises'
import {
  createDataset,
  type DatasetInfo,
  type Episode,
  EpisodeError,
  type EpisodeMetadata,
  EpisodeWriter,
  FORMAT_VERSION,
  nextEpisodePath,
  openDataset,
  readEpisode,
} from '../../demos/index.ts'
import { UNJOINED } from '../../robot-bridge/frame-joiner.ts'
import { type KeptListening, keepListening } from '../../robot-bridge/keep-listening.ts'
import { absoluteName } from '../../robot-bridge/live-graph.ts'
import { loadProfile } from '../../robot-bridge/load-profile.ts'
import { decodeJoy, decodeString, isUnknownType, plainIfType, typeName } from '../../robot-bridge/messages.ts'
import type { Profile } from '../../robot-bridge/profile.ts'
import { WatchedRobot } from '../../robot-bridge/watched-robot.ts'
import { PICTURES } from '../demonstrate.ts'
import { Interrupted, UserError } from '../errors.ts'
import { interruption } from '../interrupt.ts'
import { readerOf, type TlsFiles } from '../ros-connection.ts'
import { startStatusLine } from '../status-line.ts'
import { type KeptEpisode, LiveRecording, type RecordingWord } from './live-recording.ts'
import { listenToOperator, type OperatorInput } from './operator.ts'
import { obey, runRecording, waitForStreams } from './run-recording.ts'
import { ButtonWords, promptOf, wordOfText } from './words.ts'

export interface RecordRosOptions extends TlsFiles {
  task: string
  clearance: number
  chamfer: number
  out: string
  url?: string
  profile?: string
  /** kept ones after which it ends; until the operator quits when left out */
  episodes?: number
  rgbd?: boolean
  /** Hz, at most; as in simulation when left out */
  pictureRate?: number
  /** with words like start and stop */
  controlTopic?: string
  append?: boolean
  force?: boolean
}

export interface RecordRosResult {
  dataset: string
  /** of this session, not of the dataset */
  episodes: number
  good: number
  bad: number
  pictures: number
  bytes: number
  /** poses of the objects that did not become frames or part of one, and pictures that became no part of one, by reason */
  dropped: Record<string, number>
}

/** Everything must arrive within this, s. */
const PATIENCE = 6
/** A word that a topic repeats to whoever subscribes comes within this, s: it was said before, to another. */
const LATCHED_WITHIN = 1

/** Records until the operator quits or Ctrl-C: then the episode underway is kept as well, and Interrupted thrown. */
export async function recordRos(
  options: RecordRosOptions,
  input: OperatorInput = process.stdin,
): Promise<RecordRosResult> {
  const { url, profile: name, out, rgbd = false, pictureRate = PICTURES.rate, episodes } = options
  if (url === undefined || name === undefined) {
    throw new UserError('--from ros needs --url and --profile, like --url ws://192.168.0.10:9090 --profile sim')
  }
  const signal = interruption()
  const profile = await loadProfile(name)
  const info = infoOf(options)
  const line = startStatusLine()
  const connect = await readerOf(url, options)
  const listening = await keepListening(connect, { onNews: line.tell })
  try {
    // Before listening, which makes a topic where there was none.
    const listed = await listening.topics().catch(() => undefined)
    const robot = new WatchedRobot(profile, listening, { rgbd, pictureRate })
    const settings = { profile: profile.name, url }
    const recording = new LiveRecording(
      async () => EpisodeWriter.create(await nextEpisodePath(out), { ...info, settings }),
      { pictureRate: rgbd ? pictureRate : undefined },
    )
    let isReady = false
    const say = (word: RecordingWord) => {
      if (isReady) obey({ robot, recording }, word).then(line.tell, (error) => line.tell(`error: ${error.message}`))
    }
    // Long before it is ready: at first, a topic may repeat what was said yesterday.
    const ends = listenToTopics(listening, profile, options, recording, say)
    const loop = { signal, tell: line.tell, sleep: (seconds: number) => sleepMs(1000 * seconds) }
    line.show(`listening to ${url}, by the profile ${profile.name} …`)
    const missing = await waitForStreams(robot, { ...loop, patience: PATIENCE })
    if (signal.aborted) throw new Interrupted('stopped before anything was recorded')
    if (missing.length > 0) throw refusal(missing, robot, listed, `--url ${url} --profile ${name}`)
    for (const warning of await prepareDataset(options, { ...info, settings })) line.tell(`warning: ${warning}`)
    ends.push(listenToOperator(input, { onWord: say }))
    isReady = true
    line.tell(`ready: everything arrives from ${url}; ${promptOf('waiting')}`)
    try {
      await runRecording({ ...loop, robot, recording, episodes, status: line.show })
    } finally {
      for (const end of ends) end()
      robot.close()
      for (const [why, count] of robot.dropped) {
        line.tell(`warning: ${count} ${why === UNJOINED ? 'pictures' : 'poses'} left out: ${why}`)
      }
    }
    if (signal.aborted) throw new Interrupted(`stopped; episodes kept in ${out}: ${recording.kept.length}`)
    return resultOf(out, recording.kept, robot.dropped)
  } finally {
    line.stop()
    listening.close()
  }
}

/** What does not arrive, and whether that is because there is no such topic, or because it is of another type. */
function refusal(
  missing: readonly string[],
  robot: WatchedRobot,
  listed: ReadonlyMap<string, string> | undefined,
  where: string,
): UserError {
  const topics = new Map([...(listed ?? [])].map(([name, type]) => [absoluteName(name), type]))
  const lines = robot.streams().flatMap(({ name, topic, type, age }) => {
    const found = topics.get(absoluteName(topic))
    if (!listed || age !== undefined) return []
    if (found === undefined) return [`${name}: there is no topic ${topic}`]
    return isUnknownType(found) || plainIfType(found) === type
      ? []
      : [`${name}: ${topic} is of type ${found}, the profile says ${type}`]
  })
  return new UserError(
    [
      'nothing is recorded, because something is missing:',
      ...[...missing, ...lines].map((line) => `  ${line}`),
      `tenon doctor --robot ros ${where} says more`,
    ].join('\n'),
  )
}

const infoOf = ({ task, clearance, chamfer }: RecordRosOptions): DatasetInfo => ({
  formatVersion: FORMAT_VERSION,
  task,
  clearanceMm: clearance,
  chamferMm: chamfer,
  seed: 0,
  recordedFrom: 'ros',
  // Nothing is added to what the tracker says.
  noise: 'none',
})

/** A new dataset, or with `append` one of the same kind. Resolves with what may be meant or not, a line each. */
async function prepareDataset(
  { out, append = false, force = false, rgbd = false }: RecordRosOptions,
  { settings, ...info }: EpisodeMetadata,
): Promise<string[]> {
  if (!append) {
    await createDataset(out, info, { force })
    return []
  }
  const { info: there, episodePaths } = await openDataset(out)
  for (const key of ['task', 'clearanceMm', 'chamferMm', 'recordedFrom'] as const) {
    if (there[key] !== info[key]) {
      throw new UserError(`${out} is a dataset with ${key} ${there[key]}, got ${info[key]}: record into another folder`)
    }
  }
  const last = await lastGood(episodePaths)
  if (!last) return []
  const hasPictures = last.frames.some((frame) => frame.rgbd)
  if (hasPictures !== rgbd) {
    throw new UserError(
      `${last.path} has ${hasPictures ? 'pictures' : 'no pictures'}, got ${rgbd ? '--rgbd' : 'no --rgbd'}: ` +
        `${rgbd ? 'leave it out' : 'add it'}, or record into another folder`,
    )
  }
  const { profile } = last.metadata.settings
  if (profile === settings.profile) return []
  return [
    `${last.path} was recorded with the profile ${profile}, got ${settings.profile}: is it the same arm and camera?`,
  ]
}

/** The last episode that will be learned from. */
async function lastGood(paths: readonly string[]): Promise<Episode | undefined> {
  for (const path of paths.toReversed()) {
    try {
      const episode = await readEpisode(path)
      if (episode.outcome?.seated) return episode
    } catch (error) {
      if (!(error instanceof EpisodeError)) throw error
    }
  }
  return undefined
}

/** Words by joystick, where the profile has a button for them, and by topic. */
function listenToTopics(
  listening: KeptListening,
  { joystick, ros }: Profile,
  { controlTopic }: RecordRosOptions,
  recording: LiveRecording,
  say: (word: RecordingWord) => void,
): (() => void)[] {
  const listen = (
    topic: string,
    type: string,
    wordOf: (message: unknown) => RecordingWord | undefined,
    options?: { deafFor: number },
  ) => {
    const hear = (message: unknown) => {
      try {
        const word = wordOf(message)
        if (word) say(word)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }
    return listening.subscribe(topic, typeName(type, ros), hear, options)
  }
  const ends: (() => void)[] = []
  if (joystick?.record !== undefined) {
    const buttons = new ButtonWords({ record: joystick.record, pause: joystick.pause })
    ends.push(
      listen(joystick.topic, joystick.type, (message) => buttons.see(decodeJoy(message).buttons, recording.phase)),
    )
  }
  if (controlTopic !== undefined) {
    ends.push(
      listen(controlTopic, 'std_msgs/String', (message) => wordOfText(decodeString(message)), {
        deafFor: LATCHED_WITHIN,
      }),
    )
  }
  return ends
}

function resultOf(
  dataset: string,
  kept: readonly KeptEpisode[],
  dropped: ReadonlyMap<string, number>,
): RecordRosResult {
  const total = (of: (episode: KeptEpisode) => number) => kept.reduce((sum, episode) => sum + of(episode), 0)
  const good = kept.filter((episode) => episode.good).length
  return {
    dataset,
    episodes: kept.length,
    good,
    bad: kept.length - good,
    pictures: total(({ pictures }) => pictures),
    bytes: total(({ bytes }) => bytes),
    dropped: Object.fromEntries(dropped),
  }
}
