// What the operator types: single keys on a terminal, words on lines where there is none.
import { createInterface } from 'node:readline'

const CTRL_C = '\x03'

export interface OperatorInput extends NodeJS.ReadableStream {
  isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

/** What is understood; undefined for what says nothing. */
export interface Vocabulary<Word> {
  ofKey(key: string): Word | undefined
  ofText(text: string): Word | undefined
}

/** As the terminal does when it is not raw. Not by a signal to ourselves: that ends a process of Windows without a word. */
export function pressCtrlC(): void {
  if (!process.emit('SIGINT')) process.kill(process.pid, 'SIGINT')
}

/** Listens until the function that is returned is called. Ctrl-C does what it always does. */
export function listenToInput<Word>(
  input: OperatorInput,
  vocabulary: Vocabulary<Word>,
  onWord: (word: Word) => void,
  onInterrupt: () => void = pressCtrlC,
): () => void {
  return input.isTTY && input.setRawMode
    ? listenToKeys(input, vocabulary, onWord, onInterrupt)
    : listenToLines(input, vocabulary, onWord)
}

function listenToKeys<Word>(
  input: OperatorInput,
  { ofKey }: Vocabulary<Word>,
  onWord: (word: Word) => void,
  onInterrupt: () => void,
): () => void {
  // Raw, a terminal sends each key at once, and Ctrl-C as a key.
  input.setRawMode?.(true)
  const onData = (data: string | Buffer) => {
    for (const key of data.toString()) {
      const word = ofKey(key)
      if (key === CTRL_C) onInterrupt()
      else if (word !== undefined) onWord(word)
    }
  }
  input.on('data', onData).resume()
  return () => {
    input.off('data', onData).pause()
    input.setRawMode?.(false)
  }
}

function listenToLines<Word>(
  input: OperatorInput,
  { ofText }: Vocabulary<Word>,
  onWord: (word: Word) => void,
): () => void {
  const lines = createInterface({ input })
  lines.on('line', (line) => {
    const word = ofText(line)
    if (word !== undefined) onWord(word)
  })
  return () => lines.close()
}
