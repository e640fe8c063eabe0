// The force to show: what the contacts do to the held part together, or what the wrist feels when contacts are not known.
import { type Pose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import type { Contact, StateFrame } from '../../protocol/state-frame.ts'

/** Base frame. */
export interface ForceSeen {
  /** m */
  at: Vec3
  /** N */
  force: Vec3
}

/** Less is noise, N: a wrist's sensor is off by half of one. */
const LEAST_FELT = 1.5
/** Less is rounding, N. */
const LEAST_TOUCH = 0.05

export function totalForce(
  { contacts, wrench, eeInBase }: Pick<StateFrame, 'contacts' | 'wrench' | 'eeInBase'>,
  sourceInBase: Pose,
): ForceSeen | undefined {
  if (contacts.length > 0) return ofContacts(contacts)
  if (!wrench || Math.hypot(...wrench.force) < LEAST_FELT) return undefined
  return { at: [...sourceInBase.position], force: rotateVector(eeInBase.orientation, wrench.force) }
}

/** Acts where the contacts are, on average; the harder one counts for more. */
function ofContacts(contacts: readonly Contact[]): ForceSeen | undefined {
  const force: Vec3 = [0, 0, 0]
  const at: Vec3 = [0, 0, 0]
  let weights = 0
  for (const contact of contacts) {
    const weight = Math.hypot(...contact.force)
    weights += weight
    for (const i of [0, 1, 2] as const) {
      force[i] += contact.force[i]
      at[i] += weight * contact.position[i]
    }
  }
  if (weights === 0 || Math.hypot(...force) < LEAST_TOUCH) return undefined
  return { at: [at[0] / weights, at[1] / weights, at[2] / weights], force }
}
