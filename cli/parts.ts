// What a policy has to know of the parts of a dataset's task: the simulator's tasks tell it.
import type { DatasetInfo } from '../demos/index.ts'
import type { Parts } from '../policy/index.ts'
import { extent } from '../sim/solids.ts'
import { TASKS } from '../sim/tasks/index.ts'

/** The parts of a task that the simulator knows; undefined for another. */
export function partsOf({ task: name, clearanceMm, chamferMm }: DatasetInfo): Parts | undefined {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined
  if (!task) return undefined
  const fit = { clearance: clearanceMm / 1000, chamfer: chamferMm / 1000 }
  return {
    boxes: { source: extent(task.source(fit)), target: extent(task.target(fit)) },
    sourceCentre: [...task.sourceCentre],
  }
}
