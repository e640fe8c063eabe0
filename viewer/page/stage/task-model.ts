// One task with one fit as a scene on the graphics card: the very graph that the headless renderer draws.
import type { Mesh } from 'three'
import { drawLook, makeScene, type TaskScene } from '../../../sim/scene/index.ts'
import { type Fit, findTask, type Task } from '../../../sim/tasks/index.ts'
import { Random } from '../../../tensor/random.ts'
import type { Setup } from '../../protocol/session.ts'

export type Shown = Pick<Setup, 'task' | 'clearanceMm' | 'chamferMm' | 'seed'>

export interface TaskModel {
  task: Task
  fit: Fit
  scene: TaskScene
  /** the held part's and the receptacle's own meshes */
  source: Mesh
  target: Mesh
  stand: Mesh
}

/** Throws a RangeError that lists the valid names for a task that is not known. */
export function makeTaskModel({ task: name, clearanceMm, chamferMm, seed }: Shown): TaskModel {
  const task = findTask(name)
  const fit: Fit = { clearance: clearanceMm / 1e3, chamfer: chamferMm / 1e3 }
  const scene = makeScene(task, fit, drawLook(new Random(seed), 'plain'))
  scene.background = null
  const only = (group: 'source' | 'target' | 'stand') => scene[group].children[0] as Mesh
  return { task, fit, scene, source: only('source'), target: only('target'), stand: only('stand') }
}

export const sameShown = (a: Shown | undefined, b: Shown): boolean =>
  a !== undefined &&
  a.task === b.task &&
  a.clearanceMm === b.clearanceMm &&
  a.chamferMm === b.chamferMm &&
  a.seed === b.seed
