// The port between a policy and the controller that executes it.
import type { Pose, Rgbd } from '../geometry/index.ts'

/** What a policy is shown. */
export interface Seen {
  sourceInTarget: Pose
  /** of the tracker, 0 (lost) to 1 (sure) */
  confidence: number
  /** the picture, and the object poses (camera frame) that belong to it; absent on a robot without a camera */
  view?: { rgbd: Rgbd; sourceInCamera: Pose; targetInCamera: Pose }
}

export interface Predictor {
  /** whether {@link predict} needs a `view` */
  readonly needsView: boolean
  /** time between the poses of a chunk, s */
  readonly poseInterval: number
  /** poses of a chunk that should be executed before the next is planned (Ta) */
  readonly actionHorizon: number
  /** Begins an episode; `seed` decides everything random in it. */
  begin(seed: number): void
  /**
   * A chunk of poses of the source in the target frame for what was observed: element k is meant for
   * `(k + 1) · poseInterval` after the observation.
   */
  predict(seen: Seen): Promise<Pose[]>
}
