// The port between a policy and the controller that executes it.
import type { Pose } from '../geometry/index.ts'

export interface Predictor {
  /** time between the poses of a chunk, s */
  readonly poseInterval: number
  /** poses of a chunk that should be executed before the next is planned (Ta) */
  readonly actionHorizon: number
  /** Begins an episode; `seed` decides everything random in it. */
  begin(seed: number): void
  /**
   * A chunk of poses of the source in the target frame for an observed one: element k is meant for
   * `(k + 1) · poseInterval` after the observation.
   */
  predict(sourceInTarget: Pose): Promise<Pose[]>
}
