import { expect, test } from 'vitest'
import { createTurns } from './in-turn.ts'

test('tasks are carried out one after the other, also after one that failed', async () => {
  const inTurn = createTurns(5, 'busy')
  const order: string[] = []
  const task = (name: string, fails = false) =>
    inTurn(async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
      if (fails) throw new Error(`${name} failed`)
      return name
    })
  const [a, b, c] = await Promise.allSettled([task('a'), task('b', true), task('c')])
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect([a, c]).toMatchObject([{ value: 'a' }, { value: 'c' }])
  expect(b).toMatchObject({ reason: { message: 'b failed' } })
})

test('what would wait too long is refused until there is room', async () => {
  const inTurn = createTurns(2, 'two are being done')
  let finish = () => {}
  const first = inTurn(() => new Promise<void>((resolve) => (finish = resolve)))
  const second = inTurn(async () => 2)
  await expect(inTurn(async () => 3)).rejects.toThrow('two are being done')
  finish()
  await first
  expect(await second).toBe(2)
  expect(await inTurn(async () => 4)).toBe(4)
})
