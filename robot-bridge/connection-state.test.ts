import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Change, CONNECTION_STATES, type ConnectionState, nextState } from './connection-state.ts'

const CHANGES: readonly Change[] = [
  'dial',
  'opened',
  'lost',
  'synced',
  'armed',
  'disarmed',
  'doubt',
  'trusted',
  'fault',
  'cleared',
]

const run = (changes: readonly Change[]): ConnectionState =>
  changes.reduce<ConnectionState>((state, change) => nextState(state, change) ?? state, 'down')

test('the way up is dial, opened, synced, armed', () => {
  expect(run(['dial'])).toBe('connecting')
  expect(run(['dial', 'opened'])).toBe('syncing')
  expect(run(['dial', 'opened', 'synced'])).toBe('ready')
  expect(run(['dial', 'opened', 'synced', 'armed'])).toBe('armed')
})

test('a doubt takes the arm out of our hands, and trust does not give it back', () => {
  const doubted: Change[] = ['dial', 'opened', 'synced', 'armed', 'doubt']
  expect(run(doubted)).toBe('stale')
  expect(run([...doubted, 'armed'])).toBe('stale')
  expect(run([...doubted, 'trusted'])).toBe('ready')
})

test('only `armed` leads to armed, and only from ready', () => {
  for (const state of CONNECTION_STATES) {
    for (const change of CHANGES) {
      if (nextState(state, change) === 'armed') expect([state, change]).toEqual(['ready', 'armed'])
    }
  }
})

test('a fault is latched: nothing but clearing it leads out, and then everything is checked again', () => {
  for (const change of CHANGES) expect(nextState('fault', change)).toBe(change === 'cleared' ? 'down' : undefined)
  for (const state of CONNECTION_STATES) if (state !== 'fault') expect(nextState(state, 'fault')).toBe('fault')
})

test('whatever happens, after a lost connection the way to armed goes through a new one and a new arming', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...CHANGES)), (changes) => {
      const lost = changes.lastIndexOf('lost')
      const after = changes.slice(lost + 1)
      if (lost < 0 || run(changes) !== 'armed') return
      for (const needed of ['dial', 'opened', 'synced', 'armed'] as const) expect(after).toContain(needed)
    }),
    { numRuns: 2000 },
  )
})
