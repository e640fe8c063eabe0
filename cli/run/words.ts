// What the operator of a live run can say, by key or on a line.

/** `stop` is latched: nothing moves until it is armed again. `pause` also goes on. */
export const RUN_WORDS = ['stop', 'pause', 'rearm', 'quit'] as const
export type RunWord = (typeof RUN_WORDS)[number]

const KEYS: Readonly<Record<string, RunWord>> = { ' ': 'stop', p: 'pause', r: 'rearm', q: 'quit' }

/** Undefined for a key that says nothing. */
export const runWordOfKey = (key: string): RunWord | undefined =>
  Object.hasOwn(KEYS, key.toLowerCase()) ? KEYS[key.toLowerCase()] : undefined

/** Of a line typed or piped in. */
export const runWordOfText = (text: string): RunWord | undefined =>
  RUN_WORDS.find((word) => word === text.trim().toLowerCase())

export const RUN_KEYS = 'space stops, p pauses and goes on, r arms again, q ends'
