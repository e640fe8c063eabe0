// How far from unit length a quaternion may be, and what is done about it.
import { normalizeQuat, type Quat } from '../geometry/index.ts'

/** A frame to be recorded comes from our own mathematics: more than this is a bug upstream. */
export const WRITE_TOLERANCE = 1e-6
/** A file may come from single-precision software elsewhere. */
export const READ_TOLERANCE = 1e-3

export const isUnit = (q: readonly number[], tolerance: number): boolean => Math.abs(Math.hypot(...q) - 1) <= tolerance

/** Unit length again, but bit for bit the same if it was so to rounding: what is recorded is what is read. */
export const renormalize = (q: Quat): Quat => (isUnit(q, 1e-12) ? q : normalizeQuat(q))
