// What happened on the bridge, for people and for tests.
import type { ConnectionState } from './connection-state.ts'

export type BridgeEvent = {
  /** s on the clock of this machine that only goes forward */
  time: number
  message: string
  /** how often the same was left unsaid since it was said last */
  repeats: number
} & (
  | { kind: 'state'; from: ConnectionState; to: ConnectionState }
  /** the robot was taken out of our hands: why, and what was sent */
  | { kind: 'held' }
  /** a message that was not taken; `required`: of what the robot is steered by, so that it is held if it is armed */
  | { kind: 'refused'; required: boolean }
  /** a command that was not sent */
  | { kind: 'dropped' }
  /** a service that failed or did not answer */
  | { kind: 'service' }
  /** the clock of the ROS side was set */
  | { kind: 'clock' }
  /** rosbridge said so */
  | { kind: 'status' }
  /** the guard changed its mind */
  | { kind: 'guard' }
)

type Happened = BridgeEvent extends infer Event
  ? Event extends BridgeEvent
    ? Omit<Event, 'time' | 'repeats'>
    : never
  : never

/** The same thing is only counted, unless it has not happened for so long, or was said so long ago, s. */
const QUIET = 1
const REMINDED = 60
/** Events that nobody has taken yet. */
const MOST = 500

export class EventLog {
  #events: BridgeEvent[] = []
  readonly #quiet: number
  readonly #said = new Map<string, { time: number; happened: number; repeats: number }>()

  constructor(quiet = QUIET) {
    this.#quiet = quiet
  }

  /** `key`: what makes two events the same; without one, each is said. */
  add(event: Happened, time: number, key?: string): void {
    const said = key === undefined ? undefined : this.#said.get(key)
    if (said && time - said.happened < this.#quiet && time - said.time < REMINDED) {
      said.happened = time
      said.repeats++
      return
    }
    this.#events.push({ ...event, time, repeats: said?.repeats ?? 0 } as BridgeEvent)
    if (key !== undefined) this.#said.set(key, { time, happened: time, repeats: 0 })
    if (this.#said.size > MOST) this.#said.clear()
    if (this.#events.length > MOST) this.#events.shift()
  }

  get isEmpty(): boolean {
    return this.#events.length === 0
  }

  take(): BridgeEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}

/** A key for messages that differ by their numbers alone. */
export const likeness = (message: string): string => message.replace(/\d+(\.\d+)?/g, '#')
