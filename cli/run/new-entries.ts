// What is new in the governor's log, and what of it a person should look at.
import { HOLDS, type Intervention, type LogEntry } from '../../control/index.ts'

/** The others are everyday life. */
export const WARNINGS: ReadonlySet<Intervention> = new Set(['stop', ...HOLDS, 'force', 'torque'])

/** Entries since it was asked last. */
export class NewEntries {
  #last: LogEntry | undefined

  take(log: readonly LogEntry[]): readonly LogEntry[] {
    const newest = log.at(-1)
    if (newest === this.#last) return []
    const known = this.#last ? log.lastIndexOf(this.#last) : -1
    this.#last = newest
    return log.slice(known + 1)
  }
}
