// How closely a run looks at the insertion: always for the seat, and for what to do about a stuck part when asked.
import { DEFAULT_SEAT, type FitSize, type InsertionOptions, recoveryFor } from '../../control/index.ts'
import type { Pose } from '../../geometry/index.ts'

export interface RecoveryChoice {
  retry?: number
  spiral?: boolean
}

export function insertionFor(goal: Pose, choice: RecoveryChoice, fit: FitSize): InsertionOptions {
  const recovery = recoveryFor(choice, fit)
  return { seat: { ...DEFAULT_SEAT, goal }, ...(recovery && { recovery }) }
}
