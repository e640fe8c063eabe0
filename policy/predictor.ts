// The port between a policy and the controller that executes it.
import type { Pose, Rgbd } from '../geometry/index.ts'

/** What a policy is shown. */
export interface Seen {
  sourceInTarget: Pose
  /** of the tracker, 0 (lost) to 1 (sure) */
  confidence: number
  /** when it was seen, s on the robot's clock, for what plans by time; a policy does not */
  stamp?: number
  /** the picture, and the object poses (camera frame) that belong to it; absent on a robot without a camera */
  view?: { rgbd: Rgbd; sourceInCamera: Pose; targetInCamera: Pose }
}

/** What a policy made of the picture for its last chunk; for logs and plots. */
export interface Fusing {
  /** how much of the picture passed the gate, 0 to 1: one number per channel of the condition, or of the pose */
  gate?: Float32Array
  /** what would make the nine numbers of the observed pose those that the picture says */
  estimate?: Float32Array
  /** what was added to them, by a policy that corrects them */
  correction?: Float32Array
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
  /** What was planned before no longer holds, of the robot's place or its way: the next chunk does not go on from it. */
  forget?(): void
  /**
   * A chunk of poses of the source in the target frame for what was observed: element k is meant for
   * `(k + 1) · poseInterval` after the observation.
   */
  predict(seen: Seen): Promise<Pose[]>
  /** of the last chunk; undefined before the first one, and for a policy without pictures */
  readonly lastFusing?: Fusing | undefined
}
