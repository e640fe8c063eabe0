import { expect, test } from 'vitest'
import type { LogLine } from '../protocol/session.ts'
import { appendLines, createStore, MOST_LINES, receive } from './store.ts'

const line = (time: number, text = `line ${time}`): LogLine => ({ time, level: 'info', text })

test('who drives is who has the seat, as long as there is a connection', () => {
  const store = createStore()
  expect(store.drives.value).toBe(false)
  store.link.value = 'open'
  receive(store, { type: 'seats', seats: { you: 'a', writer: null, watchers: 1 } })
  expect(store.drives.value).toBe(false)
  receive(store, { type: 'seats', seats: { you: 'a', writer: 'a', watchers: 0 } })
  expect(store.drives.value).toBe(true)
  store.link.value = 'waiting'
  expect(store.drives.value).toBe(false)
})

test('lines of the log are numbered as they come, and the oldest are forgotten', () => {
  let log = appendLines([], [line(1), line(2)])
  log = appendLines(log, [line(3)])
  expect(log.map(({ time, number }) => [time, number])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ])
  const many = appendLines(
    log,
    Array.from({ length: MOST_LINES }, (_, i) => line(10 + i)),
  )
  expect([many.length, many[0]?.number]).toEqual([MOST_LINES, 3])
})

test('a log that is told again after a break is not doubled', () => {
  const log = appendLines([], [line(1), line(2), line(3)])
  expect(appendLines(log, [line(2), line(3), line(4)]).map(({ time }) => time)).toEqual([1, 2, 3, 4])
  expect(appendLines(log, [line(1), line(2), line(3)])).toHaveLength(3)
})
