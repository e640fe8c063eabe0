// News for whoever listens.
import type { Subscribe } from './backend.ts'

export interface News<T> {
  readonly subscribe: Subscribe<T>
  tell(what: T): void
  /** somebody listens */
  readonly isHeard: boolean
}

export function makeNews<T>(): News<T> {
  const listeners = new Set<(news: T) => void>()
  return {
    subscribe(listener) {
      // The same function twice is two listeners.
      const own = (news: T) => listener(news)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell(what) {
      for (const listener of listeners) listener(what)
    },
    get isHeard() {
      return listeners.size > 0
    },
  }
}
