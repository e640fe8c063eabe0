// What the operator types: single keys on a terminal, words on lines where there is none.
import { createInterface } from 'node:readline'
import type { RecordingWord } from './live-recording.ts'
import { wordOfKey, wordOfText } from './words.ts'

const CTRL_C = '\x03'

export interface OperatorInput extends NodeJS.ReadableStream {
  isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

/** Listens until the function that is returned is called. Ctrl-C does what it always does. */
export function listenToOperator(
  input: OperatorInput,
  onWord: (word: RecordingWord) => void,
  onInterrupt: () => void = () => process.kill(process.pid, 'SIGINT'),
): () => void {
  return input.isTTY && input.setRawMode ? listenToKeys(input, onWord, onInterrupt) : listenToLines(input, onWord)
}

function listenToKeys(
  input: OperatorInput,
  onWord: (word: RecordingWord) => void,
  onInterrupt: () => void,
): () => void {
  // Raw, a terminal sends each key at once, and Ctrl-C as a key.
  input.setRawMode?.(true)
  const onData = (data: string | Buffer) => {
    for (const key of data.toString()) {
      const word = wordOfKey(key)
      if (key === CTRL_C) onInterrupt()
      else if (word) onWord(word)
    }
  }
  input.on('data', onData).resume()
  return () => {
    input.off('data', onData).pause()
    input.setRawMode?.(false)
  }
}

function listenToLines(input: OperatorInput, onWord: (word: RecordingWord) => void): () => void {
  const lines = createInterface({ input })
  lines.on('line', (line) => {
    const word = wordOfText(line)
    if (word) onWord(word)
  })
  return () => lines.close()
}
