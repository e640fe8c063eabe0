import { expect, test } from 'vitest'
import { exampleSession } from '../protocol/example-session.ts'
import type { SessionState } from '../protocol/session.ts'
import { seatWord, statusOf } from './status.ts'

const session: SessionState = { ...exampleSession, mode: 'teleop' }

test('the worst news is told first', () => {
  const stopped = { ...session, governor: { state: 'stopped', reason: 'space bar', halts: 1 } } as const
  expect(statusOf('waiting', stopped, 9).word).toBe('No connection')
  expect(statusOf('open', stopped, 9)).toEqual({ word: 'Stopped', tone: 'bad', reason: 'space bar' })
  expect(statusOf('open', { ...session, governor: { state: 'paused', reason: 'x', halts: 0 } }, 9).word).toBe('Paused')
  expect(statusOf('open', session, 3)).toMatchObject({ word: 'No news', reason: 'The last state is 3 s old.' })
  expect(statusOf('open', session, 0.1).word).toBe('Teleoperation')
})

test('a real robot that takes no commands is not said to hold still by our doing', () => {
  const told = (state: string) => {
    const connection = { state, reason: 'no heartbeat', roundTripMs: null }
    return statusOf('open', { ...session, mode: 'idle', connection }, 0).word
  }
  expect(['ready', 'syncing', 'stale', 'fault', 'armed'].map(told)).toEqual([
    ...['Not armed', 'Connecting', 'No robot', 'Fault', 'Holding'],
  ])
})

test('a page that cannot go on says what to do', () => {
  expect(statusOf('outdated', session, 0).reason).toContain('load the page anew')
  expect(statusOf('refused', undefined, undefined).reason).toContain('token')
})

test('who drives is said from where one sits', () => {
  const words = ['a', 'b', null].map((writer) => seatWord({ you: 'a', writer, watchers: 0 }))
  expect(words).toEqual(['You drive', 'Another page drives', 'Nobody drives'])
})
