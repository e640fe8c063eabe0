import { expect, test } from 'vitest'
import { isMovingKey, wishOfKeys } from './keys.ts'

const wish = (codes: string[], shift = false) => wishOfKeys(new Set(codes), shift)

test('arrows move level, E and Q up and down', () => {
  expect(wish(['ArrowRight', 'ArrowUp', 'KeyQ'])).toEqual({ linear: [1, 1, -1], angular: [0, 0, 0] })
  expect(wish(['PageUp']).linear).toEqual([0, 0, 1])
})

test('opposite keys cancel, and two keys of the same meaning are no faster', () => {
  expect(wish(['ArrowLeft', 'ArrowRight', 'KeyE', 'PageUp']).linear).toEqual([0, 0, 1])
})

test('with Shift the part leans to where the arrow points', () => {
  // Up, turned about away by the right hand, goes right: away × up = right. Leaning away turns about −right.
  expect(wish(['ArrowRight'], true)).toEqual({ linear: [0, 0, 0], angular: [0, 1, 0] })
  expect(wish(['ArrowUp'], true).angular).toEqual([-1, 0, 0])
  expect(wish(['KeyE'], true).angular).toEqual([0, 0, 1])
})

test('the page’s own keys move nothing', () => {
  for (const code of ['Space', 'KeyR', 'KeyK', 'KeyD', 'Escape', 'Tab', 'Enter']) expect(isMovingKey(code)).toBe(false)
})
