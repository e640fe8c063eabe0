// What the guard node says of itself: JSON in a std_msgs/String, 20 times a second and at each change.
import { Field } from './message-field.ts'
import { decodeString } from './messages.ts'

export const GUARD_STATES = ['idle', 'armed', 'holding', 'stopped'] as const

export interface GuardState {
  state: (typeof GUARD_STATES)[number]
  reason: string
  /** commands let through, and not, since the guard started */
  accepted: number
  rejected: number
}

/** Throws a RangeError for what no guard says. */
export function decodeGuardState(message: unknown): GuardState {
  const field = new Field('state of the guard', parse(decodeString(message)))
  const state = GUARD_STATES.find((name) => name === field.get('state').value)
  return {
    state: state ?? field.get('state').fail(GUARD_STATES.join(', ')),
    reason: field.get('reason').string(),
    accepted: field.get('accepted').count(),
    rejected: field.get('rejected').count(),
  }
}

/** Whether the guard saw commands of two publishers. */
export const tellsOfTwoMasters = ({ reason }: GuardState): boolean => reason.startsWith('two masters')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not an object: reading a field says so, with the text.
    return text
  }
}
