import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listenToOperator, type OperatorInput } from './operator.ts'

async function typed(input: OperatorInput & PassThrough, ...pieces: string[]) {
  const words: string[] = []
  let interrupts = 0
  let ends = 0
  const stop = listenToOperator(input, {
    onWord: (word) => words.push(word),
    onEnd: () => ends++,
    onInterrupt: () => interrupts++,
  })
  for (const piece of pieces) input.write(piece)
  for (let i = 0; i < 5; i++) await setImmediate()
  stop()
  return { words, interrupts, ends }
}

test('on a terminal each key says a word at once, and the terminal is left as it was', async () => {
  const raws: boolean[] = []
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => raws.push(raw) })
  expect(await typed(keyboard, ' ', 'zg', '\x03')).toEqual({ words: ['toggle', 'good'], interrupts: 1, ends: 0 })
  expect(raws).toEqual([true, false])
})

test('without a terminal lines are words', async () => {
  expect(await typed(new PassThrough(), 'start\nnonsense\nSTOP\n', 'good\n')).toEqual({
    words: ['start', 'stop', 'good'],
    interrupts: 0,
    ends: 0,
  })
})

test('an input that ends, or had ended before, is told of once', async () => {
  const closing = new PassThrough()
  closing.end('start\n')
  expect(await typed(closing)).toEqual({ words: ['start'], interrupts: 0, ends: 1 })
  const closed = new PassThrough().resume()
  closed.end()
  for (let i = 0; i < 5; i++) await setImmediate()
  expect(await typed(closed)).toEqual({ words: [], interrupts: 0, ends: 1 })
})
