// What the operator of a recording types.
import { listenToInput, type OperatorInput } from '../operator-input.ts'
import type { RecordingWord } from './live-recording.ts'
import { wordOfKey, wordOfText } from './words.ts'

export type { OperatorInput } from '../operator-input.ts'

/** As `listenToInput`. */
export const listenToOperator = (
  input: OperatorInput,
  onWord: (word: RecordingWord) => void,
  onInterrupt?: () => void,
): (() => void) => listenToInput(input, { ofKey: wordOfKey, ofText: wordOfText }, onWord, onInterrupt)
