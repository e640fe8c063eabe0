import { expect, test } from 'vitest'
import type { LogEntry } from '../../control/index.ts'
import { InterventionLines } from './intervention-lines.ts'

const begin: LogEntry = { event: 'begin', kind: 'force', time: 2, message: '26.0 N, limit 25 N', count: 1 }
const end: LogEntry = { ...begin, event: 'end', time: 3, count: 40 }
const speed: LogEntry = { event: 'begin', kind: 'speed', time: 4, message: '150 mm/s, limit 100 mm/s', count: 1 }

test('each entry of the log is told once, with its numbers', () => {
  const lines = new InterventionLines()
  expect(lines.take([])).toEqual([])
  expect(lines.take([begin])).toEqual([{ time: 2, level: 'warning', text: 'force: 26.0 N, limit 25 N' }])
  expect(lines.take([begin])).toEqual([])
  expect(lines.take([begin, end, speed])).toEqual([
    { time: 3, level: 'info', text: 'force is over, after 40 commands' },
    { time: 4, level: 'info', text: 'speed: 150 mm/s, limit 100 mm/s' },
  ])
})

test('a log that forgot its oldest entries says nothing twice', () => {
  const lines = new InterventionLines()
  lines.take([begin, end])
  expect(lines.take([end, speed]).map(({ time }) => time)).toEqual([4])
})
