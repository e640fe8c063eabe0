import { expect, test } from 'vitest'
import type { LogLine } from '../../protocol/session.ts'
import { matchingLines } from './matching-lines.ts'

const lines: LogLine[] = [
  { time: 1, level: 'info', text: 'Episode 3 begins' },
  { time: 2, level: 'warning', text: 'The governor held back: force above 30 N' },
  { time: 3, level: 'error', text: 'Stopped: force above 60 N' },
]
const times = (level: LogLine['level'], words: string, most = 10) =>
  matchingLines(lines, level, words, most).map(({ time }) => time)

test('the newest line is the first', () => {
  expect(times('info', '')).toEqual([3, 2, 1])
  expect(times('info', '', 2)).toEqual([3, 2])
})

test('lines that are not so severe are left out', () => {
  expect([times('warning', ''), times('error', '')]).toEqual([[3, 2], [3]])
})

test('every word must be in it, large or small', () => {
  expect([times('info', 'FORCE  held'), times('info', 'force'), times('info', 'nothing')]).toEqual([[2], [3, 2], []])
})
