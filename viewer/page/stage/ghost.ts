// What the policy plans: pale copies of the part where it is to be, and the way of its tip between them.
import { Group, Mesh, MeshLambertMaterial } from 'three'
import { type Pose, poseDistance, type Vec3 } from '../../../geometry/index.ts'
import type { PlannedChunk } from '../../protocol/track.ts'
import { COLOURS } from './colours.ts'
import { makeThickLines } from './thick-lines.ts'

export interface Ghost {
  /** hangs in the target frame */
  object: Group
  /** What of the plan is still to come at `time`, s. */
  show(chunk: PlannedChunk | undefined, time: number): void
}

const COPIES = 5
/** Longer plans are drawn up to here. */
const MOST_POSES = 64
/** A plan that was due this long ago is of no interest, s. */
const STALE = 0.3

export function makeGhost(source: Mesh): Ghost {
  const object = new Group()
  const copies = Array.from({ length: COPIES }, (_, i) => makeCopy(source, 0.34 - (0.24 * i) / (COPIES - 1)))
  const way = makeThickLines(MOST_POSES, { color: COLOURS.plan, width: 2.5, opacity: 0.85, throughMatter: true })
  way.object.renderOrder = 12
  object.add(...copies, way.object)
  object.visible = false
  return {
    object,
    show(chunk, time) {
      const poses = chunk ? posesToCome(chunk, time) : []
      object.visible = poses.length > 0
      if (poses.length === 0) return
      const shown = spread(apart(poses), COPIES)
      for (const [i, copy] of copies.entries()) placeCopy(copy, shown[i])
      for (let i = 1; i < poses.length; i++) {
        way.setPiece(i - 1, (poses[i - 1] as Pose).position as Vec3, (poses[i] as Pose).position as Vec3)
      }
      way.setCount(poses.length - 1)
    },
  }
}

/** Poses whose time has not passed; none of a plan that is over. The last stays a moment longer. */
export function posesToCome({ stamp, interval, poses }: PlannedChunk, time: number): readonly Pose[] {
  const due = stamp + interval * (poses.length - 1)
  if (time > due + STALE) return []
  const first = interval > 0 ? Math.ceil((time - stamp) / interval - 1e-6) : 0
  return poses.slice(Math.max(0, Math.min(first, poses.length - 1)), Math.max(0, first) + MOST_POSES)
}

/** Copies nearer to one another than this would only be a blur, m and rad. */
const APART = { translation: 1.5e-3, rotation: 0.05 }

/** The last, and before it those that differ from the ones kept. */
export function apart(poses: readonly Pose[]): Pose[] {
  const kept: Pose[] = []
  for (const pose of poses.toReversed()) {
    const next = kept[0]
    const { translation, rotation } = next ? poseDistance(next, pose) : { translation: 1, rotation: 0 }
    if (translation >= APART.translation || rotation >= APART.rotation) kept.unshift(pose)
  }
  return kept
}

/** `count` of them, evenly over the whole, the last among them; fewer when there are fewer. */
export function spread<T>(all: readonly T[], count: number): T[] {
  const n = Math.min(count, all.length)
  return Array.from({ length: n }, (_, i) => all[Math.ceil(((i + 1) * all.length) / n) - 1] as T)
}

function makeCopy(source: Mesh, opacity: number): Mesh {
  const material = new MeshLambertMaterial({
    color: COLOURS.plan,
    emissive: COLOURS.plan,
    emissiveIntensity: 0.25,
    transparent: true,
    opacity,
    depthWrite: false,
    // Where it is already, the part itself is seen.
    polygonOffset: true,
    polygonOffsetFactor: 1,
    polygonOffsetUnits: 8,
  })
  const copy = new Mesh(source.geometry, material)
  copy.renderOrder = 10
  return copy
}

function placeCopy(copy: Mesh, pose: Pose | undefined): void {
  copy.visible = pose !== undefined
  if (!pose) return
  copy.position.set(...pose.position)
  copy.quaternion.set(...pose.orientation)
}
