// Whether the robot may move at all: running, paused, or stopped until somebody says otherwise.

export type GovernorState = 'running' | 'paused' | 'stopped'

/** A stop outlasts everything but `rearm`: pausing and resuming do not release it, and the first reason stays. */
export class StopLatch {
  #state: GovernorState = 'running'
  #reason = ''

  get state(): GovernorState {
    return this.#state
  }

  /** why it is stopped; empty when it is not */
  get reason(): string {
    return this.#reason
  }

  stop(reason: string): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#reason = reason
  }

  /** Whether there was a stop to release. */
  rearm(): boolean {
    if (this.#state !== 'stopped') return false
    this.#state = 'running'
    this.#reason = ''
    return true
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state === 'paused') this.#state = 'running'
  }
}
