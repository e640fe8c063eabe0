// How closely a run looks at the insertion: always for the seat, and for what to do about a stuck part when asked.
import { DEFAULT_SEAT, type FitSize, type InsertionOptions, recoveryFor } from '../../control/index.ts'
import type { Limits } from '../../control/limits.ts'
import type { Pose } from '../../geometry/index.ts'

export interface RecoveryChoice {
  retry?: number
  spiral?: boolean
}

/** Below the force at which the governor backs off, a search neither goes on nor presses. */
const FORCE_SHARE = 0.8

/** A search or a withdrawal is no faster than the arm near the target, and presses less than makes the governor act. */
export function insertionFor(
  goal: Pose,
  choice: RecoveryChoice,
  fit: FitSize,
  { contactZone, force }: Pick<Limits, 'contactZone' | 'force'>,
): InsertionOptions {
  const seat = { ...DEFAULT_SEAT, goal }
  const recovery = recoveryFor(choice, fit)
  if (!recovery) return { seat }
  const { search, withdraw } = recovery
  const slow = <T extends { speed: number }>(way: T): T => ({
    ...way,
    speed: Math.min(way.speed, contactZone.speed),
  })
  return {
    seat,
    recovery: {
      ...recovery,
      withdraw: slow(withdraw),
      search: search && { ...slow(search), most: Math.min(search.most, FORCE_SHARE * force) },
    },
  }
}
