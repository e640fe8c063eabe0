// The loop of a recording from a live robot: looks often, writes what is new, and tells the operator what happens.
//
// It only watches: nothing here moves the arm. Whoever demonstrates does that, by hand, by joystick or through another node.
import { isFresh, obstacles, ratesLine, slowStreams } from '../../robot-bridge/recorded-streams.ts'
import type { WatchedRobot } from '../../robot-bridge/watched-robot.ts'
import { QueueFullError } from '../frame-queue.ts'
import type { LiveRecording, RecordingWord } from './live-recording.ts'
import { promptOf } from './words.ts'

/** What a recording watches. */
export type Watched = Pick<WatchedRobot, 'frames' | 'skip' | 'streams' | 'cameraInBase'>

export interface RecordingLoop {
  readonly robot: Watched
  readonly recording: LiveRecording
  /** ends the recording, with nothing lost */
  readonly signal: AbortSignal
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

const NO_CAMERA =
  'camera: its place in the base is not known: put cameraInBase into the profile (tenon calibrate finds it), or have it ' +
  'published as a transform'

/** What keeps an episode from starting, one line each. */
const missingFor = (robot: Pick<Watched, 'streams' | 'cameraInBase'>): string[] => [
  ...obstacles(robot.streams()),
  ...(robot.cameraInBase ? [] : [NO_CAMERA]),
]

/** Waits for everything to arrive. Resolves with what still does not after `patience` s, one line each. */
export async function waitForStreams(
  robot: Pick<Watched, 'streams' | 'cameraInBase'>,
  { patience, signal, sleep, tell }: Pick<RecordingLoop, 'signal' | 'sleep' | 'tell'> & { patience: number },
): Promise<string[]> {
  const steps = Math.ceil(patience / 0.1)
  for (let step = 0; step < steps && !signal.aborted; step++) {
    if (step >= SETTLE_STEPS && missingFor(robot).length === 0) break
    await sleep(0.1)
  }
  const found = missingFor(robot)
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
  return recording.word(word, () => {
    const missing = missingFor(robot)
    return missing.length === 0 ? undefined : `not started:\n${missing.map((line) => `  ${line}`).join('\n')}`
  })
}

/** Until the operator quits, enough is kept, or `signal` ends it. Throws what went wrong with writing. */
export async function runRecording(loop: RecordingLoop): Promise<void> {
  const { recording, signal, episodes = Number.POSITIVE_INFINITY, sleep, tell, status } = loop
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
    await recordNew(loop)
    tellSilence(loop, silent)
    if (look % STATUS_EVERY === 0) status(statusLine(loop))
    await sleep(LOOK_EVERY)
  }
  recording.rethrow()
}

/**
 * Records what is new, and ends the episode by which that cannot be. When a frame could not be written it keeps what was,
 * ends, and throws why.
 */
async function recordNew({ robot, recording, tell }: RecordingLoop): Promise<void> {
  try {
    if (recording.phase !== 'recording') {
      robot.skip()
      // Of an episode that waits to be judged, frames may still be on their way.
      recording.rethrow()
      return
    }
    for (const frame of robot.frames()) {
      const foreign = recording.see(frame)
      if (foreign === undefined) continue
      tell(`warning: ${await recording.cut(foreign)}`)
      return
    }
  } catch (error) {
    if (error instanceof QueueFullError) {
      tell(`warning: ${error.message}`)
      tell(await recording.cut('frames came faster than they could be written'))
      return
    }
    const done = await recording.end('a frame could not be written').catch(() => '')
    if (done) tell(done)
    throw error
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
