import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { agreed } from './ask.ts'

beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true))
afterEach(() => void vi.restoreAllMocks())

function asking(signal = new AbortController().signal) {
  const input = new PassThrough()
  return { input, answer: agreed('Move the robot?', signal, input) }
}

test.each([
  ['y', true],
  ['Yes', true],
  ['', false],
  ['no', false],
  ['yesterday', false],
])('"%s" is %s', async (text, expected) => {
  const { input, answer } = asking()
  input.write(`${text}\n`)
  expect(await answer).toBe(expected)
})

test('an input that ends has not said yes', async () => {
  const { input, answer } = asking()
  input.end()
  expect(await answer).toBe(false)
})

test('Ctrl-C ends the asking', async () => {
  const controller = new AbortController()
  const { answer } = asking(controller.signal)
  controller.abort()
  await expect(answer).rejects.toThrow('stopped before anything moved')
})
