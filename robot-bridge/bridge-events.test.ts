import { expect, test } from 'vitest'
import { EventLog } from './bridge-events.ts'

test('the same thing is said once a second, with how often it was left unsaid', () => {
  const log = new EventLog()
  for (let i = 0; i < 25; i++) log.add({ kind: 'dropped', message: 'a command was dropped' }, 0.1 * i, 'drop')
  const events = log.take()
  expect(events.map(({ time, repeats }) => [Number(time.toFixed(1)), repeats])).toEqual([
    [0, 0],
    [1, 9],
    [2, 9],
  ])
  expect(log.isEmpty).toBe(true)
})

test('what has no key is always said', () => {
  const log = new EventLog()
  log.add({ kind: 'held', message: 'a' }, 0)
  log.add({ kind: 'held', message: 'a' }, 0)
  expect(log.take().length).toBe(2)
})

test('nobody who takes none makes it grow', () => {
  const log = new EventLog()
  for (let i = 0; i < 5000; i++) log.add({ kind: 'refused', message: `${i}`, required: false }, i, `${i}`)
  const events = log.take()
  expect(events.length).toBe(500)
  expect(events.at(-1)?.message).toBe('4999')
})
