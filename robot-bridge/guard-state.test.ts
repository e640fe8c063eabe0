import { expect, test } from 'vitest'
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

test('two masters are told by the reason', () => {
  const state = { state: 'holding', accepted: 0, rejected: 0 } as const
  expect(tellsOfTwoMasters({ ...state, reason: 'the publisher changed while commands flow: two masters' })).toBe(true)
  expect(tellsOfTwoMasters({ ...state, reason: 'no command for 100 ms' })).toBe(false)
})
