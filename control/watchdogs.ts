// What must be young: the observation, and the plan.
import type { Change } from './interventions.ts'
import type { Limits } from './limits.ts'

/** Clocks of two machines agree to this, s: a stamp further ahead is wrong. */
export const FUTURE = 0.01

/** Why the robot should hold at `now`, if it should; all in s. */
export function tooOld(
  { staleAfter, planStaleAfter }: Pick<Limits, 'staleAfter' | 'planStaleAfter'>,
  { observedAt, plannedAt, now }: { observedAt: number; plannedAt: number; now: number },
): Change | undefined {
  if (!isYoung(now - observedAt, staleAfter)) {
    return { kind: 'stale', message: `observation is ${(now - observedAt).toFixed(3)} s old, limit ${staleAfter} s` }
  }
  if (!isYoung(now - plannedAt, planStaleAfter)) {
    return { kind: 'plan', message: `plan is ${(now - plannedAt).toFixed(3)} s old, limit ${planStaleAfter} s` }
  }
  return undefined
}

/** Time running backwards is as bad as no news; NaN is neither young nor old. */
const isYoung = (age: number, limit: number): boolean => age >= -FUTURE && age <= limit
