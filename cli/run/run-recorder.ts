// A live run as an episode: what was seen and commanded, and how it ended.
import type { Cycle, Observation, Robot } from '../../control/index.ts'
import type { EpisodeWriter } from '../../demos/index.ts'
import type { Rgbd } from '../../geometry/index.ts'
import { FrameQueue } from '../frame-queue.ts'
import type { Ended } from './run-live.ts'

/** Where an episode goes. */
export type RunSink = Pick<EpisodeWriter, 'path' | 'append' | 'finish' | 'discard'>

/** Stamps closer than this belong together, s. */
const SAME_MOMENT = 2e-3

export class RunRecorder {
  readonly #sink: RunSink
  readonly #robot: Pick<Robot, 'cameraInBase' | 'eeAt'>
  #last = Number.NEGATIVE_INFINITY
  #frames = 0
  readonly #queue: FrameQueue

  constructor(sink: RunSink, robot: Pick<Robot, 'cameraInBase' | 'eeAt'>) {
    this.#sink = sink
    this.#queue = new FrameQueue(sink)
    this.#robot = robot
  }

  get path(): string {
    return this.#sink.path
  }

  get frames(): number {
    return this.#frames
  }

  /**
   * Writes a frame for each new pose of the source, with its stamp and where the end effector was then, and with the
   * picture that `photograph` has of it. Returns at once; throws what went wrong with an earlier frame.
   */
  see(
    { observation, guarded, silent }: Pick<Cycle, 'observation' | 'guarded' | 'silent'>,
    photograph?: (observation: Observation) => Rgbd | undefined,
  ): void {
    this.#queue.rethrow()
    const { stamp, source, target, eeInBase, wrench } = observation
    if (source.stamp <= this.#last) return
    const eeThen = Math.abs(source.stamp - stamp) < SAME_MOMENT ? eeInBase : this.#robot.eeAt?.(source.stamp)
    if (!eeThen) return
    this.#last = source.stamp
    const rgbd = photograph?.(observation)
    this.#queue.add({
      stamp: source.stamp,
      sourceInCamera: source.pose,
      targetInCamera: target.pose,
      eeInBase: eeThen,
      cameraInBase: this.#robot.cameraInBase,
      // What is not sent is no command.
      ...(!silent && { commandInBase: guarded.eeInBase }),
      ...(wrench && { wrench }),
      ...(rgbd && { rgbd }),
    })
    this.#frames++
  }

  /** Resolves when what was seen is written. */
  written(): Promise<void> {
    return this.#queue.written()
  }

  /** Ends the file, and says whether it was kept: one without a frame is not. */
  async finish({ seated, reason, seatSeconds }: Ended, peakForceN: number): Promise<boolean> {
    if (this.#frames === 0) {
      await this.#sink.discard()
      return false
    }
    await this.#sink.finish({ seated, reason, seatSeconds, peakForceN })
    this.#queue.rethrow()
    return true
  }
}
