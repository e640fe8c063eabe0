// How deep two parts are in each other, as MuJoCo's constraints tell.
import type { MjData } from '@mujoco/mujoco'

/**
 * Deepest overlap in the data's contacts, m; 0 when nothing touches. `contactType`: of an elliptic contact's rows. Throws a
 * RangeError when the parts touch in more places than MuJoCo has memory for: it drops them all, and parts would sink
 * through each other.
 */
export function deepestOverlap(data: MjData, contactType: number): number {
  const count = data.nefc
  if (count === 0) {
    if (data.ncon > 0 && isOverlapping(data)) {
      throw new RangeError(
        `the parts touch in ${data.ncon} places at once, for which physics has no memory; let one solid carry where many rest`,
      )
    }
    return 0
  }
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

/** By the contacts themselves: those of a distance of exactly 0 make no constraint either. */
function isOverlapping(data: MjData): boolean {
  const contacts = data.contact
  let overlaps = false
  for (let i = 0; i < contacts.size() && !overlaps; i++) {
    const contact = contacts.get(i)
    overlaps = contact !== undefined && contact.dist < 0
    contact?.delete()
  }
  contacts.delete()
  return overlaps
}
