// An episode as the page plays it back: recorded, or simulated again from its seed.
import type { Pose } from '../../geometry/index.ts'
import type { Failure } from '../../sim/judge.ts'

/** Plain data; one entry a frame in each list. */
export interface EpisodeTrack {
  title: string
  task: string
  clearanceMm: number
  chamferMm: number
  /** s, from 0 */
  stamps: number[]
  sourceInTarget: Pose[]
  targetInBase: Pose
  eeInSource: Pose
  /** size of the contact force, N; empty where nobody felt it */
  forces: number[]
  /** what the policy planned, source in target */
  chunks: PlannedChunk[]
  /** of a policy that sees, at each chunk */
  gates: { stamp: number; low: number; mean: number; high: number }[]
  outcome: { seated: boolean; reason: string; seatSeconds: number | null; peakForceN: number } | null
}

export interface PlannedChunk {
  /** of the first pose, s on the same clock as the stamps */
  stamp: number
  /** between poses, s */
  interval: number
  poses: Pose[]
}

/** An episode of an evaluation. */
export interface EvaluatedEpisode {
  index: number
  seated: boolean
  seatSeconds: number | null
  peakForceN: number
  failure: Failure | null
}
