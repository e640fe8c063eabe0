// The tasks, by name, and the choice of one that a user spells.
import { checkTask } from './check-task.ts'
import { hexBolt } from './hex-bolt.ts'
import { keyedE } from './keyed-e.ts'
import { roundPeg } from './round-peg.ts'
import { squarePeg } from './square-peg.ts'
import { CLEARANCES_MM, type Task } from './task.ts'
import { twoPin } from './two-pin.ts'
import { usbC } from './usb-c.ts'

export { checkFit, checkTask } from './check-task.ts'
export { CLEARANCES_MM, type Finish, type Fit, type StartRange, type Task } from './task.ts'

export const TASKS: Readonly<Record<string, Task>> = byName([roundPeg, squarePeg, twoPin, hexBolt, keyedE, usbC])

/** Throws a RangeError when two have the same name: the one would silently stand for the other. */
function byName(tasks: readonly Task[]): Record<string, Task> {
  const names = tasks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new RangeError(`two tasks are called "${twice}"; expected a name of its own for each`)
  return Object.fromEntries(tasks.map((task) => [task.name, task]))
}

/** Those whose numbers were found to be right. */
const checked = new Set<Task>()

/** Throws a RangeError that lists the valid names, or says what is wrong with the task's numbers. */
export function findTask(name: string): Task {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined
  if (!task) throw new RangeError(`unknown task "${name}"; valid tasks: ${Object.keys(TASKS).join(', ')}`)
  if (!checked.has(task)) checkTask(task)
  checked.add(task)
  return task
}

/** The clearance in m. Throws a RangeError that lists the valid values. */
export function findClearance(mm: number): number {
  if (!CLEARANCES_MM.some((valid) => valid === mm)) {
    throw new RangeError(`unknown clearance ${mm} mm; valid clearances: ${CLEARANCES_MM.join(', ')}`)
  }
  return mm / 1000
}
