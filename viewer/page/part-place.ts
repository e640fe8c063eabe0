// Where the part is, seen from the receptacle.
import { quatToRotationVector, relative, type Vec3 } from '../../geometry/index.ts'
import type { StateFrame } from '../protocol/state-frame.ts'

/** Of the part's tip in the target frame. */
export interface PartPlace {
  /** over the mouth, m */
  height: number
  /** beside the axis of insertion, m: `x` and `y`, and how far that is */
  x: number
  y: number
  offset: number
  /** rotation vector, rad */
  turned: Vec3
}

export function placeOf({ sourceInBase, targetInBase }: Pick<StateFrame, 'sourceInBase' | 'targetInBase'>): PartPlace {
  const { position, orientation } = relative(targetInBase, sourceInBase)
  const [x, y, height] = position
  return { height, x, y, offset: Math.hypot(x, y), turned: quatToRotationVector(orientation) }
}
