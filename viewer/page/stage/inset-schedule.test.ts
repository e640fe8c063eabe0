import { expect, test } from 'vitest'
import { makeInsetSchedule } from './inset-schedule.ts'

/** Seconds of drawing in ten, with an animation frame every 1/60 s and pictures that take `cost` s each. */
function drawn(names: readonly string[], cost: number) {
  const schedule = makeInsetSchedule<string>()
  const counts = new Map(names.map((name) => [name, 0]))
  for (let now = 0; now < 10; now += 1 / 60) {
    const name = schedule.next(names, now)
    if (name === undefined) continue
    schedule.drawn(name, now, now + cost)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts.values()]
}

test('a cheap picture is drawn ten times a second', () => {
  expect(drawn(['front'], 0.002)[0]).toBeGreaterThanOrEqual(85)
  expect(drawn(['front'], 0.002)[0]).toBeLessThanOrEqual(101)
})

test('pictures that take long have a third of the time, and each its turn', () => {
  const counts = drawn(['front', 'crop', 'wrist'], 0.05)
  // 10 s / 3 / 50 ms = 66 pictures at the most.
  const all = counts.reduce((a, b) => a + b)
  expect(all).toBeLessThanOrEqual(67)
  expect(all).toBeGreaterThanOrEqual(60)
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
})

test('what is not stale is not drawn', () => {
  expect(makeInsetSchedule<string>().next([], 5)).toBeUndefined()
})
