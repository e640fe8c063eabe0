// What the robot is doing, in a word and a colour.
import type { SessionState } from '../protocol/session.ts'
import type { LinkState } from './connection.ts'

export interface Status {
  word: string
  tone: 'calm' | 'good' | 'active' | 'warn' | 'bad'
  /** more than the word says */
  reason: string
}

/** s without a state after which what is shown is old */
export const OLD_AFTER = 1.5

const LINKS: Record<Exclude<LinkState, 'open'>, Status> = {
  connecting: { word: 'Connecting', tone: 'calm', reason: 'Waiting for the server.' },
  waiting: {
    word: 'No connection',
    tone: 'bad',
    reason: 'The server does not answer. The page tries again by itself; is `tenon studio` running?',
  },
  outdated: { word: 'Outdated', tone: 'bad', reason: 'The server speaks another version: load the page anew.' },
  refused: {
    word: 'Refused',
    tone: 'bad',
    reason: 'The server does not take this token: open the address that `tenon studio` printed.',
  },
}

/** States of a connection in which a real robot is there. */
const REACHED: ReadonlySet<string> = new Set(['ready', 'armed'])
/** The others; not named: there is no robot. */
const UNREACHED: Record<string, Pick<Status, 'word' | 'tone'>> = {
  connecting: { word: 'Connecting', tone: 'warn' },
  syncing: { word: 'Connecting', tone: 'warn' },
  fault: { word: 'Fault', tone: 'bad' },
}

/** The worst comes first. */
export function statusOf(link: LinkState, session: SessionState | undefined, silent: number | undefined): Status {
  if (link !== 'open') return LINKS[link]
  if (!session) return LINKS.connecting
  const { governor, mode, connection } = session
  if (governor.state === 'stopped') return { word: 'Stopped', tone: 'bad', reason: governor.reason }
  if (governor.state === 'paused') return { word: 'Paused', tone: 'warn', reason: governor.reason }
  if (connection && !REACHED.has(connection.state)) {
    const { word, tone } = UNREACHED[connection.state] ?? { word: 'No robot', tone: 'bad' }
    return { word, tone, reason: `${connection.state}: ${connection.reason}` }
  }
  if (silent !== undefined && silent > OLD_AFTER) {
    return { word: 'No news', tone: 'warn', reason: `The last state is ${silent.toFixed(0)} s old.` }
  }
  if (mode === 'teleop') return { word: 'Teleoperation', tone: 'active', reason: 'An operator moves the robot.' }
  if (mode === 'policy') return { word: 'Policy', tone: 'active', reason: `${session.policy ?? 'A policy'} moves it.` }
  if (session.loading)
    return { word: 'Loading', tone: 'calm', reason: `${session.policy ?? 'A policy'} is being loaded.` }
  if (connection?.state === 'ready') {
    return { word: 'Not armed', tone: 'calm', reason: 'It is watched: no command reaches it.' }
  }
  return { word: 'Holding', tone: 'good', reason: 'Nobody moves the robot; it holds still.' }
}

/** Who drives, seen from here. */
export function seatWord(seats: { you: string; writer: string | null; watchers: number } | undefined): string {
  if (!seats) return 'No seat'
  if (seats.writer === null) return 'Nobody drives'
  return seats.writer === seats.you ? 'You drive' : 'Another page drives'
}
