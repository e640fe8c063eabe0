// The seam in front of every robot: the simulator and a real arm look the same from here.
import type { Pose, Rgbd, Vec3 } from '../geometry/index.ts'
import type { TrackedPose } from '../perception/index.ts'

/** Force (N) and torque (N·m) on the held part, at the end effector's origin and in its frame. */
export interface Wrench {
  force: Vec3
  torque: Vec3
}

/** The newest consistent snapshot: everything in it belongs to `stamp`, but for object poses that were lost since. */
export interface Observation {
  /** s, on the robot's clock */
  stamp: number
  source: TrackedPose
  target: TrackedPose
  eeInBase: Pose
  wrench?: Wrench
  /**
   * A robot without a camera has none. It is made when it is first read, by a simulator's renderer or by a copy, and does
   * not change then. A live robot keeps pictures that nobody has read for some 0.1 s; read later, it throws an Error.
   */
  readonly rgbd?: Rgbd
  /** when the picture was taken, s; left out, it is of the moment `stamp` */
  readonly pictureStamp?: number
}

export interface PoseCommand {
  eeInBase: Pose
  /** m */
  gripperWidth?: number
  /** m/s and rad/s; an arm that is told velocities, and may lag behind, is told none that is faster */
  speed?: number | undefined
  angularSpeed?: number | undefined
}

export interface Robot {
  /** fixed camera; from hand–eye calibration on a real arm */
  readonly cameraInBase: Pose
  observe(): Promise<Observation>
  /**
   * Where the end effector was at a moment of the recent past, s; undefined when that is not known. For robots whose
   * tracker and joints do not speak at the same moments: only so can the one be told in terms of the other.
   */
  eeAt?(time: number): Pose | undefined
  command(target: PoseCommand): Promise<void>
  /** Holds still now; may be called twice. */
  stop(reason: string): Promise<void>
}

/** Time as the robot lives it: a simulator advances when it is waited for, a real one passes by itself. */
export interface Clock {
  /** s */
  now(): number
  /** Returns at `time`, or at once when that has passed. */
  sleepUntil(time: number): Promise<void>
}
