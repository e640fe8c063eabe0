// The keys that are down. What the browser does not tell of (another window, a field that is typed into) releases all.
import { isMovingKey, wishOfKeys } from './keys.ts'
import type { Wish } from './wish.ts'

export interface Keyboard {
  wish(): Wish
  /** What is down has to be pressed again. */
  release(): void
  dispose(): void
}

/** `isOn`: keys move something, and are kept from the page. `onUse`: one was pressed. */
export function makeKeyboard(window: Window, isOn: () => boolean, onUse: () => void): Keyboard {
  const down = new Set<string>()
  let shift = false
  const ending = new AbortController()
  const { signal } = ending
  const releaseAll = () => down.clear()
  window.addEventListener(
    'keydown',
    (event) => {
      shift = event.shiftKey
      // Somewhere else these mean something; and while Meta is down, a Mac tells of no key that goes up.
      if (event.altKey || event.ctrlKey || event.metaKey) return releaseAll()
      if (!isOn() || !isMovingKey(event.code) || usesKeys(event.target)) return
      event.preventDefault()
      // A key that was down before has to be pressed again: nothing moves that nobody began.
      if (event.repeat) return
      down.add(event.code)
      onUse()
    },
    { signal },
  )
  window.addEventListener(
    'keyup',
    (event) => {
      shift = event.shiftKey
      down.delete(event.code)
      if (event.key === 'Meta') releaseAll()
    },
    { signal },
  )
  window.addEventListener('blur', releaseAll, { signal })
  window.addEventListener('focusin', (event) => usesKeys(event.target) && releaseAll(), { signal })
  // Of the document, and comes up to its window.
  window.addEventListener('visibilitychange', releaseAll, { signal })
  return {
    wish: () => wishOfKeys(down, shift),
    release: releaseAll,
    dispose: () => ending.abort(),
  }
}

/** Where arrows and letters mean something else: fields, sliders, lists, dialogues. */
const USES_KEYS = [
  'input, textarea, select, dialog, [contenteditable]:not([contenteditable="false"])',
  ...['slider', 'tablist', 'radiogroup', 'listbox', 'menu', 'grid', 'tree', 'dialog', 'alertdialog'].map(
    (role) => `[role="${role}"]`,
  ),
].join(', ')

const usesKeys = (target: EventTarget | null) => Boolean((target as Partial<Element> | null)?.closest?.(USES_KEYS))
