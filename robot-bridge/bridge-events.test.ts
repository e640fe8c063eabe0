import { expect, test } from 'vitest'
import { EventLog, likeness } from './bridge-events.ts'

test('what goes on is said every minute, with how often it was left unsaid', () => {
  const log = new EventLog()
  for (let i = 0; i < 260; i++) log.add({ kind: 'dropped', message: 'a command was dropped' }, 0.5 * i, 'drop')
  expect(log.take().map(({ time, repeats }) => [Math.round(time), repeats])).toEqual([
    [0, 0],
    [60, 119],
    [120, 119],
  ])
  expect(log.isEmpty).toBe(true)
})

test('what had stopped and begins again is said at once', () => {
  const log = new EventLog()
  for (const time of [0, 0.5, 1.4, 2.5, 3]) log.add({ kind: 'dropped', message: 'a command was dropped' }, time, 'drop')
  expect(log.take().map(({ time, repeats }) => [time, repeats])).toEqual([
    [0, 0],
    [2.5, 2],
  ])
})

test('messages are alike that differ by their numbers', () => {
  expect(likeness('/joy: 3.01 s ahead')).toBe(likeness('/joy: 3.2 s ahead'))
  expect(likeness('/joy: 3.01 s ahead')).not.toBe(likeness('/ee: 3.01 s ahead'))
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
