// What the governor did to the wishes it was given: counted by kind, and kept as a log that one can read.
//
// A limit that is in force is in force sixty times a second: the log has one entry when it begins and one when it ends.

export const INTERVENTIONS = [
  /** latched: only rearm() releases */
  'stop',
  'pause',
  /** the caller's clock: not a number, running backwards, or silent for too long */
  'time',
  /** a pose that is none: not finite, or its quaternion not of length 1 */
  'invalid',
  /** the observation is old, or of the future */
  'stale',
  /** the pose of the part or of the target is old: lost from sight */
  'lost',
  /** a tracked pose moved by more than an object can */
  'jump',
  /** the newest plan is old */
  'plan',
  'force',
  'torque',
  'workspace',
  'tilt',
  'reach',
  /** slower, where contact is to be expected */
  'contact',
  /** slower, until the first target is near */
  'creep',
  'speed',
  'acceleration',
  'jerk',
] as const
export type Intervention = (typeof INTERVENTIONS)[number]

/** For these the robot is held without being stopped, for as long as nothing good is known. */
export const HOLDS: ReadonlySet<Intervention> = new Set(['invalid', 'stale', 'lost', 'jump', 'plan'])

/** What was changed, and why, with numbers. */
export interface Change {
  kind: Intervention
  message: string
}

export interface LogEntry {
  event: 'begin' | 'end'
  kind: Intervention
  /** when it was first, or last, needed: s, on the caller's clock */
  time: number
  /** that of the first time */
  message: string
  /** so many commands were changed: 1 at the beginning */
  count: number
}

/** One that was not needed for this long is over, s: one that flickers is one. */
const QUIET = 0.5
/** The oldest entries make room for new ones. */
const LONGEST_LOG = 1000

export class InterventionLog {
  readonly counts = new Map<Intervention, number>()
  readonly #open = new Map<Intervention, { message: string; last: number; count: number }>()
  #entries: LogEntry[] = []

  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** Takes down what was changed in the command for `time`, s. */
  note(changes: readonly Change[], time: number): void {
    for (const [kind, { message, last, count }] of this.#open) {
      // A clock that was set back ends them all.
      if (time >= last && time <= last + QUIET) continue
      this.#open.delete(kind)
      this.#add({ event: 'end', kind, time: last, message, count })
    }
    for (const { kind, message } of changes) {
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
      const open = this.#open.get(kind)
      if (open) {
        open.last = time
        open.count++
      } else {
        this.#open.set(kind, { message, last: time, count: 1 })
        this.#add({ event: 'begin', kind, time, message, count: 1 })
      }
    }
  }

  #add(entry: LogEntry): void {
    this.#entries = [...this.#entries.slice(1 - LONGEST_LOG), entry]
  }
}
