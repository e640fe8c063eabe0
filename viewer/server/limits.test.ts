import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { limitRate } from './rate-limit.ts'
import { printable, quote, refusalLog } from './refusal-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('after a rest as many as a second’s may happen at once, then at the steady rate', () => {
  let now = 0
  const may = limitRate(10, () => now)
  const many = () => Array.from({ length: 20 }, may).filter(Boolean).length
  expect(many()).toBe(10)
  now += 300
  expect(many()).toBe(3)
  now += 60_000
  expect(many()).toBe(10)
})

test('the first refusals of a kind are said, the others counted, and other kinds are not kept back', () => {
  const lines: string[] = []
  const refused = refusalLog((text) => lines.push(text))
  for (let i = 0; i < 1000; i++) refused('message', `rubbish ${i}`)
  refused('token', 'a wrong token')
  expect(lines).toHaveLength(6)
  expect(lines.at(-1)).toBe('refused: a wrong token')
  vi.advanceTimersByTime(10_000)
  expect(lines.slice(6)).toEqual(['refused: 995 more like it (message)'])
  refused('message', 'rubbish again')
  expect(lines.at(-1)).toBe('refused: rubbish again')
})

test('what is quoted is one short line', () => {
  expect(quote('a\u001b[2J\nb')).toBe('"a\\u001b[2J\\nb"')
  expect(quote('x'.repeat(10_000)).length).toBeLessThanOrEqual(101)
})

test('a name that would clear the terminal does not', () => {
  expect(printable('data/\u001b[2J\u009b31m\r: left out\n\tat once é')).toBe(
    'data/\ufffd[2J\ufffd31m\ufffd: left out\n\tat once é',
  )
})
