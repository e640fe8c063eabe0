import { expect, test } from 'vitest'
import { InterventionLog } from './interventions.ts'

const speed = { kind: 'speed' as const, message: 'too fast' }
const force = { kind: 'force' as const, message: '30 N' }

test('what lasts is counted at every command, and logged when it begins and ends', () => {
  const log = new InterventionLog()
  for (let tick = 0; tick < 60; tick++) log.note(tick === 10 ? [speed, force] : [speed], tick / 60)
  for (let tick = 60; tick < 120; tick++) log.note([], tick / 60)
  expect([...log.counts]).toEqual([
    ['speed', 60],
    ['force', 1],
  ])
  expect(log.entries).toEqual([
    { event: 'begin', kind: 'speed', time: 0, message: 'too fast', count: 1 },
    { event: 'begin', kind: 'force', time: 10 / 60, message: '30 N', count: 1 },
    { event: 'end', kind: 'force', time: 10 / 60, message: '30 N', count: 1 },
    { event: 'end', kind: 'speed', time: 59 / 60, message: 'too fast', count: 60 },
  ])
})

test('what flickers is one', () => {
  const log = new InterventionLog()
  for (let tick = 0; tick < 600; tick++) log.note(tick % 20 === 0 ? [speed] : [], tick / 60)
  expect(log.entries).toHaveLength(1)
})

test('a clock that is set back ends everything', () => {
  const log = new InterventionLog()
  log.note([speed], 100)
  log.note([], 3)
  expect(log.entries.map(({ event }) => event)).toEqual(['begin', 'end'])
})

test('the oldest entries make room', () => {
  const log = new InterventionLog()
  for (let i = 0; i < 3000; i++) log.note([speed], i)
  expect(log.entries.length).toBeLessThanOrEqual(1000)
  expect(log.entries.at(-1)).toMatchObject({ event: 'begin', time: 2999 })
})
