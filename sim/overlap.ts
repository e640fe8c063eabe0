// How deep two parts are in each other, as MuJoCo's constraints tell.
import type { MjData } from '@mujoco/mujoco'

/** Deepest overlap in the data's contacts, m; 0 when nothing touches. `contactType`: of an elliptic contact's rows. */
export function deepestOverlap(data: MjData, contactType: number): number {
  const count = data.nefc
  if (count === 0) return 0
  // data.contact copies the whole list; an elliptic contact's first constraint row holds its distance.
  const distances: Float64Array = data.efc_pos
  const types: Int32Array = data.efc_type
  let deepest = 0
  for (let row = 0; row < count; row++) {
    if (types[row] !== contactType) continue
    deepest = Math.max(deepest, -(distances[row] as number))
    row += 2
  }
  return deepest
}
