// Whether the robot may move at all: running, paused, or stopped until somebody says otherwise.

export type GovernorState = 'running' | 'paused' | 'stopped'

/**
 * A stop outlasts everything but `rearm`: pausing and resuming do not release it, and the first reason stays. A pause, in turn,
 * outlasts the stop: who said it while somebody else stops and rearms, or before, still stands there.
 */
export class StopLatch {
  #isStopped = false
  #isPaused = false
  #reason = ''

  get state(): GovernorState {
    if (this.#isStopped) return 'stopped'
    return this.#isPaused ? 'paused' : 'running'
  }

  /** why it is stopped; empty when it is not */
  get reason(): string {
    return this.#reason
  }

  stop(reason: string): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#reason = reason
  }

  /** Whether there was a stop to release. */
  rearm(): boolean {
    if (!this.#isStopped) return false
    this.#isStopped = false
    this.#reason = ''
    return true
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }
}
