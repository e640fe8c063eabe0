// The hand is seen through while it stands between the viewer and the parts.
import { type MeshLambertMaterial, Vector3 } from 'three'
import type { TaskScene } from '../../../sim/scene/index.ts'

/** From the hand's axis, rad: nearer than this the viewer looks along the arm. */
const ALONG = 0.6
const OPACITY = 0.16

const axis = new Vector3()
const toViewer = new Vector3()

/** Whether from `viewer` (base frame, m) the hand hides what it holds. */
export function handHides(scene: TaskScene, viewer: Vector3): boolean {
  axis.set(0, 0, -1).applyQuaternion(scene.hand.quaternion)
  toViewer.copy(viewer).sub(scene.source.position)
  return toViewer.angleTo(axis) < ALONG
}

export function seeThroughHand({ hand }: TaskScene, through: boolean): void {
  hand.traverse((object) => {
    const { material } = object as { material?: MeshLambertMaterial }
    if (!material || material.transparent === through) return
    material.transparent = through
    material.opacity = through ? OPACITY : 1
    material.depthWrite = !through
    // Or a program for what hides all behind it goes on being used.
    material.needsUpdate = true
  })
}
