import { expect, test } from 'vitest'
import { arrivals } from './arrivals.ts'

test('rate and gaps are of the last two seconds', () => {
  const states = arrivals()
  states.arrived(1, 0)
  states.arrived(5, 100)
  for (let i = 0; i < 60; i++) states.arrived(6 + i, 1100 + i * 16)
  // at 2050 ms the first has left the window: 1 + 60 in two seconds, 3 missed before number 5
  expect(states.summary(2050)).toEqual({ rate: 30.5, missed: 3 })
  expect(states.summary(10_000)).toEqual({ rate: 0, missed: 0 })
})

test('a server that began to count anew has lost nothing', () => {
  const states = arrivals()
  states.arrived(900, 0)
  states.arrived(1, 10)
  expect(states.summary(20).missed).toBe(0)
})
