import { expect, test } from 'vitest'
import { startStatusLine } from './status-line.ts'

function terminal(isTTY: boolean) {
  let time = 0
  let written = ''
  const out = { isTTY, columns: 10, write: (text: string) => (written += text) }
  const line = startStatusLine(out, () => time)
  return { line, wait: (ms: number) => (time += ms), written: () => written }
}

test('on a terminal the line is written over, cut to its width, and stays below what is told', () => {
  const { line, written } = terminal(true)
  line.show('twelve chars')
  line.tell('news')
  line.show('next')
  line.stop()
  expect(written().split('\r\x1b[2K')).toEqual(['', 'twelve ch', 'news\ntwelve ch', 'next', ''])
})

test('elsewhere it comes now and then, and news at once', () => {
  const { line, wait, written } = terminal(false)
  line.show('a')
  wait(9_000)
  line.show('b')
  line.tell('news')
  wait(1_000)
  line.show('c')
  line.stop()
  expect(written()).toBe('a\nnews\nc\n')
})
