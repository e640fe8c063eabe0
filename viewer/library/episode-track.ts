// A recorded episode as the page plays it back.
import { basename } from 'node:path'
import { type Episode, EpisodeError, type Frame, type Wrench } from '../../demos/index.ts'
import { compose, type Pose, relative, type Vec3 } from '../../geometry/index.ts'
import type { EpisodeTrack } from '../protocol/track.ts'

/** At the start nothing is touched yet: the mean of this long is what the sensor feels at rest, s. */
const RESTING = 0.2

/** `dataset`: its id, for the title. Throws an EpisodeError for an episode without frames. */
export function episodeTrack({ path, metadata, frames, outcome }: Episode, dataset: string): EpisodeTrack {
  const first = frames[0]
  if (!first) throw new EpisodeError(`${path}: the episode has no frame to show`)
  const { task, clearanceMm, chamferMm } = metadata
  return {
    title: `${dataset} ${basename(path, '.mcap')}`,
    task,
    clearanceMm,
    chamferMm,
    stamps: frames.map(({ stamp }) => stamp - first.stamp),
    sourceInTarget: frames.map(sourceInTarget),
    targetInBase: compose(first.cameraInBase, first.targetInCamera),
    eeInSource: relative(compose(first.cameraInBase, first.sourceInCamera), first.eeInBase),
    forces: contactForces(frames),
    chunks: [],
    gates: [],
    outcome: outcome ?? null,
  }
}

export const sourceInTarget = ({ targetInCamera, sourceInCamera }: Frame): Pose =>
  relative(targetInCamera, sourceInCamera)

/**
 * Size of the force less what is felt at rest, N, for each frame; a frame without a wrench repeats the one before. Empty
 * when there is none at all.
 */
export function contactForces(frames: readonly Frame[]): number[] {
  const begin = frames[0]?.stamp ?? 0
  const felt = frames.flatMap(({ stamp, wrench }) => (wrench ? [{ stamp, force: wrench.force }] : []))
  if (felt.length === 0) return []
  const early = felt.filter(({ stamp }) => stamp - begin <= RESTING)
  const offset = mean((early.length > 0 ? early : felt.slice(0, 1)).map(({ force }) => force))
  let last = 0
  return frames.map(({ wrench }) => {
    if (wrench) last = size(wrench.force, offset)
    return last
  })
}

const size = (force: Wrench['force'], offset: Vec3): number =>
  Math.hypot(force[0] - offset[0], force[1] - offset[1], force[2] - offset[2])

function mean(forces: readonly Wrench['force'][]): Vec3 {
  const along = (k: 0 | 1 | 2) => forces.reduce((sum, force) => sum + force[k], 0) / forces.length
  return [along(0), along(1), along(2)]
}
