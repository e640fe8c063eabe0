// A connection for tests: what is published here arrives at once, and time passes when the test says so.
import type { Listening } from './watched-robot.ts'

export class FakeListening implements Listening {
  time = 1000
  readonly types = new Map<string, string>()
  readonly #listeners = new Map<string, Set<(message: unknown) => void>>()

  now(): number {
    return this.time
  }

  subscribe(topic: string, type: string, onMessage: (message: unknown) => void): () => void {
    this.types.set(topic, type)
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(onMessage))
    return () => listeners.delete(onMessage)
  }

  publish(topic: string, message: unknown): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(message)
  }

  /** Topics that somebody listens to. */
  get topics(): string[] {
    return [...this.#listeners].filter(([, listeners]) => listeners.size > 0).map(([topic]) => topic)
  }
}
