import { expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { Guard, guardSettings } from './guard/guard.ts'
import { decodeGuardState, tellsOfTwoMasters } from './guard-state.ts'

const said = (state: object) => decodeGuardState({ data: JSON.stringify(state) })

test('the state of the guard is read from its JSON', () => {
  expect(said({ state: 'holding', reason: 'silence', accepted: 7, rejected: 1, stamp: 12 })).toEqual({
    state: 'holding',
    reason: 'silence',
    accepted: 7,
    rejected: 1,
  })
})

test('what is no state of a guard is refused with what was expected', () => {
  expect(() => said({ state: 'ready', reason: '', accepted: 0, rejected: 0 })).toThrow(
    'state of the guard state: expected idle, armed, holding, stopped, got "ready"',
  )
  expect(() => decodeGuardState({ data: 'armed' })).toThrow('expected an object with state, got "armed"')
  expect(() => decodeGuardState({})).toThrow('std_msgs/String data')
})

test('two masters are told by the reason, as the guard words it', () => {
  const guard = new Guard(guardSettings('base'))
  const at = (steady: number) => ({ ros: 1000 + steady, steady })
  const pose = makePose([0.4, 0, 0.3])
  guard.handle({ kind: 'measured', measured: { stamp: 1000, frame: 'base', pose } }, at(0))
  guard.handle({ kind: 'arm' }, at(0.01))
  const command = (publisher: string, time: number) =>
    guard.handle({ kind: 'command', command: { stamp: 1000 + time, frame: 'base', pose }, publisher }, at(time))
  command('/a', 0.02)
  expect(tellsOfTwoMasters(guard.state)).toBe(false)
  command('/b', 0.03)
  expect(guard.state.state).toBe('holding')
  expect(tellsOfTwoMasters(guard.state)).toBe(true)
  guard.handle({ kind: 'arm' }, at(0.05))
  guard.handle({ kind: 'publishers', count: 2 }, at(0.06))
  expect(guard.state.state).toBe('holding')
  expect(tellsOfTwoMasters(guard.state)).toBe(true)
  expect(tellsOfTwoMasters({ ...guard.state, reason: 'no command for 100 ms' })).toBe(false)
})
