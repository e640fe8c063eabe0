// The port behind which every tracker looks the same: a simulated one, a recording, a ROS topic.
//
// Trackers speak when they like; whoever asks gets the newest there is, at once, and judges its age by its stamp. Nothing
// queues up: an old pose is worth nothing once a newer one is there.
import type { Pose } from '../geometry/index.ts'

/** An object's pose as a tracker reports it. */
export interface TrackedPose {
  /** in the camera frame */
  pose: Pose
  /** when the picture was taken, s, on the robot's clock */
  stamp: number
  /** 0 (lost) to 1 */
  confidence: number
}

export interface ObjectPoses {
  source: TrackedPose
  target: TrackedPose
}

export interface PoseSource {
  /** The newest poses; undefined until both objects were seen once. Returns at once and does not throw. */
  latest(): ObjectPoses | undefined
}

/**
 * Keeps the last report on each object. A subscription to a topic calls {@link report} with each message, at any rate. It
 * is the last to arrive that counts, not the one of the latest stamp: a single wrong stamp from the future would shut out
 * all that follow. Whoever needs order asks through `filtered`.
 */
export class LatestPoses implements PoseSource {
  readonly #poses: Partial<ObjectPoses> = {}

  report(object: keyof ObjectPoses, tracked: TrackedPose): void {
    this.#poses[object] = tracked
  }

  latest(): ObjectPoses | undefined {
    const { source, target } = this.#poses
    return source && target && { source, target }
  }
}
