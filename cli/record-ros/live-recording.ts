// Episodes recorded while a person demonstrates: what each word does in each phase, and that nothing gets lost.
//
//   waiting ──start──► recording ──stop──► judging ──good, bad, discard──► waiting
//
// `good`, `bad` and `discard` while recording stop first. Words are carried out one after the other, frames are written as
// they come.
import type { EpisodeOutcome, EpisodeWriter, Frame } from '../../demos/index.ts'
import { CLOCK_SET_BACK } from '../../robot-bridge/frame-joiner.ts'

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
  readonly sink: EpisodeSink
  readonly firstStamp: number
  frames: number
  pictures: number
  lastStamp: number
  peakForceN: number
}

/** Frames that wait to be written: more, and the disk is too slow for what is recorded. */
const MOST_WAITING = 150

export class LiveRecording {
  readonly kept: KeptEpisode[] = []
  readonly #open: () => Promise<EpisodeSink>
  #phase: RecordingPhase = 'waiting'
  #underway: Underway | undefined
  #sink: EpisodeSink | undefined
  #waiting = 0
  #failure: unknown
  #turn: Promise<unknown> = Promise.resolve()

  /** `open` begins the next episode's file. */
  constructor(open: () => Promise<EpisodeSink>) {
    this.#open = open
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

  /** Carries a word out, after those before it; resolves with what was done, for the operator. Throws when writing failed. */
  word(word: RecordingWord): Promise<string> {
    return this.#inTurn(() => this.#carryOut(word))
  }

  /**
   * Writes a frame if an episode is being recorded and the frame is newer than the last. Returns at once; false for one by
   * which the clock was set back, so that no more can be added: {@link cut} the episode then. Throws what went wrong with an
   * earlier frame.
   */
  see(frame: Frame): boolean {
    this.#rethrow()
    const sink = this.#sink
    if (this.#phase !== 'recording' || !sink) return true
    const age = this.#underway ? this.#underway.lastStamp - frame.stamp : Number.NEGATIVE_INFINITY
    if (age >= 0) return age <= CLOCK_SET_BACK
    this.#count(sink, frame)
    if (++this.#waiting > MOST_WAITING) {
      throw new Error(
        `${sink.path}: ${MOST_WAITING} frames wait to be written: the disk is too slow for these pictures`,
      )
    }
    sink.append(frame).then(
      () => this.#waiting--,
      (error) => {
        this.#failure ??= error
      },
    )
    return true
  }

  /** Ends the episode underway, if there is one, and keeps what there is of it: whole, readable, and not marked good. */
  cut(why: string): Promise<string> {
    return this.#inTurn(async () => (this.#phase === 'recording' ? this.#keep(false, why) : ''))
  }

  /** Ends for good, and keeps what there is of an episode underway: whole, readable, and not marked good. */
  end(why: string): Promise<string> {
    return this.#inTurn(async () => {
      const done = this.#phase === 'recording' || this.#phase === 'judging' ? await this.#keep(false, why) : ''
      this.#phase = 'over'
      return done
    })
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#rethrow()
      return task()
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async #carryOut(word: RecordingWord): Promise<string> {
    switch (this.#phase) {
      case 'waiting':
        if (word === 'start' || word === 'toggle') return this.#start()
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
    this.#sink = await this.#open()
    this.#phase = 'recording'
    return `recording ${this.#sink.path}`
  }

  async #stop(): Promise<string> {
    if (!this.#underway) return this.#discard('no frame came while it was recorded: nothing is kept')
    this.#phase = 'judging'
    return `stopped after ${this.seconds.toFixed(1)} s, ${this.frames} frames`
  }

  async #judge(word: 'good' | 'bad' | 'discard' | 'quit'): Promise<string> {
    if (word === 'discard') return this.#discard('discarded')
    if (word !== 'quit') return this.#keep(word === 'good', `marked ${word} by the operator`)
    return [await this.#keep(false, 'not marked by the operator'), await this.#over()].join('; ')
  }

  async #over(): Promise<string> {
    this.#phase = 'over'
    return 'the recording is over'
  }

  async #discard(done: string): Promise<string> {
    const sink = this.#sink
    this.#toWaiting()
    await sink?.discard()
    return done
  }

  async #keep(good: boolean, reason: string): Promise<string> {
    const { seconds } = this
    const [sink, underway] = [this.#sink, this.#underway]
    if (!sink || !underway) return this.#discard('no frame came while it was recorded: nothing is kept')
    const outcome: EpisodeOutcome = {
      seated: good,
      reason,
      seatSeconds: good ? seconds : null,
      peakForceN: underway.peakForceN,
    }
    // First, so that no frame comes after the end while that is being written.
    this.#toWaiting()
    await sink.finish(outcome)
    this.#rethrow()
    const { frames, pictures } = underway
    this.kept.push({ path: sink.path, good, frames, pictures, seconds, bytes: sink.byteCount })
    return `kept ${sink.path}: ${reason}`
  }

  #toWaiting(): void {
    this.#sink = undefined
    this.#underway = undefined
    this.#phase = 'waiting'
  }

  #count(sink: EpisodeSink, { stamp, rgbd, wrench }: Frame): void {
    this.#underway ??= { sink, firstStamp: stamp, frames: 0, pictures: 0, lastStamp: stamp, peakForceN: 0 }
    this.#underway.lastStamp = stamp
    this.#underway.frames++
    if (rgbd) this.#underway.pictures++
    if (wrench) this.#underway.peakForceN = Math.max(this.#underway.peakForceN, Math.hypot(...wrench.force))
  }
}
