// What is seen of the hand: a parallel gripper whose fingers hold the part by its upper end. For pictures only.
import { BoxGeometry, Mesh } from 'three'
import { makePose } from '../../geometry/index.ts'
import { TIP_BELOW_HAND } from '../scenario.ts'
import { extent } from '../solids.ts'
import type { Fit, Task } from '../tasks/index.ts'
import { makeMaterial } from './finish.ts'
import type { HandLook } from './look.ts'
import { merge, placed, uprightCylinder } from './solid-geometry.ts'
import { wrapTexture } from './textures.ts'

/** A small gripper at size 1, m. */
const FINGER = { width: 0.012, thickness: 0.008 }
const PALM = { width: 0.034, height: 0.03, gap: 0.014 }
const WRIST = { radius: 0.024, length: 0.16 }

/** In the end effector's frame: z along the part to its tip, fingers to both sides along y. */
export function makeHand(task: Task, fit: Fit, { color, size, grip }: HandLook): Mesh {
  const source = task.source(fit)
  const partEnd = extent(source).high[2]
  // What is shorter than its travel, like a gear on a shaft, has nothing left outside: it is held by its side.
  const gripped = grip * (partEnd > task.depth ? partEnd - task.depth : partEnd)
  // How wide the part is where the fingers hold it: a bolt's shank, not its head.
  const { low, high } = extent(source.filter((solid) => extent([solid]).high[2] > partEnd - gripped))
  const partTop = TIP_BELOW_HAND - partEnd
  const palmBottom = partTop - PALM.gap
  const fingertip = partTop + gripped
  const thickness = FINGER.thickness * size
  const box = (x: number, y: number, z: number, centreY: number, centreZ: number) =>
    placed(new BoxGeometry(x, y, z), makePose([0, centreY, centreZ]))
  const finger = (inside: number, side: 1 | -1) =>
    box(
      FINGER.width * size,
      thickness,
      fingertip - palmBottom,
      inside + (side * thickness) / 2,
      (fingertip + palmBottom) / 2,
    )
  // The end effector's y is the part's −y: they face each other.
  const fingers = [finger(-low[1], 1), finger(-high[1], -1)]
  const palmDepth = high[1] - low[1] + 3 * thickness
  const palm = box(PALM.width * size, palmDepth, PALM.height, -(low[1] + high[1]) / 2, palmBottom - PALM.height / 2)
  const wrist = placed(
    uprightCylinder(WRIST.radius * size, WRIST.radius * size, WRIST.length),
    makePose([0, 0, palmBottom - PALM.height - WRIST.length / 2]),
  )
  const geometry = wrapTexture(merge([...fingers, palm, wrist]), 0.05)
  return new Mesh(geometry, makeMaterial({ color, shine: 0.1 }, { shine: 0 }))
}
