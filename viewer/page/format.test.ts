import { expect, test } from 'vitest'
import {
  count,
  duration,
  hertz,
  millimetres,
  milliseconds,
  newtons,
  percent,
  stamp,
  threeDigits,
  whole,
} from './format.ts'

test('what is not known is a dash', () => {
  for (const say of [newtons, hertz, milliseconds, millimetres, percent, threeDigits, duration]) {
    expect([say(undefined), say(null), say(Number.NaN)]).toEqual(['–', '–', '–'])
  }
})

test('durations are read at a glance', () => {
  expect([0, 7, 65, 3599.6, 3900].map(duration)).toEqual(['0 s', '7 s', '1 min 05 s', '1 h 00 min', '1 h 05 min'])
})

test('small distances get one digit more', () => {
  expect([0.0123, 0.00005, -0.0004].map(millimetres)).toEqual(['12.3 mm', '0.05 mm', '-0.40 mm'])
})

test('a robot that tells the time of day is not quoted in seconds since 1970', () => {
  const noon = new Date(2026, 10, 29, 12, 4, 5).getTime() / 1000
  expect([stamp(12.3456), stamp(noon + 0.9), stamp(0)]).toEqual(['12.35', '12:04:05', '–'])
})

test('losses keep three digits however small', () => {
  expect([1.2345, 0.0123, 0.0000123, 0].map(threeDigits)).toEqual(['1.23', '0.0123', '1.23e-5', '0.00'])
})

test('counts and shares', () => {
  expect([whole(999), whole(12_345), whole(1_234_567)]).toEqual(['999', '12\u202f345', '1\u202f234\u202f567'])
  expect([count(1, 'episode'), count(3, 'episode'), percent(0.917)]).toEqual(['1 episode', '3 episodes', '92 %'])
})
