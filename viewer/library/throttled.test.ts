import { afterEach, expect, test, vi } from 'vitest'
import { throttled } from './throttled.ts'

afterEach(() => void vi.useRealTimers())

test('a task is carried out at once, then not more often than its interval, and never left out at the end', () => {
  vi.useFakeTimers()
  const times: number[] = []
  const begin = Date.now()
  const { call, cancel } = throttled(() => times.push(Date.now() - begin), 250)
  for (let i = 0; i < 60; i++) {
    call()
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(1000)
  expect(times).toEqual([0, 250, 500, 750])
  call()
  call()
  cancel()
  vi.advanceTimersByTime(1000)
  expect(times).toHaveLength(5)
})
