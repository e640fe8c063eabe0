import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { listenToInput } from './operator-input.ts'
import { type RunWord, runWordOfKey, runWordOfText } from './run/words.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What is said by pieces that a terminal sends, one each `every` milliseconds. */
async function typed(pieces: readonly string[], every = 1) {
  let time = 0
  vi.spyOn(performance, 'now').mockImplementation(() => time)
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const words: (RunWord | 'interrupt')[] = []
  const unlisten = listenToInput(
    keyboard,
    { ofKey: runWordOfKey, ofText: runWordOfText },
    { onWord: (word) => words.push(word), onInterrupt: () => words.push('interrupt') },
  )
  for (const piece of pieces) {
    time += every
    keyboard.write(piece)
    for (let i = 0; i < 3; i++) await setImmediate()
  }
  unlisten()
  return words
}

test('keys typed ahead are heard one by one', async () => {
  expect(await typed([' rp', 'q', '\x03'])).toEqual(['stop', 'rearm', 'pause', 'quit', 'interrupt'])
})

test.each([
  ['F1 to F4', ['\x1bOP', '\x1bOQ', '\x1bOR', '\x1bOS']],
  ['F3 with Shift, as xterm and others have it', ['\x1b[1;2R', '\x1bO2R']],
  ['F1 to F5 of the Linux console', ['\x1b[[A', '\x1b[[B', '\x1b[[C', '\x1b[[D', '\x1b[[E']],
  ['arrows, Home, Delete and F5', ['\x1b[A', '\x1bOA', '\x1b[H', '\x1b[3~', '\x1b[15~']],
  ['an arrow with Alt', ['\x1b\x1b[A']],
  ['Alt with letters', ['\x1br', '\x1bq\x1bp', '\x1bR']],
  ['several at once', ['\x1bOR\x1bOR\x1b[A']],
  ['one in two pieces', ['\x1b', 'OR', '\x1bO', 'R', '\x1b[1;', '2R']],
  ['Escape', ['\x1b', '\x1b\x1b']],
])('%s says nothing', async (_, pieces) => {
  expect(await typed(pieces)).toEqual([])
})

test('a key after another that was none is heard, and so is one a while after Escape', async () => {
  expect(await typed(['\x1bORr\x1b[Ap'])).toEqual(['rearm', 'pause'])
  expect(await typed(['\x1b', 'q', '\x1bO', 'r'], 1000)).toEqual(['quit', 'rearm'])
})

test('a stop and Ctrl-C are heard whatever came right before', async () => {
  for (const before of ['\x1b', '\x1bO', '\x1b[', '\x1b[1;', '\x1b[[']) {
    expect(await typed([`${before} `])).toContain('stop')
    expect(await typed([before, ' '])).toContain('stop')
    expect(await typed([`${before}\x03`])).toContain('interrupt')
    expect(await typed([before, '\x03'])).toContain('interrupt')
  }
})
