// What a key means to the whole page. Keys that steer are read elsewhere.

export type KeyAction =
  | 'stop'
  | 'record'
  | 'end'
  | 'keep'
  | 'discard'
  | 'play'
  | 'back'
  | 'forward'
  /** stops nothing and presses nothing: a held space bar, repeating */
  | 'swallow'

/** What of a keyboard event matters. */
export interface Press {
  key: string
  repeat: boolean
  /** control, alt or meta is held */
  modified: boolean
  focus: Focus
}

/**
 * `text`: where spaces and letters are written. `field`: a number, a list, a slider, where letters and arrows mean
 * something but a space does not. `tabs`: where arrows do.
 */
export type Focus = 'page' | 'tabs' | 'field' | 'text'

/** What can be done now. */
export interface Situation {
  recording: 'off' | 'recording' | 'deciding'
  replaying: boolean
}

/** Undefined: the key is somebody else's. */
export function keyAction({ key, repeat, modified, focus }: Press, situation: Situation): KeyAction | undefined {
  if (key === 'Escape' || (key === ' ' && focus !== 'text')) return repeat ? 'swallow' : 'stop'
  if (modified || focus === 'field' || focus === 'text') return undefined
  if (situation.replaying) {
    if (key === 'ArrowLeft' && focus === 'page') return 'back'
    if (key === 'ArrowRight' && focus === 'page') return 'forward'
    if (!repeat && key.toLowerCase() === 'p') return 'play'
  }
  return repeat ? undefined : recordingKey(key.toLowerCase(), situation.recording)
}

function recordingKey(key: string, recording: Situation['recording']): KeyAction | undefined {
  if (key === 'r' && recording === 'off') return 'record'
  if (key === 'r' && recording === 'recording') return 'end'
  if (key === 'k' && recording === 'deciding') return 'keep'
  if (key === 'd' && recording === 'deciding') return 'discard'
  return undefined
}

const WRITES = new Set(['text', 'search', 'email', 'url', 'tel', 'password'])

/** Of the element that has the focus. */
export function focusOf(
  element: { tagName: string; type?: string; role?: string | null; isContentEditable?: boolean } | null | undefined,
): Focus {
  const tag = element?.tagName.toUpperCase()
  if (element?.role === 'tab') return 'tabs'
  if (element?.isContentEditable || tag === 'TEXTAREA') return 'text'
  if (tag === 'INPUT') return WRITES.has(element?.type ?? 'text') ? 'text' : 'field'
  return tag === 'SELECT' ? 'field' : 'page'
}
