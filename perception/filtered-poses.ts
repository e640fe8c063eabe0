// A pose source whose reports were looked at before they are passed on.
import { PoseGate, type PoseGateConfig } from './pose-gate.ts'
import type { ObjectPoses, PoseSource } from './pose-source.ts'

export interface FilteredOptions {
  /** the clock of the stamps, s: poses age even when no new ones come */
  now: () => number
  gate?: Partial<PoseGateConfig>
}

/**
 * `source` without NaN and outliers. While nothing believable arrives, the last believed pose is held
 * with its stamp, and its confidence fades. Ask at least as often as the tracker reports: what came and went between two
 * questions is not seen.
 */
export function filtered(source: PoseSource, { now, gate = {} }: FilteredOptions): PoseSource {
  const gates = { source: new PoseGate(gate), target: new PoseGate(gate) }
  return {
    latest(): ObjectPoses | undefined {
      const time = now()
      const reported = source.latest()
      if (reported) {
        gates.source.update(reported.source, time)
        gates.target.update(reported.target, time)
      }
      const [tracked, target] = [gates.source.latest(time), gates.target.latest(time)]
      return tracked && target && { source: tracked, target }
    },
  }
}
