// Whether two states look different: an arm at rest is not drawn again 60 times a second.
import type { Pose } from '../../../geometry/index.ts'
import type { StateFrame } from '../../protocol/state-frame.ts'

/** Nobody sees less: m, in a quaternion, and N. */
const LEAST = { position: 2e-6, orientation: 2e-5, force: 0.04 }

type Seen = Pick<
  StateFrame,
  'sourceInBase' | 'targetInBase' | 'eeInBase' | 'contacts' | 'wrench' | 'trackedSourceInTarget'
>

export function looksDifferent(a: Seen | undefined, b: Seen): boolean {
  if (!a) return true
  return (
    moved(a.sourceInBase, b.sourceInBase) ||
    moved(a.targetInBase, b.targetInBase) ||
    moved(a.eeInBase, b.eeInBase) ||
    forcesDiffer(a, b)
  )
}

export function moved(a: Pose, b: Pose): boolean {
  return differ(a.position, b.position, LEAST.position) || differ(a.orientation, b.orientation, LEAST.orientation)
}

function forcesDiffer(a: Seen, b: Seen): boolean {
  if (a.contacts.length !== b.contacts.length) return true
  if (a.contacts.length > 0) {
    return a.contacts.some((contact, i) => {
      const other = b.contacts[i]
      return !other || differ(contact.position, other.position, 1e-4) || differ(contact.force, other.force, LEAST.force)
    })
  }
  if (!a.wrench || !b.wrench) return a.wrench !== b.wrench
  return differ(a.wrench.force, b.wrench.force, LEAST.force)
}

function differ(a: readonly number[], b: readonly number[], least: number): boolean {
  for (let i = 0; i < a.length; i++) if (Math.abs((a[i] as number) - (b[i] as number)) > least) return true
  return false
}
