// What the page knows, as signals; and how news of the server changes it.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Job, Library } from '../protocol/library.ts'
import type { ServerMessage } from '../protocol/messages.ts'
import type { LogLine, Seats, SessionState } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import type { LinkState } from './connection.ts'

/** A line of the log; `number` counts up as they arrive. */
export interface NumberedLine extends LogLine {
  number: number
}

/** What changes 60 times a second, looked at ten times a second. */
export interface ReadOut {
  frame: StateFrame | undefined
  /** states a second, and those left out in the last two seconds */
  rate: number
  missed: number
  /** from the operator's hand to the state that shows it, ms */
  latency: number | undefined
  /** s since the last state arrived; undefined before the first */
  silent: number | undefined
  /** drawn a second */
  framesPerSecond: number
}

export interface Store {
  link: Signal<LinkState>
  session: Signal<SessionState | undefined>
  seats: Signal<Seats | undefined>
  library: Signal<Library | undefined>
  jobs: Signal<Job[]>
  log: Signal<readonly NumberedLine[]>
  readOut: Signal<ReadOut>
  /** we have the seat, and there is a connection to use it */
  drives: ReadonlySignal<boolean>
}

/** Older lines are forgotten. */
export const MOST_LINES = 2000

export const NO_READ_OUT: ReadOut = {
  frame: undefined,
  rate: 0,
  missed: 0,
  latency: undefined,
  silent: undefined,
  framesPerSecond: 0,
}

export function createStore(): Store {
  const link = signal<LinkState>('connecting')
  const seats = signal<Seats | undefined>(undefined)
  return {
    link,
    seats,
    session: signal(undefined),
    library: signal(undefined),
    jobs: signal([]),
    log: signal([]),
    readOut: signal(NO_READ_OUT),
    drives: computed(
      () => link.value === 'open' && seats.value !== undefined && seats.value.writer === seats.value.you,
    ),
  }
}

export function receive(store: Store, message: ServerMessage): void {
  if (message.type === 'session') store.session.value = message.session
  if (message.type === 'seats') store.seats.value = message.seats
  if (message.type === 'library') store.library.value = message.library
  if (message.type === 'jobs') store.jobs.value = message.jobs
  if (message.type === 'log') store.log.value = appendLines(store.log.value, message.lines)
}

/** A server that tells its log anew after a break is understood: lines that end what we have are not doubled. */
export function appendLines(have: readonly NumberedLine[], lines: readonly LogLine[]): readonly NumberedLine[] {
  const known = overlap(have, lines)
  const first = (have.at(-1)?.number ?? -1) + 1
  const added = lines.slice(known).map((line, i) => ({ ...line, number: first + i }))
  return [...have, ...added].slice(-MOST_LINES)
}

/** How many of the first `lines` are the last we have. */
function overlap(have: readonly LogLine[], lines: readonly LogLine[]): number {
  for (let n = Math.min(have.length, lines.length); n > 0; n--) {
    const tail = have.slice(-n)
    if (tail.every((line, i) => isSame(line, lines[i] as LogLine))) return n
  }
  return 0
}

const isSame = (a: LogLine, b: LogLine) => a.time === b.time && a.level === b.level && a.text === b.text
