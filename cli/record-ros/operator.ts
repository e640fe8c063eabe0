// What the operator of a recording types.
import { type Listener, listenToInput, type OperatorInput } from '../operator-input.ts'
import type { RecordingWord } from './live-recording.ts'
import { wordOfKey, wordOfText } from './words.ts'

export type { OperatorInput } from '../operator-input.ts'

/** As `listenToInput`. */
export const listenToOperator = (input: OperatorInput, listener: Listener<RecordingWord>): (() => void) =>
  listenToInput(input, { ofKey: wordOfKey, ofText: wordOfText }, listener)
