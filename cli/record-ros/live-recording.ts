// Episodes recorded while a person demonstrates: what each word does in each phase, and that nothing gets lost.
//
//   waiting ──start──► recording ──stop──► judging ──good, bad, discard──► waiting
//
// `good`, `bad` and `discard` while recording stop first. Words are carried out one after the other, frames are written as
// they come.
import type { EpisodeOutcome, EpisodeWriter, Frame } from '../../demos/index.ts'
import { CLOCK_SET_BACK } from '../../robot-bridge/frame-joiner.ts'
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
  peakForceN: number
}

export class LiveRecording {
  readonly kept: KeptEpisode[] = []
  readonly #open: () => Promise<EpisodeSink>
  #phase: RecordingPhase = 'waiting'
  #underway: Underway | undefined
  #file: { sink: EpisodeSink; queue: FrameQueue } | undefined
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
   * which the clock was set back, so that no more can be added: {@link cut} the episode then. Throws when no more can be
   * written: {@link end} it then.
   */
  see(frame: Frame): boolean {
    const queue = this.#file?.queue
    if (this.#phase !== 'recording' || !queue) return true
    const age = this.#underway ? this.#underway.lastStamp - frame.stamp : Number.NEGATIVE_INFINITY
    if (age >= 0) return age <= CLOCK_SET_BACK
    queue.add(frame)
    this.#count(frame)
    return true
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
      this.#file?.queue.rethrow()
      return task()
    })
  }

  #afterOthers<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
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
    return [await this.#keep(false, 'not marked by the operator'), await this.#over()].join('; ')
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
    return `kept ${sink.path}: ${reason}`
  }

  #toWaiting(): void {
    this.#file = undefined
    this.#underway = undefined
    this.#phase = 'waiting'
  }

  #count({ stamp, rgbd, wrench }: Frame): void {
    this.#underway ??= { firstStamp: stamp, frames: 0, pictures: 0, lastStamp: stamp, peakForceN: 0 }
    this.#underway.lastStamp = stamp
    this.#underway.frames++
    if (rgbd) this.#underway.pictures++
    if (wrench) this.#underway.peakForceN = Math.max(this.#underway.peakForceN, Math.hypot(...wrench.force))
  }
}
