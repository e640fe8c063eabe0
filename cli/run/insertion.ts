// How closely a run looks at the insertion: always for the seat, and for what to do about a stuck part when asked.
import { DEFAULT_SEAT, DEFAULT_WITHDRAW, type InsertionOptions, searchFor } from '../../control/index.ts'
import type { Pose } from '../../geometry/index.ts'

export interface RecoveryChoice {
  retry?: number
  spiral?: boolean
}

/** `fit`: of the parts, m. */
export function insertionFor(
  goal: Pose,
  { retry = 0, spiral = false }: RecoveryChoice,
  fit: { clearance: number; chamfer: number },
): InsertionOptions {
  const seat = { ...DEFAULT_SEAT, goal }
  if (retry === 0 && !spiral) return { seat }
  return { seat, recovery: { retries: retry, search: spiral ? searchFor(fit) : null, withdraw: DEFAULT_WITHDRAW } }
}
