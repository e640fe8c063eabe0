// Where the part is, seen from the receptacle.
import { relative } from '../../geometry/index.ts'
import type { StateFrame } from '../protocol/state-frame.ts'

/** Of the part's tip: over the mouth, and beside the axis of insertion, m. */
export function depthAndOffset({ sourceInBase, targetInBase }: Pick<StateFrame, 'sourceInBase' | 'targetInBase'>): {
  height: number
  offset: number
} {
  const [x, y, z] = relative(targetInBase, sourceInBase).position
  return { height: z, offset: Math.hypot(x, y) }
}
