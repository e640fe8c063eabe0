// What a task is: two parts, how they fit, what they look like, and where an episode may start.
import type { Vec3 } from '../../geometry/index.ts'
import type { Solid } from '../solids.ts'

/** Clearances offered by every task: diametral, in mm. */
export const CLEARANCES_MM = [1, 0.5, 0.1, 0.05, 0.02, 0.01] as const

export interface Fit {
  /** width of the opening minus width of the part, m */
  clearance: number
  /** height of the 45° lead-in on the part's tip and on the receptacle's mouth, m */
  chamfer: number
}

/**
 * Frames: the source frame sits at the middle of the part's tip, z pointing back along the part; the target frame at the
 * middle of the receptacle's mouth, z pointing out. Seated, sourceInTarget is `[0, 0, −depth]` without rotation.
 */
export interface Task {
  name: string
  summary: string
  /** travel of the tip from the mouth to the floor, m */
  depth: number
  /** in how many ways, turned about the axis of insertion, the part fits: 1, 2, 4, 6 …; Infinity when the fit is round */
  symmetry: number
  /** the largest lead-in that the parts have room for, m */
  maxChamfer: number
  /** where a tracker sees the part: the point in the source frame that rotation errors turn about, m */
  sourceCentre: Vec3
  /** the held part, in the source frame */
  source(fit: Fit): Solid[]
  /** the receptacle, in the target frame */
  target(fit: Fit): Solid[]
  appearance: { source: Finish; target: Finish }
  /** start of the source in the target frame, drawn uniformly in-distribution */
  start: StartRange
}

/** How a part looks in pictures. */
export interface Finish {
  /** sRGB, 0xRRGGBB */
  color: number
  /** from 0, matt, to 1, polished */
  shine: number
}

export interface StartRange {
  /** half range of x and y, m */
  lateral: number
  /** height of the tip over the mouth, m */
  height: readonly [low: number, high: number]
  /** half range of the rotation about x and y, rad */
  tilt: number
  /** half range of the rotation about z, rad */
  yaw: number
}

/** Where the parts of a task start unless it has a reason to differ. */
export const USUAL_START: StartRange = { lateral: 0.015, height: [0.03, 0.05], tilt: 0.14, yaw: 0.26 }
