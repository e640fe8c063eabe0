// What the operator types: single keys on a terminal, words on lines where there is none.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

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

export interface Listener<Word> {
  onWord(word: Word): void
  /** Nobody can say anything any more: there is no terminal, or it was closed. */
  onEnd?(): void
  /** default: {@link pressCtrlC} */
  onInterrupt?(): void
}

/** Listens until the function that is returned is called. Ctrl-C does what it always does. */
export function listenToInput<Word>(
  input: OperatorInput,
  vocabulary: Vocabulary<Word>,
  { onWord, onEnd = () => {}, onInterrupt = pressCtrlC }: Listener<Word>,
): () => void {
  const unlisten =
    input.isTTY && input.setRawMode
      ? listenToKeys(input, vocabulary, onWord, onInterrupt)
      : listenToLines(input, vocabulary, onWord)
  let isOver = false
  const end = () => {
    if (!isOver) onEnd()
    isOver = true
  }
  if (hasEnded(input)) setImmediate(end)
  input.on('end', end).on('close', end)
  return () => {
    isOver = true
    input.off('end', end).off('close', end)
    unlisten()
  }
}

const hasEnded = (input: OperatorInput): boolean =>
  input instanceof Readable && (input.readableEnded || input.destroyed)

function listenToKeys<Word>(
  input: OperatorInput,
  { ofKey }: Vocabulary<Word>,
  onWord: (word: Word) => void,
  onInterrupt: () => void,
): () => void {
  // Raw, a terminal sends each key at once, and Ctrl-C as a key.
  input.setRawMode?.(true)
  const keysIn = keyReader()
  const onData = (data: string | Buffer) => {
    for (const key of keysIn(data.toString())) {
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

const ESC = '\x1b'
/**
 * What a terminal sends for an arrow, a function key (F3 is ESC O R) or Alt with a letter. Never a space or what is below: who
 * means to stop is heard whatever came before.
 */
const SEQUENCE = new RegExp(`${ESC}+(?:\\[\\[[!-~]|\\[[!-?]*[@-Z\\\\-~]|O[0-9;]*[!-~]|[!-NP-Z\\\\-~])`, 'g')
/** The beginning of one. */
const BEGUN = new RegExp(`${ESC}+(?:\\[\\[?[!-?]*|O[0-9;]*)?$`)
/** The rest of a sequence comes within this time, s; afterwards a key was pressed. */
const REST = 0.1

/** Of what arrives piece by piece: single keys, without the letters of such sequences. */
function keyReader(): (text: string) => string {
  let begun = ''
  let begunAt = 0
  return (text) => {
    const now = performance.now()
    const whole = ((now - begunAt) / 1e3 < REST ? begun : '') + text
    const keys = whole.replace(SEQUENCE, '')
    begun = BEGUN.exec(keys)?.[0] ?? ''
    begunAt = now
    return keys.slice(0, keys.length - begun.length)
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
