// Telling listeners what is new.
import type { Subscribe } from '../server/backend.ts'

export interface News<T> {
  readonly subscribe: Subscribe<T>
  tell(news: T): void
}

export function createNews<T>(): News<T> {
  const listeners = new Set<(news: T) => void>()
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(news) {
      for (const listener of listeners) listener(news)
    },
  }
}

/** Calls `task` at once, and not again within `interval` ms; then once for whatever came meanwhile. */
export function throttled(task: () => void, interval: number): { call(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  let again = false
  const run = () => {
    again = false
    timer = setTimeout(() => {
      timer = undefined
      if (again) run()
    }, interval)
    task()
  }
  return {
    call() {
      if (timer) again = true
      else run()
    },
    cancel() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
