// The governor's interventions, as lines that a person reads: when each began and ended, with its numbers.
import type { Intervention, LogEntry } from '../../control/index.ts'
import type { LogLine } from '../protocol/session.ts'

/** What a person should look at; the others are everyday life. */
const WARNINGS: ReadonlySet<Intervention> = new Set([
  'stop',
  'invalid',
  'stale',
  'lost',
  'jump',
  'plan',
  'force',
  'torque',
])

/** Lines for what is new in the log since it was asked last. */
export class InterventionLines {
  #last: LogEntry | undefined

  take(log: readonly LogEntry[]): LogLine[] {
    const newest = log.at(-1)
    if (newest === this.#last) return []
    const known = this.#last ? log.lastIndexOf(this.#last) : -1
    this.#last = newest
    return log.slice(known + 1).map(lineOf)
  }
}

function lineOf({ event, kind, time, message, count }: LogEntry): LogLine {
  if (event === 'end') return { time, level: 'info', text: `${kind} is over, after ${count} commands` }
  return { time, level: WARNINGS.has(kind) ? 'warning' : 'info', text: `${kind}: ${message}` }
}
