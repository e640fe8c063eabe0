// The judge: knows the truth, and says how an episode ended.
import type { Pose } from '../geometry/index.ts'
import type { Task } from './tasks/index.ts'

/** Seated: the tip within this of full depth, m. */
const DEPTH_TOLERANCE = 1e-3
/** and this close to the axis, m: a part beside the receptacle is deep as well */
const LATERAL_TOLERANCE = 2e-3
/** Net contact force that fails an episode, N. */
export const FORCE_LIMIT = 60
/** s */
export const TIME_LIMIT = 20
/** An episode that ends within this of the mouth (m) is blocked there; deeper it is jammed, elsewhere it never came. */
const MOUTH = { above: 2e-3, below: 1.5e-3, beside: 6e-3 }
/** Object poses lost for this long at the end mean that the episode failed for want of sight, s. */
const BLIND_FOR = 1

export const FAILURES = [
  'blocked at the mouth',
  'jammed',
  'too much force',
  'lost from sight',
  'never reached the mouth',
] as const
export type Failure = (typeof FAILURES)[number]

export interface Verdict {
  seated: boolean
  /** s; null when it did not seat */
  seatSeconds: number | null
  failure: Failure | undefined
}

/** The tip at full depth on the axis. */
export function isSeated(task: Task, sourceInTarget: Pose): boolean {
  const [x, y, z] = sourceInTarget.position
  return z <= DEPTH_TOLERANCE - task.depth && Math.hypot(x, y) <= LATERAL_TOLERANCE
}

/** The verdict once an episode is over by itself, else undefined. `lastSeen`: stamp of the last object pose, s. */
export function judge(
  task: Task,
  {
    sourceInTarget,
    peakForce,
    time,
    lastSeen,
  }: { sourceInTarget: Pose; peakForce: number; time: number; lastSeen: number },
): Verdict | undefined {
  if (peakForce > FORCE_LIMIT) return { seated: false, seatSeconds: null, failure: 'too much force' }
  if (time <= TIME_LIMIT && isSeated(task, sourceInTarget))
    return { seated: true, seatSeconds: time, failure: undefined }
  if (time < TIME_LIMIT) return undefined
  if (time - lastSeen > BLIND_FOR) return { seated: false, seatSeconds: null, failure: 'lost from sight' }
  const [x, y, height] = sourceInTarget.position
  const came = height <= MOUTH.above && Math.hypot(x, y) <= MOUTH.beside
  const failure = !came ? 'never reached the mouth' : height > -MOUTH.below ? 'blocked at the mouth' : 'jammed'
  return { seated: false, seatSeconds: null, failure }
}
