// Temporal ensembling: several chunks say where the part should be at a time; one pose comes out.
import { normalizeQuat, type Pose, poseAt, type Quat, type Track, type Vec3 } from '../geometry/index.ts'

/**
 * `new`: the newest chunk alone. `old`: the oldest that still reaches so far. `average`: all alike. `act`: weights
 * `exp(−k i)` from the oldest chunk on (Zhao et al., "Learning Fine-Grained Bimanual Manipulation", 2023). `hato`: the
 * same from the newest on (Lin et al., "Learning Visuotactile Skills with Two Multifingered Hands", 2024).
 */
export const ENSEMBLE_MODES = ['new', 'old', 'average', 'act', 'hato'] as const
export type EnsembleMode = (typeof ENSEMBLE_MODES)[number]

/** k of the exponential weights. */
const DECAY: Record<'act' | 'hato', number> = { act: 0.01, hato: 0.5 }

/** A planned chunk in time: where the part was when it was observed, then the predicted poses. */
export type Chunk = Track

export const endOf = ({ stamps }: Chunk): number => stamps.at(-1) ?? Number.NEGATIVE_INFINITY

/** `chunks` from the oldest to the newest; those that end before `time` do not count, unless all do. */
export function ensemble(chunks: readonly Chunk[], time: number, mode: EnsembleMode): Pose {
  const newest = chunks.at(-1)
  if (!newest) throw new RangeError('expected at least one chunk')
  const reaching = chunks.filter((chunk) => endOf(chunk) >= time)
  if (mode === 'new' || reaching.length === 0) return poseAt(newest, time)
  if (mode === 'old') return poseAt(reaching[0] as Chunk, time)
  const weights = reaching.map((_, i) => {
    if (mode === 'average') return 1
    return Math.exp(-DECAY[mode] * (mode === 'act' ? i : reaching.length - 1 - i))
  })
  return averagePose(
    reaching.map((chunk) => poseAt(chunk, time)),
    weights,
  )
}

/** Weighted mean of positions and, for orientations close together, of sign-aligned quaternions. */
export function averagePose(poses: readonly Pose[], weights: readonly number[]): Pose {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const reference = poses[0]?.orientation as Quat
  const position: Vec3 = [0, 0, 0]
  const orientation: Quat = [0, 0, 0, 0]
  for (const [i, pose] of poses.entries()) {
    const weight = (weights[i] as number) / total
    for (const axis of [0, 1, 2] as const) position[axis] += weight * pose.position[axis]
    const dot = pose.orientation.reduce((sum, value, j) => sum + value * (reference[j] as number), 0)
    const sign = dot < 0 ? -1 : 1
    for (const axis of [0, 1, 2, 3] as const) orientation[axis] += sign * weight * pose.orientation[axis]
  }
  return { position, orientation: normalizeQuat(orientation) }
}
