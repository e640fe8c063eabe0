// Pairs for hand–eye calibration out of a continuous recording: one for each time that the arm stood still.
//
// While the arm moves, the tracker's pose is older than the arm's, and the two do not belong together. Where it rests they
// do, and the mean over the rest is quieter than one frame.
import { type Pose, poseDistance } from '../geometry/index.ts'
import { meanPose } from './hand-eye-closed-form.ts'
import type { HandEyePair } from './hand-eye-loop.ts'

/** What was seen at one moment of a recording. */
export interface HandEyeMoment extends HandEyePair {
  /** s */
  readonly stamp: number
}

/** The pair of one rest: means of its poses. */
export interface RestPair extends HandEyePair {
  /** the rest's last moment, s */
  readonly stamp: number
  /** how many moments the means are of */
  readonly moments: number
}

interface Distance {
  /** m */
  readonly translation: number
  /** rad */
  readonly rotation: number
}

const DEGREE = Math.PI / 180

/** An arm that stays within this stands still. */
const STILL: Distance = { translation: 5e-4, rotation: 0.1 * DEGREE }
/** It rests when it does so for this long, s … */
const LEAST_REST = 0.3
/** … of which the beginning is left to the tracker to catch up, s. */
const SETTLE = 0.15
/** A rest no further from an earlier one is that place again, and would only count it twice. */
const SAME_PLACE: Distance = { translation: 2e-3, rotation: 1 * DEGREE }

/** Of moments in the order of their stamps. */
export function pairsAtRest(moments: readonly HandEyeMoment[]): RestPair[] {
  const pairs: RestPair[] = []
  for (let first = 0; first < moments.length; ) {
    const rest = restFrom(moments, first)
    first += rest.length
    const pair = pairOf(rest)
    if (pair && !pairs.some((other) => isWithin(pair.eeInBase, other.eeInBase, SAME_PLACE))) pairs.push(pair)
  }
  return pairs
}

/** The moments from `first` on for which the arm stays where it is then; at least that one. */
function restFrom(moments: readonly HandEyeMoment[], first: number): HandEyeMoment[] {
  const start = moments[first] as HandEyeMoment
  let end = first + 1
  for (let next = moments[end]; next && isWithin(next.eeInBase, start.eeInBase, STILL); next = moments[end]) end++
  return moments.slice(first, end)
}

/** Undefined if the arm did not stay for long enough. */
function pairOf(rest: readonly HandEyeMoment[]): RestPair | undefined {
  const [start, last] = [rest[0], rest.at(-1)]
  if (!start || !last || last.stamp - start.stamp < LEAST_REST) return undefined
  const settled = rest.filter(({ stamp }) => stamp >= start.stamp + SETTLE)
  return {
    stamp: last.stamp,
    moments: settled.length,
    markerInCamera: meanPose(settled.map(({ markerInCamera }) => markerInCamera)),
    eeInBase: meanPose(settled.map(({ eeInBase }) => eeInBase)),
  }
}

function isWithin(a: Pose, b: Pose, most: Distance): boolean {
  const { translation, rotation } = poseDistance(a, b)
  return translation <= most.translation && rotation <= most.rotation
}
