// Whether the part is seated, or stuck: told from its pose, from what pushes back, and from there being no progress.
//
//              pushes back, no progress                      pushes back, no progress, as deep as the goal
//   free ──────────────────────────────► stuck      free ──────────────────────────────────────────────► seated
//     ◄───── progress, or nothing pushes ──┘          ◄───────────────── lifted out of the goal ───────────┘
//
// A pose alone cannot tell: a tracker may be millimetres off, and a part that is as deep as the goal may be on its way. The
// floor can: it pushes back, and the part goes no further. Both have to last, so that a knock or a pause is no seat, and
// what was decided is not undone by noise. By a tracker that is off along the axis the plan ends just under the floor, and
// leans on it: what is felt less counts after longer.
import type { Pose } from '../geometry/index.ts'

export interface SeatOptions {
  /** the part in the target frame when it is seated: insertion goes along −z */
  goal: Pose
  /** as deep as the goal counts what is this close to it, m; more than a tracker's error along the axis */
  depthTolerance: number
  /** and what is further out than this again is no longer seated, m */
  hysteresis: number
  /** at least this much pushes back, N … */
  push: number
  /** … or, for a robot that feels nothing, the command is at least this far ahead of the part, m */
  lead: number
  /** no progress: less than this deeper (m) within this time (s) */
  progress: number
  within: number
  /** as deep as the goal, this share of `push` or `lead` is enough when it lasts for so long without progress, s */
  lightShare: number
  lightWithin: number
}

export const DEFAULT_SEAT: Omit<SeatOptions, 'goal'> = {
  depthTolerance: 2.5e-3,
  hysteresis: 1e-3,
  push: 1,
  lead: 1.5e-3,
  progress: 2e-4,
  within: 0.6,
  lightShare: 0.4,
  lightWithin: 2,
}

export type SeatPhase = 'free' | 'stuck' | 'seated'

export interface Felt {
  /** s */
  time: number
  /** height of the part over the mouth, m: z of sourceInTarget, as believed */
  height: number
  /** what pushes the part out, N: z of the contact force in the target frame; undefined for a robot that feels nothing */
  push: number | undefined
  /** how far below the part the command is, m */
  lead: number
}

/** A standstill against something, by how hard it is pushed back. */
interface Standstill {
  /** smoothed, of what is enough */
  resistance: number
  /** the lowest that the part has been when there was progress, and when, s */
  lowest: number
  since: number
}

export interface SeatState {
  phase: SeatPhase
  firm: Standstill
  light: Standstill
  /** of the last update, s */
  time: number
}

export function beginSeat({ time, height }: Pick<Felt, 'time' | 'height'>): SeatState {
  const begin = { resistance: 0, lowest: height, since: time }
  return { phase: 'free', firm: begin, light: begin, time }
}

/** Time constants with which a firm push and a light one are believed, s: the light one is not far above a sensor's noise. */
const SMOOTH = { firm: 0.15, light: 1 }

/** The state after what was felt. */
export function updateSeat(state: SeatState, felt: Felt, options: SeatOptions): SeatState {
  const { time, height, push, lead } = felt
  const elapsed = Math.max(0, time - state.time)
  const resisting = push === undefined ? lead / options.lead : push / options.push
  const standing = (before: Standstill, smooth: number, enough: number): Standstill => {
    const resistance = before.resistance + (resisting - before.resistance) * (1 - Math.exp(-elapsed / smooth))
    const moved = before.lowest - height
    // Lifted off, it may get stuck at the same place again.
    const isProgress = moved > options.progress || moved < -options.hysteresis || resistance < enough
    return isProgress ? { resistance, lowest: height, since: time } : { ...before, resistance }
  }
  // Once it is felt it is felt until half of it is gone.
  const firm = standing(state.firm, SMOOTH.firm, state.phase === 'free' ? 1 : 0.5)
  const light = standing(state.light, SMOOTH.light, options.lightShare)
  const next = { ...state, firm, light, time }
  const over = height - options.goal.position[2]
  if (state.phase === 'seated') {
    const isIn = over <= options.depthTolerance + options.hysteresis
    return isIn ? next : { ...next, phase: 'free' }
  }
  const isStill = time - firm.since >= options.within
  const leans = time - light.since >= options.lightWithin
  if (over <= options.depthTolerance) return { ...next, phase: isStill || leans ? 'seated' : 'free' }
  return { ...next, phase: isStill ? 'stuck' : 'free' }
}
