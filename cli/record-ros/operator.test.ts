import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listenToOperator, type OperatorInput } from './operator.ts'

async function typed(input: OperatorInput & PassThrough, ...pieces: string[]) {
  const words: string[] = []
  let interrupts = 0
  const stop = listenToOperator(
    input,
    (word) => words.push(word),
    () => interrupts++,
  )
  for (const piece of pieces) input.write(piece)
  for (let i = 0; i < 5; i++) await setImmediate()
  stop()
  return { words, interrupts }
}

test('on a terminal each key says a word at once, and the terminal is left as it was', async () => {
  const raws: boolean[] = []
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => raws.push(raw) })
  expect(await typed(keyboard, ' ', 'zg', '\x03')).toEqual({ words: ['toggle', 'good'], interrupts: 1 })
  expect(raws).toEqual([true, false])
})

test('without a terminal lines are words', async () => {
  expect(await typed(new PassThrough(), 'start\nnonsense\nSTOP\n', 'good\n')).toEqual({
    words: ['start', 'stop', 'good'],
    interrupts: 0,
  })
})
