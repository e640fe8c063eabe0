// Episodes recorded while a person demonstrates: what each word does in each phase, and that nothing gets lost.
//
//   waiting ──start──► recording ──stop──► judging ──good, bad, discard──► waiting
//
// `good`, `bad` and `discard` while recording stop first. Words are carried out one after the other, frames are written as
// they come.
import type { EpisodeOutcome, EpisodeWriter, Frame } from '../../demos/index.ts'
import { CLOCK_SET_BACK, SAME_PICTURE } from '../../robot-bridge/frame-joiner.ts'
import { FrameQueue } from '../frame-queue.ts'

/** What can be said by key, joystick or topic. `toggle` starts or stops, whichever it is time for. */
export const RECORDING_WORDS = ['start', 'stop', 'toggle', 'good', 'bad', 'discard', 'quit'] as const
export type RecordingWord = (typeof RECORDING_WORDS)[number]

export const isRecordingWord = (text: string): text is RecordingWord =>
  (RECORDING_WORDS as readonly string[]).includes(text)

export type RecordingPhase = 'waiting' | 'recording' | 'judging' | 'over'

/** Where an episode goes. */
export type EpisodeSink = Pick<EpisodeWriter, 'path' | 'append' | 'finish' | 'discard' | 'byteCount'>

export interface KeptEpisode {
  readonly path: string
  readonly good: boolean
  readonly frames: number
  readonly pictures: number
  readonly seconds: number
  readonly bytes: number
}

interface Underway {
  readonly firstStamp: number
  frames: number
  pictures: number
  lastStamp: number
  /** when the last frame was seen, s on the clock of this computer */
  lastSeen: number
  /** by how much a stamp was ahead of that clock at most, s; what waits on the way arrives later, and never sooner */
  ahead: number
  peakForceN: number
}

export interface LiveRecordingOptions {
  /** pictures a second that were asked for, if any were */
  readonly pictureRate?: number | undefined
  /** a clock of this computer that only goes forward, s */
  readonly now?: () => number
}

/** Stamps lead on by so much more than time passes, s: the clock was set forward. */
const CLOCK_SET_FORWARD = 1
/** An episode is told of that has less than this of the pictures that were asked for. */
const FEW_PICTURES = 0.5

export class LiveRecording {
  readonly kept: KeptEpisode[] = []
  readonly #open: () => Promise<EpisodeSink>
  readonly #pictureRate: number | undefined
  readonly #now: () => number
  #phase: RecordingPhase = 'waiting'
  #underway: Underway | undefined
  #file: { sink: EpisodeSink; queue: FrameQueue } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** what went wrong with the end of the last episode */
  #failure: unknown

  /** `open` begins the next episode's file. */
  constructor(
    open: () => Promise<EpisodeSink>,
    { pictureRate, now = () => performance.now() / 1000 }: LiveRecordingOptions = {},
  ) {
    this.#open = open
    this.#pictureRate = pictureRate
    this.#now = now
  }

  get phase(): RecordingPhase {
    return this.#phase
  }

  /** Of the episode underway. */
  get frames(): number {
    return this.#underway?.frames ?? 0
  }

  /** s, of the episode underway */
  get seconds(): number {
    return this.#underway ? this.#underway.lastStamp - this.#underway.firstStamp : 0
  }

  /**
   * Carries a word out, after those before it; resolves with what was done, for the operator. Throws when writing failed;
   * `discard` and `quit` lead on all the same. `obstacle`: why an episode must not begin, asked when one would.
   */
  word(word: RecordingWord, obstacle: () => string | undefined = () => undefined): Promise<string> {
    const leadsOn = word === 'discard' || word === 'quit'
    const carryOut = () => this.#carryOut(word, obstacle)
    return leadsOn ? this.#afterOthers(carryOut) : this.#inTurn(carryOut)
  }

  /**
   * Writes a frame if an episode is being recorded and the frame is newer than the last. Returns at once; in words, why the
   * frame is none of this episode any more: {@link cut} it then. Throws a QueueFullError when too many wait to be written:
   * cut it then too; and what went wrong with an earlier one: {@link end} then.
   */
  see(frame: Frame): string | undefined {
    const queue = this.#file?.queue
    if (this.#phase !== 'recording' || !queue) return undefined
    const now = this.#now()
    if (this.#underway) {
      const { lastStamp, lastSeen, ahead } = this.#underway
      const step = frame.stamp - lastStamp
      if (step <= 0) return step < -CLOCK_SET_BACK ? 'the clock of the robot was set back' : undefined
      // While frames were missing, time has passed here as well, and after a connection was held up they come all at once.
      const jump = Math.min(step - (now - lastSeen), frame.stamp - now - ahead)
      if (jump > CLOCK_SET_FORWARD) return 'the clock of the robot was set forward'
    }
    queue.add(frame)
    this.#count(frame, now)
    return undefined
  }

  /** Throws what went wrong with a frame of the episode underway, or with writing the last: {@link end} then. */
  rethrow(): void {
    this.#file?.queue.rethrow()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Ends the episode underway, if there is one, and keeps what there is of it: whole, readable, and not marked good. */
  cut(why: string): Promise<string> {
    return this.#inTurn(async () => (this.#phase === 'recording' ? this.#keep(false, why) : ''))
  }

  /**
   * Ends for good, and keeps what there is of an episode underway, also when a frame of it could not be written: whole,
   * readable, and not marked good.
   */
  end(why: string): Promise<string> {
    return this.#afterOthers(async () => {
      const done = this.#phase === 'recording' || this.#phase === 'judging' ? await this.#keep(false, why) : ''
      this.#phase = 'over'
      return done
    })
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#afterOthers(() => {
      this.rethrow()
      return task()
    })
  }

  #afterOthers<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #carryOut(word: RecordingWord, obstacle: () => string | undefined): Promise<string> {
    switch (this.#phase) {
      case 'waiting':
        if (word === 'start' || word === 'toggle') return obstacle() ?? this.#start()
        if (word === 'quit') return this.#over()
        return 'nothing is being recorded'
      case 'recording':
        if (word === 'stop' || word === 'toggle') return this.#stop()
        if (word === 'start') return 'it is being recorded already'
        return this.#judge(word)
      case 'judging':
        if (word === 'start' || word === 'stop' || word === 'toggle')
          return 'is the episode good, bad, or to be discarded?'
        return this.#judge(word)
      case 'over':
        return 'the recording is over'
    }
  }

  async #start(): Promise<string> {
    const sink = await this.#open()
    this.#file = { sink, queue: new FrameQueue(sink) }
    this.#phase = 'recording'
    return `recording ${sink.path}`
  }

  async #stop(): Promise<string> {
    if (!this.#underway) return this.#discard('no frame came while it was recorded: nothing is kept')
    this.#phase = 'judging'
    return `stopped after ${this.seconds.toFixed(1)} s, ${this.frames} frames`
  }

  async #judge(word: 'good' | 'bad' | 'discard' | 'quit'): Promise<string> {
    if (word === 'discard') return this.#discard('discarded')
    if (word !== 'quit') return this.#keep(word === 'good', `marked ${word} by the operator`)
    try {
      return `${await this.#keep(false, 'not marked by the operator')}; the recording is over`
    } catch (error) {
      this.#failure = error
      return 'the recording is over'
    } finally {
      this.#phase = 'over'
    }
  }

  async #over(): Promise<string> {
    this.#phase = 'over'
    return 'the recording is over'
  }

  async #discard(done: string): Promise<string> {
    const file = this.#file
    this.#toWaiting()
    await file?.sink.discard()
    return done
  }

  async #keep(good: boolean, reason: string): Promise<string> {
    const { seconds } = this
    const [file, underway] = [this.#file, this.#underway]
    if (!file || !underway) return this.#discard('no frame came while it was recorded: nothing is kept')
    const outcome: EpisodeOutcome = {
      seated: good,
      reason,
      seatSeconds: good ? seconds : null,
      peakForceN: underway.peakForceN,
    }
    // First, so that no frame comes after the end while that is being written.
    this.#toWaiting()
    const { sink } = file
    await sink.finish(outcome)
    // Whoever called it good has not heard yet that a frame is missing.
    if (good) file.queue.rethrow()
    const { frames, pictures } = underway
    this.kept.push({ path: sink.path, good, frames, pictures, seconds, bytes: sink.byteCount })
    const counted = this.#pictureRate === undefined ? `${frames} frames` : `${frames} frames, ${pictures} pictures`
    return `kept ${sink.path}: ${reason}, ${counted}${this.#fewPictures(underway, seconds)}`
  }

  #fewPictures({ pictures, frames }: Underway, seconds: number): string {
    // A picture goes with a frame.
    const expected = Math.min((this.#pictureRate ?? 0) * seconds, frames)
    if (expected < 2 || pictures >= FEW_PICTURES * expected) return ''
    return (
      `\nwarning: ${pictures} pictures in ${seconds.toFixed(1)} s, expected about ${expected.toFixed(0)}: the camera gives ` +
      `fewer, or no pose was taken within ${1000 * SAME_PICTURE} ms of them; have the tracker stamp poses with the time of their ` +
      'pictures, or ask for fewer with --picture-rate'
    )
  }

  #toWaiting(): void {
    this.#file = undefined
    this.#underway = undefined
    this.#phase = 'waiting'
  }

  #count({ stamp, rgbd, wrench }: Frame, now: number): void {
    const ahead = stamp - now
    this.#underway ??= {
      firstStamp: stamp,
      frames: 0,
      pictures: 0,
      lastStamp: stamp,
      lastSeen: now,
      ahead,
      peakForceN: 0,
    }
    this.#underway.ahead = Math.max(this.#underway.ahead, ahead)
    this.#underway.lastStamp = stamp
    this.#underway.lastSeen = now
    this.#underway.frames++
    if (rgbd) this.#underway.pictures++
    if (wrench) this.#underway.peakForceN = Math.max(this.#underway.peakForceN, Math.hypot(...wrench.force))
  }
}
