// The governor's interventions, as lines that a person reads: when each began and ended, with its numbers.
import { NewEntries, WARNINGS } from '../../cli/run/new-entries.ts'
import type { LogEntry } from '../../control/index.ts'
import type { LogLine } from '../protocol/session.ts'

/** Lines for what is new in the log since it was asked last. */
export class InterventionLines {
  readonly #entries = new NewEntries()

  take(log: readonly LogEntry[]): LogLine[] {
    return this.#entries.take(log).map(lineOf)
  }
}

function lineOf({ event, kind, time, message, count }: LogEntry): LogLine {
  if (event === 'end') return { time, level: 'info', text: `${kind} is over, after ${count} commands` }
  return { time, level: WARNINGS.has(kind) ? 'warning' : 'info', text: `${kind}: ${message}` }
}
