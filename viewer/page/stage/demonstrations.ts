// Demonstrated ways of the tip, thin and many, in the target frame.
import { Group } from 'three'
import type { Vec3 } from '../../../geometry/index.ts'
import { COLOURS } from './colours.ts'
import { release } from './release.ts'
import { makeThickLines } from './thick-lines.ts'

export interface Demonstrations {
  /** hangs in the target frame */
  object: Group
  set(paths: readonly (readonly Readonly<Vec3>[])[]): void
}

/** Points nearer to the last than this are left out, m. */
const STEP = 1e-3

export function makeDemonstrations(): Demonstrations {
  const object = new Group()
  return {
    object,
    set(paths) {
      release(object)
      object.clear()
      const thinned = paths.map(thin)
      const pieces = thinned.reduce((sum, path) => sum + Math.max(0, path.length - 1), 0)
      if (pieces === 0) return
      const lines = makeThickLines(pieces, { color: COLOURS.demonstrations, width: 1.25, opacity: 0.55 })
      let next = 0
      for (const path of thinned) {
        for (let i = 1; i < path.length; i++) lines.setPiece(next++, path[i - 1] as Vec3, path[i] as Vec3)
      }
      lines.setCount(pieces)
      object.add(lines.object)
    },
  }
}

/** Ends stay where they are. */
export function thin(path: readonly Readonly<Vec3>[], step = STEP): readonly Readonly<Vec3>[] {
  const kept: Readonly<Vec3>[] = []
  for (const [i, point] of path.entries()) {
    const last = kept.at(-1)
    const far = !last || Math.hypot(point[0] - last[0], point[1] - last[1], point[2] - last[2]) >= step
    if (far || i === path.length - 1) kept.push(point)
  }
  return kept
}
