// Keys of the whole page, carried out. They are caught before anything else sees them.
import { focusOf, keyAction, type Press } from './keys.ts'
import { decide, endRecording, startRecording } from './recording.ts'
import { replay, stepReplay, togglePlay } from './replay.ts'
import { stop, store } from './studio.ts'

export function listenToKeys(): void {
  addEventListener('keydown', onKey, { capture: true })
  // A button is pressed when the space bar comes up.
  addEventListener('keyup', (event) => event.key === ' ' && pressOf(event).focus !== 'text' && event.preventDefault(), {
    capture: true,
  })
}

const pressOf = (event: KeyboardEvent): Press => ({
  key: latin(event),
  repeat: event.repeat,
  modified: event.ctrlKey || event.altKey || event.metaKey,
  focus: focusOf(event.target as HTMLElement | null),
})

/** The letter; on a layout without Latin ones, that of the same place on a US keyboard. */
function latin({ key, code }: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  return letter && key.length === 1 && key > '~' ? letter : key
}

function onKey(event: KeyboardEvent) {
  const recording = store.session.value?.recording.state ?? 'off'
  const action = keyAction(pressOf(event), { recording, replaying: replay.value !== undefined })
  if (!action) return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (action === 'stop') stop(event.key === ' ' ? 'space bar' : 'Escape')
  if (action === 'record') void startRecording()
  if (action === 'end') void endRecording()
  if (action === 'keep' || action === 'discard') void decide(action === 'keep')
  if (action === 'play') togglePlay()
  if (action === 'back' || action === 'forward') stepReplay(action === 'back' ? -1 : 1)
}
