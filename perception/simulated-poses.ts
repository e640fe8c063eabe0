// A simulated tracker as a pose source: true poses in, one camera frame at a time, and what a tracker makes of them out.
import type { Pose } from '../geometry/index.ts'
import type { PoseNoise, SimulatedTracker } from './pose-noise.ts'
import type { ObjectPoses, PoseSource } from './pose-source.ts'

/** The truth at the moment of a camera frame. */
export interface TrueFrame {
  /** s */
  stamp: number
  sourceInCamera: Pose
  targetInCamera: Pose
  /** whether the parts are so close that the hand hides them */
  close: boolean
}

export class SimulatedPoses implements PoseSource {
  readonly #tracker: SimulatedTracker
  readonly #latency: number
  readonly #now: () => number
  /** taken and not yet arrived, oldest first */
  readonly #inFlight: ObjectPoses[] = []
  #arrived: ObjectPoses | undefined
  #newest: ObjectPoses | undefined
  #taken: number | undefined

  /** `latency`: of the same preset as the tracker's. `now`: the clock of the stamps, s. */
  constructor(tracker: SimulatedTracker, { latency }: Pick<PoseNoise, 'latency'>, now: () => number) {
    this.#tracker = tracker
    this.#latency = latency
    this.#now = now
  }

  /** Takes a frame. A lost source keeps its last pose and stamp, without confidence; the target is seen exactly. */
  take({ stamp, sourceInCamera, targetInCamera, close }: TrueFrame): void {
    const interval = stamp - (this.#taken ?? stamp)
    this.#taken = stamp
    const lost = this.#tracker.isLost(stamp, interval, close)
    const source =
      lost && this.#newest
        ? { ...this.#newest.source, confidence: 0 }
        : { pose: this.#tracker.distort(sourceInCamera), stamp, confidence: 1 }
    this.#newest = { source, target: { pose: targetInCamera, stamp, confidence: 1 } }
    this.#inFlight.push(this.#newest)
  }

  latest(): ObjectPoses | undefined {
    // A frame taken at this very moment, latency ago, has arrived, whatever the last digit says.
    const arrivedBy = this.#now() - this.#latency + 1e-6
    for (let first = this.#inFlight[0]; first && first.target.stamp <= arrivedBy; first = this.#inFlight[0]) {
      this.#arrived = first
      this.#inFlight.shift()
    }
    return this.#arrived
  }
}
