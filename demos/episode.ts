// What an episode is: one demonstration, as frames, with what was known before it and how it ended.
import { z } from 'zod'
import type { Pose, Rgbd, Vec3 } from '../geometry/index.ts'

/** Version of the files, written into every episode and dataset.json. */
export const FORMAT_VERSION = 1

/** Names of the MCAP metadata records; each holds its JSON under the key `json`. */
export const EPISODE_RECORD = 'tenon.episode'
export const OUTCOME_RECORD = 'tenon.outcome'

/** Force and torque on the end effector, in its frame and at its origin. */
export interface Wrench {
  /** N */
  readonly force: Readonly<Vec3>
  /** N·m */
  readonly torque: Readonly<Vec3>
}

/** Everything that was seen at one moment. */
export interface Frame {
  /** s, since any moment before the first frame; kept to the nanosecond */
  readonly stamp: number
  readonly sourceInCamera: Pose
  readonly targetInCamera: Pose
  readonly eeInBase: Pose
  /** the same in every frame for a fixed camera, yet read from each */
  readonly cameraInBase: Pose
  /** where the end effector was told to go */
  readonly commandInBase?: Pose
  readonly wrench?: Wrench
  /** not every frame has a picture; one from a file is decoded when its `rgb` or `depth` is read */
  readonly rgbd?: Rgbd
}

/** One episode as read from disk. */
export interface Episode {
  readonly path: string
  readonly metadata: EpisodeMetadata
  readonly frames: readonly Frame[]
  /** undefined when the recording was not finished */
  readonly outcome: EpisodeOutcome | undefined
  /** what was lost, in words, when the file ends too early; undefined for a whole file */
  readonly dropped: string | undefined
}

/** What dataset.json and every episode in it say alike. */
export const recordingShape = {
  formatVersion: z.literal(FORMAT_VERSION),
  /** name of the task, as in `tenon record --task` */
  task: z.string().min(1),
  /** diametral clearance, mm */
  clearanceMm: z.number().positive(),
  /** chamfer on the part and on the receptacle, mm */
  chamferMm: z.number().nonnegative(),
  seed: z.int().nonnegative(),
  recordedFrom: z.enum(['expert', 'teleop', 'ros', 'policy']),
  /** name of the pose-noise preset that the recorded object poses went through */
  noise: z.string().min(1),
}

/** What is known when a recording starts. Unknown keys are refused. */
export const episodeMetadataSchema = z.strictObject({
  ...recordingShape,
  /** anything else worth keeping */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type EpisodeMetadata = z.infer<typeof episodeMetadataSchema>

/** What is known when a recording ends. Unknown keys are refused. */
export const episodeOutcomeSchema = z.strictObject({
  /** whether the part reached full depth */
  seated: z.boolean(),
  /** why the episode ended */
  reason: z.string(),
  /** s from the first frame to full depth; null if it was not reached */
  seatSeconds: z.number().nonnegative().nullable(),
  /**
   * N: in simulation the largest contact force until seated; at an arm the largest reading with a frame, or, where `run` drove,
   * the largest that its controller felt, less what hung on the sensor
   */
  peakForceN: z.number().nonnegative(),
})
export type EpisodeOutcome = z.infer<typeof episodeOutcomeSchema>
