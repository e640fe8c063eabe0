import { expect, test } from 'vitest'
import { inputLatency } from './input-latency.ts'

test('latency is from sending to the first state that has seen it', () => {
  const latency = inputLatency()
  latency.sent(1, 100)
  latency.sent(2, 116)
  expect(latency.seen(0, 118)).toBeUndefined()
  expect(latency.seen(2, 124)).toBe(8)
  // neither the same again nor an older one counts
  expect(latency.seen(2, 140)).toBeUndefined()
  expect(latency.seen(1, 141)).toBeUndefined()
})

test('what is never seen is forgotten', () => {
  const latency = inputLatency()
  for (let i = 0; i < 300; i++) latency.sent(i, i)
  expect(latency.seen(10, 400)).toBeUndefined()
  expect(latency.seen(299, 400)).toBe(101)
})
