import { expect, test } from 'vitest'
import { PendingCalls } from './pending-calls.ts'
import type { Answer, Wire } from './wire.ts'

function setUp() {
  const answers: ((answer: Answer) => void)[] = []
  const wire = { call: (_service, _type, _args, done) => void answers.push(done) } as Partial<Wire> as Wire
  const failures: string[] = []
  const calls = new PendingCalls((message) => failures.push(message))
  const got: Answer[] = []
  const call = (service: string, deadline: number) =>
    calls.call(wire, { service, type: 'std_srvs/Trigger', args: {}, deadline }, (answer) => got.push(answer))
  return { answers, failures, calls, got, call }
}

test('a call ends with its answer, and only once', () => {
  const { answers, failures, calls, got, call } = setUp()
  call('/arm', 1)
  answers[0]?.({ ok: true, values: 3 })
  answers[0]?.({ ok: true, values: 4 })
  calls.expire(2)
  calls.abandon('gone')
  expect(got).toEqual([{ ok: true, values: 3 }])
  expect(failures).toEqual([])
})

test('one that is not answered ends after its deadline, and a late answer is nobody’s', () => {
  const { answers, failures, calls, got, call } = setUp()
  call('/arm', 1)
  call('/disarm', 3)
  calls.expire(1)
  expect(got).toEqual([])
  calls.expire(1.01)
  answers[0]?.({ ok: true, values: 3 })
  expect(got).toEqual([{ ok: false, message: 'no answer in time' }])
  expect(failures).toEqual(['/arm: no answer in time'])
})

test('when the connection is gone all end', () => {
  const { failures, calls, got, call } = setUp()
  call('/arm', 1)
  call('/disarm', 3)
  calls.abandon('gone')
  expect(got).toHaveLength(2)
  expect(failures).toEqual(['/arm: gone', '/disarm: gone'])
})
