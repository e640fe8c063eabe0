import { expect, test } from 'vitest'
import { judgeWish, wishAfterLoss, wishAtGreeting } from './seat-wish.ts'

test('who drove when the connection broke wants to drive again, and a second break does not forget it', () => {
  const wish = wishAfterLoss({ you: 'a', writer: 'a', watchers: 0 }, undefined)
  expect(wish).toBe('a')
  expect(wishAfterLoss({ you: 'b', writer: null, watchers: 1 }, wish)).toBe('a')
})

test('a studio that was started anew may name somebody else as it named us: nothing there was ours', () => {
  expect(wishAtGreeting('c1', 'first', undefined)).toBe('c1')
  expect(wishAtGreeting('c1', 'first', 'first')).toBe('c1')
  expect(wishAtGreeting('c1', 'second', 'first')).toBeUndefined()
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
