// Pairs for hand–eye calibration from a live arm: somebody moves it from pose to pose, and presses a key at each.
import { setTimeout as sleepMs } from 'node:timers/promises'
import { type Frame, writeWhole } from '../demos/index.ts'
import { identityPose } from '../geometry/index.ts'
import { excitationOf, type HandEyeMoment, type HandEyePair, type Mounting, pairsAtRest } from '../perception/index.ts'
import { keepListening } from '../robot-bridge/keep-listening.ts'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import type { Profile } from '../robot-bridge/profile.ts'
import { WatchedRobot } from '../robot-bridge/watched-robot.ts'
import { Interrupted, UserError } from './errors.ts'
import { interruption } from './interrupt.ts'
import type { NamedPair, PairSource } from './pairs.ts'
import type { RecordingWord } from './record-ros/live-recording.ts'
import { listenToOperator, type OperatorInput } from './record-ros/operator.ts'
import { waitForStreams } from './record-ros/run-recording.ts'
import { readerOf, type TlsFiles } from './ros-connection.ts'
import { startStatusLine } from './status-line.ts'

export interface LivePairsOptions extends TlsFiles {
  url: string
  /** of the arm, by name or path */
  profile: string
  /** file that holds every pair as soon as it is taken */
  save: string
}

/** Everything must arrive within this, s. */
const PATIENCE = 6
/** What is remembered of the arm's motion: long enough for a rest, s. */
const REMEMBERED = 1

/** Takes a pair when it is told to, from what was seen in the last second. */
export class PairTaker {
  readonly pairs: HandEyePair[] = []
  #moments: HandEyeMoment[] = []

  /** `sourceInCamera` of the frame is the marker's pose. */
  see({ stamp, sourceInCamera, eeInBase }: Frame): void {
    this.#moments = this.#moments.filter((moment) => moment.stamp > stamp - REMEMBERED)
    this.#moments.push({ stamp, markerInCamera: sourceInCamera, eeInBase })
  }

  /** Says what became of it. */
  take(now: number): string {
    const newest = this.#moments.at(-1)
    const pair = pairsAtRest(this.#moments).at(-1)
    if (!newest || now - newest.stamp > REMEMBERED) return 'not taken: the marker is not seen'
    // A rest that has ended is none: the arm must be still now.
    if (!pair || pair.stamp < newest.stamp) return 'not taken: the arm moved within the last 0.3 s'
    const { markerInCamera, eeInBase } = pair
    this.pairs.push({ markerInCamera, eeInBase })
    return `pair ${this.pairs.length - 1}, a mean of ${pair.moments} poses; ${this.#spread()}`
  }

  /** Takes the last pair back. */
  undo(): string {
    return this.pairs.pop() ? `taken back; ${this.pairs.length} pairs are left` : 'there is no pair to take back'
  }

  /** How far the arm was turned, so that it can be seen what is still missing. */
  #spread(): string {
    const { largest, axes } = excitationOf(this.pairs.map(({ eeInBase }) => eeInBase))
    const degrees = (radians = 0) => `${((radians * 180) / Math.PI).toFixed(0)}°`
    return `turned by up to ${degrees(largest)}, about its three axes by ${axes.map(degrees).join(', ')} on average`
  }
}

/** Ends when the operator says so. Ctrl-C ends without a result: the pairs are saved. */
export const pairsFromRos =
  (options: LivePairsOptions, input: OperatorInput = process.stdin): PairSource =>
  async (mounting = 'eye-to-hand') => {
    const signal = interruption()
    const profile = forCalibration(await loadProfile(options.profile), mounting)
    const connect = await readerOf(options.url, options)
    const line = startStatusLine()
    const listening = await keepListening(connect, { onNews: line.tell })
    const robot = new WatchedRobot(profile, listening, { rgbd: false, gated: false })
    const taker = new PairTaker()
    const sleep = (seconds: number) => sleepMs(1000 * seconds)
    try {
      const missing = await waitForStreams(robot, { patience: PATIENCE, signal, sleep, tell: line.tell })
      if (missing.length > 0 && !signal.aborted) {
        throw new UserError(['no pair can be taken, because something is missing:', ...missing].join('\n  '))
      }
      await collect(taker, { robot, input, line, signal, sleep, save: options.save, mounting, now: listening.now })
    } finally {
      line.stop()
      robot.close()
      listening.close()
    }
    if (signal.aborted) {
      const { length } = taker.pairs
      throw new Interrupted(
        length === 0
          ? 'stopped before a pair was taken'
          : `stopped: ${length} pairs are in ${options.save}: calibrate with --pairs`,
      )
    }
    return { pairs: named(taker.pairs), mounting }
  }

interface Collecting {
  robot: WatchedRobot
  input: OperatorInput
  line: ReturnType<typeof startStatusLine>
  signal: AbortSignal
  sleep: (seconds: number) => Promise<unknown>
  save: string
  mounting: Mounting
  now: () => number
}

async function collect(taker: PairTaker, { robot, input, line, signal, sleep, save, mounting, now }: Collecting) {
  const words: RecordingWord[] = []
  const end = listenToOperator(input, {
    onWord: (word) => words.push(word),
    // Nobody can say anything any more: what was taken is solved.
    onEnd: () => words.push('quit'),
  })
  line.tell('ready: stand still and press space at each pose; x takes the last back, q solves')
  try {
    while (!signal.aborted) {
      for (const frame of robot.frames()) taker.see(frame)
      const word = words.shift()
      if (word === 'quit') return
      if (word === 'toggle' || word === 'start' || word === 'discard') {
        const before = taker.pairs.length
        line.tell(word === 'discard' ? taker.undo() : taker.take(now()))
        if (taker.pairs.length === before) continue
        // At once: neither Ctrl-C nor a power cut costs more than the pair being taken.
        await writeWhole(save, `${JSON.stringify({ mounting, pairs: taker.pairs }, null, 2)}\n`)
      }
      line.show(`${taker.pairs.length} pairs · space takes one, x takes the last back, q solves`)
      await sleep(0.02)
    }
  } finally {
    end()
  }
}

const named = (pairs: readonly HandEyePair[]): NamedPair[] => pairs.map((pair, i) => ({ ...pair, name: String(i) }))

/**
 * The profile as calibration sees it: where the camera is does not matter yet, nor does the wrench, and of the two objects
 * only the one that is the marker must be tracked, which has neither the part's symmetry nor its frame.
 */
function forCalibration({ wrench: _, ...profile }: Profile, mounting: Mounting): Profile {
  const {
    symmetry: _symmetry,
    partInTracked: _part,
    ...marker
  } = profile.objects[mounting === 'eye-in-hand' ? 'target' : 'source']
  return {
    ...profile,
    cameraInBase: identityPose() as Profile['cameraInBase'],
    objects: { source: marker, target: marker },
  }
}
