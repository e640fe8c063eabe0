// The way that the tip went: the newest pieces of it, in a ring.
import type { Vec3 } from '../../../geometry/index.ts'
import { COLOURS } from './colours.ts'
import { makeThickLines, type ThickLines } from './thick-lines.ts'

export interface Trail {
  lines: ThickLines
  /** Goes on to `tip`; m, base frame. Says whether anything is new to see. */
  add(tip: Readonly<Vec3>): boolean
  clear(): void
}

/** Pieces that are kept: at 0.4 mm and more each, 0.8 m of way. */
const PIECES = 2000
/** A tip that moves less than this has not moved, m: at rest, noise would fill the ring. */
const STEP = 4e-4
/** No arm moves so far between two frames: another episode has begun, m. */
const LEAP = 0.03

export function makeTrail(pieces = PIECES): Trail {
  const lines = makeThickLines(pieces, { color: COLOURS.trail, width: 2.5, opacity: 0.9 })
  const last: Vec3 = [Number.NaN, 0, 0]
  let next = 0
  let count = 0
  const clear = () => {
    last[0] = Number.NaN
    next = count = 0
    lines.setCount(0)
  }
  clear()
  return {
    lines,
    clear,
    add(tip) {
      const step = Math.hypot(tip[0] - last[0], tip[1] - last[1], tip[2] - last[2])
      if (step < STEP) return false
      if (step > LEAP) clear()
      const begins = Number.isNaN(last[0])
      if (!begins) {
        lines.setPiece(next, last, tip)
        next = (next + 1) % pieces
        count = Math.min(pieces, count + 1)
        lines.setCount(count)
      }
      last[0] = tip[0]
      last[1] = tip[1]
      last[2] = tip[2]
      return !begins
    },
  }
}

/** The whole way of a recorded episode, drawn as far as it has been played. */
export function makePlayedTrail(tips: readonly Readonly<Vec3>[]): ThickLines {
  const lines = makeThickLines(tips.length - 1, { color: COLOURS.trail, width: 2.5, opacity: 0.9 })
  for (const [i, tip] of tips.entries()) if (i > 0) lines.setPiece(i - 1, tips[i - 1] as Vec3, tip)
  lines.setCount(0)
  return lines
}
