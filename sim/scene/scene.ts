// A task as a three.js scene, built from the very solids that the physics is built from. Metres, z up, base frame.
//
// No DOM and no renderer: the headless rasteriser draws it for the policy, and a WebGL canvas may draw it for people.
import { BoxGeometry, Group, Mesh, type Object3D, Scene } from 'three'
import { makePose, type Pose } from '../../geometry/index.ts'
import { extent, type Solid } from '../solids.ts'
import type { Fit, Task } from '../tasks/index.ts'
import { appearanceOf, linearColor, makeMaterial } from './finish.ts'
import { makeHand } from './hand-model.ts'
import type { Look, SurfaceLook } from './look.ts'
import { placed, solidGeometry } from './solid-geometry.ts'
import { makeClutter, makeLight, makeTable } from './surroundings.ts'
import { wrapTexture } from './textures.ts'

/**
 * What is on this layer alone, the rasteriser does not draw: decoration for people, such as axes, trails and labels.
 * `object.layers.set(VIEWER_LAYER)`, and `camera.layers.enable(VIEWER_LAYER)` in the viewer.
 */
export const VIEWER_LAYER = 1

/** Children are grouped by what moves together; hide a group to draw without it. */
export class TaskScene extends Scene {
  /** the held part, source frame */
  readonly source = new Group()
  /** the receptacle, target frame */
  readonly target = new Group()
  /** what the receptacle stands on, target frame */
  readonly stand = new Group()
  /** the gripper, end effector's frame */
  readonly hand = new Group()
  /** table and clutter, base frame */
  readonly surroundings = new Group()
  readonly look: Look

  constructor(look: Look) {
    super()
    this.look = look
    for (const name of ['source', 'target', 'stand', 'hand', 'surroundings'] as const) {
      this[name].name = name
      this.add(this[name])
    }
  }
}

export function makeScene(task: Task, fit: Fit, look: Look): TaskScene {
  const scene = new TaskScene(look)
  scene.name = task.name
  scene.background = linearColor(look.background)
  const target = task.target(fit)
  scene.source.add(makePart(task, 'source', task.source(fit), look.source))
  scene.target.add(makePart(task, 'target', target, look.target))
  scene.stand.add(makeStand(target, look))
  scene.hand.add(makeHand(task, fit, look.hand))
  scene.surroundings.add(makeTable(look.table), ...look.clutter.map(makeClutter))
  scene.add(...look.lights.map(makeLight))
  return scene
}

/** Where things are at one moment. */
export interface Placement {
  sourceInBase: Pose
  targetInBase: Pose
  eeInBase: Pose
}

export function placeScene(scene: TaskScene, { sourceInBase, targetInBase, eeInBase }: Placement): void {
  place(scene.source, sourceInBase)
  place(scene.target, targetInBase)
  place(scene.stand, targetInBase)
  place(scene.hand, eeInBase)
}

function place(object: Object3D, { position, orientation }: Pose): void {
  object.position.set(...position)
  object.quaternion.set(...orientation)
}

function makePart(task: Task, part: 'source' | 'target', solids: readonly Solid[], finish: SurfaceLook): Mesh {
  const geometry = wrapTexture(solidGeometry(solids), finish.texture?.tile ?? 1)
  return new Mesh(geometry, makeMaterial(appearanceOf(task, part), finish))
}

/** Long enough to reach into the table below when the receptacle is tilted, m. */
const STAND_LENGTH = 0.15

/** A post under the receptacle, three quarters as wide. */
function makeStand(target: readonly Solid[], { hand }: Look): Mesh {
  const { low, high } = extent(target)
  const middle = (axis: 0 | 1) => (low[axis] + high[axis]) / 2
  const width = (axis: 0 | 1) => 0.75 * (high[axis] - low[axis])
  const box = new BoxGeometry(width(0), width(1), STAND_LENGTH)
  const geometry = placed(box, makePose([middle(0), middle(1), low[2] - STAND_LENGTH / 2]))
  return new Mesh(geometry, makeMaterial({ color: hand.color, shine: 0.1 }, { shine: 0 }))
}
