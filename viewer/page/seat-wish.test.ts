import { expect, test } from 'vitest'
import { judgeWish, wishAfterLoss } from './seat-wish.ts'

test('who drove when the connection broke wants to drive again, and a second break does not forget it', () => {
  const wish = wishAfterLoss({ you: 'a', writer: 'a', watchers: 0 }, undefined)
  expect(wish).toBe('a')
  expect(wishAfterLoss({ you: 'b', writer: null, watchers: 1 }, wish)).toBe('a')
})

test('who watched does not', () => {
  expect(wishAfterLoss({ you: 'a', writer: 'b', watchers: 1 }, undefined)).toBeUndefined()
  expect(wishAfterLoss(undefined, undefined)).toBeUndefined()
})

test.each([
  ['the free seat is claimed', 'a', null, 'claim'],
  ['our old self is waited for', 'a', 'a', 'keep'],
  ['somebody else keeps what they took', 'a', 'c', 'drop'],
  ['nothing was ours', undefined, null, 'drop'],
  ['we have it', 'a', 'b', 'drop'],
] as const)('%s', (_, wish, writer, expected) => {
  expect(judgeWish(wish, { you: 'b', writer, watchers: 0 })).toBe(expected)
})
