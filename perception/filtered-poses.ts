// A pose source whose reports were looked at before they are passed on.
import { PoseGate, type PoseGateConfig } from './pose-gate.ts'
import type { ObjectPoses, PoseSource } from './pose-source.ts'

export interface FilteredOptions {
  /** the clock of the stamps, s: poses age even when no new ones come */
  now: () => number
  /** orders of symmetry about z, as for `nearestSymmetric`; none when left out */
  symmetry?: { source?: number; target?: number }
  gate?: Partial<PoseGateConfig>
}

/**
 * `source` without NaN, outliers and flips by a symmetry. While nothing believable arrives, the last believed pose is held
 * with its stamp, and its confidence fades. Ask at least as often as the tracker reports: what came and went between two
 * questions is not seen.
 */
export function filtered(source: PoseSource, { now, symmetry = {}, gate = {} }: FilteredOptions): PoseSource {
  const gates = { source: new PoseGate(gate, symmetry.source), target: new PoseGate(gate, symmetry.target) }
  return {
    latest(): ObjectPoses | undefined {
      const time = now()
      const reported = source.latest()
      if (reported) gates.target.update(reported.target, time)
      const target = gates.target.latest(time)
      // Seated, the source is not turned in the target: of its first, equivalent poses that is the one meant.
      if (reported) gates.source.update(reported.source, time, target?.pose)
      const tracked = gates.source.latest(time)
      return tracked && target && { source: tracked, target }
    },
  }
}
