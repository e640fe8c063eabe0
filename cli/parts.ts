// What a policy has to know of the parts of a dataset's task: the simulator's tasks tell it.
import type { DatasetInfo } from '../demos/index.ts'
import type { Parts } from '../policy/index.ts'
import { extent } from '../sim/solids.ts'
import { TASKS, type Task } from '../sim/tasks/index.ts'

/** The parts of a task that the simulator knows; undefined for another. */
export function partsOf(info: DatasetInfo): Parts | undefined {
  const task = knownTask(info)
  if (!task) return undefined
  const fit = fitOf(info)
  return {
    boxes: { source: extent(task.source(fit)), target: extent(task.target(fit)) },
    sourceCentre: [...task.sourceCentre],
  }
}

/** The task of that name, if the simulator knows one. */
export const knownTask = ({ task }: DatasetInfo): Task | undefined =>
  Object.hasOwn(TASKS, task) ? TASKS[task] : undefined

export const fitOf = ({ clearanceMm, chamferMm }: DatasetInfo) => ({
  clearance: clearanceMm / 1000,
  chamfer: chamferMm / 1000,
})
