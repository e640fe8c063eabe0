// Short messages that come and go: what went wrong, and what can be undone.
import { signal } from '@preact/signals'

export interface Toast {
  id: number
  kind: 'info' | 'error'
  text: string
  action?: { label: string; run(): void }
}

export const toasts = signal<readonly Toast[]>([])

/** ms; what can be undone stays longer, and what went wrong until it has been read */
const STAYS = { info: 5000, error: 12_000, undo: 12_000 }

let next = 0

export function toast(kind: Toast['kind'], text: string, action?: Toast['action']): void {
  const id = next++
  const others = toasts.value.filter((other) => other.text !== text).slice(-3)
  toasts.value = [...others, { id, kind, text, ...(action && { action }) }]
  setTimeout(() => dismiss(id), action ? STAYS.undo : STAYS[kind])
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id)
}
