// How an operator says the words of a recording: by key, by joystick, by topic.
import { isRecordingWord, type RecordingPhase, type RecordingWord } from './live-recording.ts'

const KEYS: Readonly<Record<string, RecordingWord>> = {
  ' ': 'toggle',
  '\r': 'toggle',
  '\n': 'toggle',
  g: 'good',
  b: 'bad',
  x: 'discard',
  q: 'quit',
}

/** Undefined for a key that says nothing. */
export const wordOfKey = (key: string): RecordingWord | undefined =>
  Object.hasOwn(KEYS, key.toLowerCase()) ? KEYS[key.toLowerCase()] : undefined

/** Of a line typed or piped in, or the text of a message on the topic. */
export const wordOfText = (text: string): RecordingWord | undefined => {
  const word = text.trim().toLowerCase()
  return isRecordingWord(word) ? word : undefined
}

/** What there is to do in a phase, for the operator. */
export const promptOf = (phase: RecordingPhase): string =>
  ({
    waiting: 'space starts an episode, q ends',
    recording: 'space stops, g or b stops and marks it good or bad, x discards it',
    judging: 'g: good, b: bad, x: discard it',
    over: '',
  })[phase]

/** Buttons of a joystick, counted from 0. */
export interface RecordingButtons {
  /** starts and stops; when stopped: good */
  readonly record: number
  /** when stopped: bad */
  readonly pause?: number | undefined
}

/** Tells when a button is newly pressed: a message comes many times a second, and a button may be held. */
export class ButtonWords {
  readonly #buttons: RecordingButtons
  #before: readonly boolean[] | undefined

  constructor(buttons: RecordingButtons) {
    this.#buttons = buttons
  }

  /** `pressed`: for each button, whether it is down. */
  see(pressed: readonly boolean[], phase: RecordingPhase): RecordingWord | undefined {
    const before = this.#before
    this.#before = [...pressed]
    // A button that is down when the first message comes may have been so for long.
    const isNew = (button: number | undefined) =>
      button !== undefined && before !== undefined && !before[button] && pressed[button] === true
    if (isNew(this.#buttons.record)) return phase === 'judging' ? 'good' : 'toggle'
    if (phase === 'judging' && isNew(this.#buttons.pause)) return 'bad'
    return undefined
  }
}
