// The guard as the link deals with it: armed and disarmed by calls that may fail, and heard on its topic.
//
// From when it is asked to arm it may be armed, whether its answer reaches us or not. That it is disarmed again is owed from
// then on, and asked for until it has answered.
import { decodeGuardState, type GuardState } from './guard-state.ts'
import { LIMITS } from './link-limits.ts'
import { decodeTriggerResponse } from './messages.ts'
import { Watchdog } from './watchdog.ts'
import type { Answer } from './wire.ts'

export type Done = (failure?: string) => void

export interface GuardClientOptions {
  /** where it tells its state; its services lie below */
  topic: string
  /** a clock that only goes forward, s */
  now: () => number
  /** whether the arm is in our hands */
  isArmed: () => boolean
  /** of a service of type std_srvs/Trigger; `timeout`: s */
  call: (service: string, timeout: number, done: (answer: Answer) => void) => void
}

export class GuardClient {
  readonly #options: GuardClientOptions
  readonly #voice = new Watchdog(LIMITS.guardSilence)
  #said: GuardState | undefined
  /** it has said that it is armed since it was asked to be */
  #isConfirmed = false
  #armedAt = 0
  #isArming = false
  /** why nobody wants any more what is being armed */
  #unwanted: string | undefined
  #isOwed = false
  #disarmAt = 0

  constructor(options: GuardClientOptions) {
    this.#options = options
  }

  get topic(): string {
    return this.#options.topic
  }

  /** What it said last on this connection. */
  get said(): GuardState | undefined {
    return this.#said
  }

  get isArming(): boolean {
    return this.#isArming
  }

  /** Whether it may be armed, and has to be disarmed: as long as the arm is in our hands, and until it has answered. */
  get isOwed(): boolean {
    return this.#isOwed
  }

  /** Whether it is time to ask again that it disarms; `now`: s. */
  isDue(now: number): boolean {
    return this.#isOwed && !this.#options.isArmed() && !this.#isArming && now >= this.#disarmAt
  }

  isSilent(now: number): boolean {
    return this.#voice.isSilent(now)
  }

  /** Whether it should have said by now that it is armed. */
  isUnconfirmed(now: number): boolean {
    return !this.#isConfirmed && now - this.#armedAt > LIMITS.guardConfirms
  }

  /** What it says instead of being armed, as it was. What it said before it was may arrive after the answer that it is. */
  get lapse(): GuardState | undefined {
    return this.#isConfirmed && this.#said?.state !== 'armed' ? this.#said : undefined
  }

  /** On a new connection it has as long as at any other time to speak. */
  connected(): void {
    this.#voice.feed(this.#options.now())
    this.#said = undefined
  }

  /** A message on its topic. Throws a RangeError for what no guard says. */
  heard(message: unknown): GuardState {
    const said = decodeGuardState(message)
    this.#voice.feed(this.#options.now())
    this.#said = said
    if (said.state === 'armed') this.#isConfirmed = true
    return said
  }

  /** Asks it to arm; `obstacle`: why, once it has answered, that is not to be any more. */
  arm(obstacle: () => string | undefined, done: Done): void {
    const { topic, now, call } = this.#options
    this.#isArming = true
    this.#unwanted = undefined
    this.#isOwed = true
    this.#disarmAt = now() + LIMITS.arm
    call(`${topic}/arm`, LIMITS.arm, (answer) => {
      this.#isArming = false
      const failure = triggerFailure(answer)
      const unwanted = this.#unwanted && `stopped while it was being armed: ${this.#unwanted}`
      const why = failure ? `the guard did not arm: ${failure}` : (unwanted ?? obstacle())
      if (why) this.#disarmAt = now()
      done(why)
    })
  }

  /** The arm is in our hands. */
  armed(): void {
    this.#armedAt = this.#options.now()
    this.#isConfirmed = false
  }

  /** If it is being armed: nobody wants it any more. */
  callOff(reason: string): void {
    if (this.#isArming) this.#unwanted = reason
  }

  disarm(done: Done): void {
    const { topic, now, isArmed, call } = this.#options
    this.#disarmAt = now() + LIMITS.disarm
    call(`${topic}/disarm`, LIMITS.disarm, (answer) => {
      const failure = triggerFailure(answer)
      // Armed again since by who asked for it: nothing is paid for the time to come.
      if (!failure && !isArmed() && !this.#isArming) this.#isOwed = false
      done(failure && `the guard did not disarm: ${failure}`)
    })
  }
}

/** Why a service of type std_srvs/Trigger did not do what was asked; undefined when it did. */
function triggerFailure(answer: Answer): string | undefined {
  if (!answer.ok) return answer.message
  try {
    const { success, message } = decodeTriggerResponse(answer.values)
    return success ? undefined : message
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return error.message
  }
}
