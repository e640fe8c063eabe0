import { expect, test } from 'vitest'
import { Heartbeat } from './heartbeat.ts'

/** Beats from `from` on, each answered after `roundTrip`, s, by a clock that is 100 s ahead. */
function answer(heart: Heartbeat, from: number, count: number, roundTrip = 0.002): number {
  let now = from
  for (let i = 0; i < count; i++) {
    const sent = from + 0.02 * i
    const number = heart.beat(sent)
    now = sent + roundTrip
    heart.answered(number, sent + roundTrip / 2 + 100, now)
  }
  return now
}

test('there is no credit before the first answer, and credit for 100 ms after the last', () => {
  const heart = new Heartbeat()
  expect(heart.hasCredit(0)).toBe(false)
  const last = answer(heart, 0, 3)
  expect(heart.hasCredit(last + 0.0999)).toBe(true)
  expect(heart.hasCredit(last + 0.1001)).toBe(false)
  expect(heart.hasCredit(last + 0.095, 0.01)).toBe(false)
})

test('a bridge that thaws after 3 s gives no credit by answering what it slept through', () => {
  const heart = new Heartbeat()
  answer(heart, 0, 10)
  const slept = Array.from({ length: 150 }, (_, i) => heart.beat(0.2 + 0.02 * i))
  slept.slice(0, -8).forEach((number, i) => {
    heart.answered(number, 103.2 + i * 1e-4, 3.2 + i * 1e-4)
  })
  expect(heart.hasCredit(3.22)).toBe(false)
  heart.answered(slept.at(-1) ?? 0, 103.22, 3.22)
  expect(heart.hasCredit(3.22)).toBe(true)
  expect(heart.inARow(3.22)).toBe(1)
})

test('answers count in a row until credit lapses or they are distrusted', () => {
  const heart = new Heartbeat()
  const last = answer(heart, 0, 10)
  expect(heart.inARow(last)).toBe(10)
  expect(heart.inARow(last + 0.2)).toBe(0)
  const later = answer(heart, 1, 4)
  expect(heart.inARow(later)).toBe(4)
  heart.distrust()
  expect(heart.inARow(later)).toBe(0)
})

test('an answer counts once, and one to a beat never sent not at all', () => {
  const heart = new Heartbeat()
  const number = heart.beat(0)
  heart.answered(number + 1, 100, 0.002)
  expect(heart.hasCredit(0.002)).toBe(false)
  heart.answered(number, 100, 0.002)
  heart.answered(number, 100, 0.09)
  expect(heart.age(0.1)).toBeCloseTo(0.098, 12)
  expect(heart.roundTrips()?.count).toBe(1)
})

test('round trips are told by median and 99th percentile: 98 of 2 ms and two of 40 ms', () => {
  const heart = new Heartbeat()
  expect(heart.roundTrips()).toBeUndefined()
  answer(heart, 0, 98)
  answer(heart, 10, 2, 0.04)
  const trips = heart.roundTrips()
  expect(trips?.p50).toBeCloseTo(0.002, 9)
  expect(trips?.p99).toBeCloseTo(0.04, 9)
})

test('the clock of the ROS side is found on the way', () => {
  const heart = new Heartbeat()
  answer(heart, 0, 5)
  expect(heart.clock.offset).toBeCloseTo(100, 9)
})

test('something else that comes back keeps credit alive, but does not give any, and not when it was long on its way', () => {
  const heart = new Heartbeat()
  heart.acknowledged(0, 0.002)
  expect(heart.hasCredit(0.002)).toBe(false)
  const last = answer(heart, 1, 3)
  heart.acknowledged(last + 0.07, last + 0.08)
  expect(heart.hasCredit(last + 0.17)).toBe(true)
  heart.acknowledged(last, last + 0.16)
  expect(heart.hasCredit(last + 0.19)).toBe(false)
})
