import { expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { CommandEcho } from './command-echo.ts'
import { encodePoseStamped } from './messages.ts'

const command = (stamp: number, ros: 1 | 2 = 1) =>
  encodePoseStamped({ stamp, frame: 'base', pose: makePose([0, 0, 0]) }, ros)

test('what comes back with a stamp of ours was sent here, of either version of ROS; anything else was not', () => {
  for (const ros of [1, 2] as const) {
    const echo = new CommandEcho()
    echo.sent(command(1_732_510_000.123456, ros), 7)
    expect(echo.sentAt(JSON.parse(JSON.stringify(command(1_732_510_000.123456, ros))))).toBe(7)
    expect(echo.sentAt(command(1_732_510_000.123457, ros))).toBeUndefined()
  }
})

test('a message without a stamp is none of ours, and says so', () => {
  expect(() => new CommandEcho().sentAt({ header: {} })).toThrow(RangeError)
  expect(() => new CommandEcho().sentAt('pose')).toThrow(RangeError)
})

test('the last thousand are remembered, and no more', () => {
  const echo = new CommandEcho()
  for (let i = 0; i < 2000; i++) echo.sent(command(1000 + i / 100), i)
  expect(echo.sentAt(command(1000))).toBeUndefined()
  expect(echo.sentAt(command(1000 + 976 / 100))).toBe(976)
  expect(echo.sentAt(command(1000 + 1999 / 100))).toBe(1999)
})
