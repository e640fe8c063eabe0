// The loop of a recording from a live robot: looks often, writes what is new, and tells the operator what happens.
//
// It only watches: nothing here moves the arm. Whoever demonstrates does that, by hand, by joystick or through another node.
import type { Observation, Robot } from '../../control/robot.ts'
import type { Frame } from '../../demos/index.ts'
import type { Pose } from '../../geometry/index.ts'
import type { LiveRecording, RecordingWord } from './live-recording.ts'
import { isFresh, obstacles, ratesLine, type StreamState, slowStreams } from './streams.ts'
import { promptOf } from './words.ts'

/** What is watched while recording. */
export interface WatchedRobot extends Pick<Robot, 'observe' | 'cameraInBase'> {
  /** of everything that the recording needs, as it is now */
  streams(): StreamState[]
  /** where the end effector was last told to go, if that is known */
  commandInBase(): Pose | undefined
}

export interface RecordingLoop {
  readonly robot: WatchedRobot
  readonly recording: LiveRecording
  /** ends the recording, with nothing lost */
  readonly signal: AbortSignal
  readonly rgbd: boolean
  /** ends after so many kept episodes */
  readonly episodes?: number | undefined
  /** waits, s */
  readonly sleep: (seconds: number) => Promise<void>
  /** a line that stays */
  readonly tell: (text: string) => void
  /** a line that the next one replaces */
  readonly status: (text: string) => void
}

/** Between looks, s: well below the interval of the fastest camera. */
const LOOK_EVERY = 1 / 120
/** Looks between lines of status: two a second. */
const STATUS_EVERY = 60

/** Waits for everything to arrive. Resolves with what still does not after `patience` s, one line each. */
export async function waitForStreams(
  robot: Pick<WatchedRobot, 'streams'>,
  { patience, signal, sleep, tell }: Pick<RecordingLoop, 'signal' | 'sleep' | 'tell'> & { patience: number },
): Promise<string[]> {
  const steps = Math.ceil(patience / 0.1)
  for (let step = 0; step < steps && !signal.aborted; step++) {
    if (step >= SETTLE_STEPS && obstacles(robot.streams()).length === 0) break
    await sleep(0.1)
  }
  const found = obstacles(robot.streams())
  if (found.length === 0) for (const slow of slowStreams(robot.streams())) tell(`warning: ${slow}`)
  return found
}

/** A rate is over two seconds; asked earlier it would be too low, and everything called slow. */
const SETTLE_STEPS = 21

/** Carries out a word, unless it would begin an episode of which something is missing. Resolves with what to tell. */
export async function obey(
  { robot, recording }: Pick<RecordingLoop, 'robot' | 'recording'>,
  word: RecordingWord,
): Promise<string> {
  if (recording.phase === 'waiting' && (word === 'start' || word === 'toggle')) {
    const missing = obstacles(robot.streams())
    if (missing.length > 0) return `not started:\n${missing.map((line) => `  ${line}`).join('\n')}`
  }
  return recording.word(word)
}

/** Until the operator quits, enough is kept, or `signal` ends it. Throws what went wrong with writing. */
export async function runRecording(loop: RecordingLoop): Promise<void> {
  const { recording, signal, episodes = Number.POSITIVE_INFINITY, sleep, tell, status } = loop
  let lost: string | undefined
  const silent = new Set<string>()
  for (let look = 0; recording.phase !== 'over'; look++) {
    if (signal.aborted) {
      const done = await recording.end('interrupted before it was marked')
      if (done) tell(done)
      return
    }
    if (recording.kept.length >= episodes) {
      await recording.end('')
      return
    }
    lost = await watch(loop, lost)
    tellSilence(loop, silent)
    if (look % STATUS_EVERY === 0) status(statusLine(loop))
    await sleep(LOOK_EVERY)
  }
}

/** One look at the robot. While it cannot be observed nothing is written, and that is told once. */
async function watch({ robot, recording, rgbd, tell }: RecordingLoop, lost: string | undefined) {
  let observation: Observation
  try {
    observation = await robot.observe()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (why !== lost) tell(`nothing can be seen: ${why}`)
    if (recording.phase === 'recording') tell(await recording.word('stop'))
    return why
  }
  if (lost !== undefined) tell('the robot is seen again')
  if (recording.phase === 'recording') recording.see(frameOf(observation, robot, rgbd))
  return undefined
}

function frameOf(observation: Observation, robot: WatchedRobot, rgbd: boolean): Frame {
  const { stamp, source, target, eeInBase, wrench } = observation
  const commandInBase = robot.commandInBase()
  // Unpacked when it is read: not for nothing.
  const picture = rgbd ? observation.rgbd : undefined
  return {
    stamp,
    sourceInCamera: source.pose,
    targetInCamera: target.pose,
    eeInBase,
    cameraInBase: robot.cameraInBase,
    ...(commandInBase ? { commandInBase } : {}),
    ...(wrench ? { wrench } : {}),
    ...(picture ? { rgbd: picture } : {}),
  }
}

/** Says once that a stream fell silent during an episode, and once that it is back: whoever judges should know. */
function tellSilence({ robot, recording, tell }: RecordingLoop, silent: Set<string>): void {
  for (const state of robot.streams()) {
    if (isFresh(state)) {
      if (silent.delete(state.name)) tell(`${state.name} is back`)
    } else if (recording.phase === 'recording' && !silent.has(state.name)) {
      silent.add(state.name)
      tell(`warning: at ${recording.seconds.toFixed(1)} s: ${obstacles([state]).join('')}`)
    }
  }
}

function statusLine({ robot, recording }: RecordingLoop): string {
  const { phase } = recording
  const underway = phase === 'recording' ? ` ${recording.seconds.toFixed(1)} s, ${recording.frames} frames` : ''
  return `${phase}${underway} · ${ratesLine(robot.streams())} · ${promptOf(phase)}`
}
