// Services that were called and have not answered yet: each call ends once, with an answer or with why there is none.
import type { Answer, Wire } from './wire.ts'

export interface ServiceCall {
  service: string
  /** as that version of ROS calls it */
  type: string
  args: object
  /** without an answer by then it has failed, s */
  deadline: number
}

interface Pending {
  deadline: number
  settle(answer: Answer): void
}

export class PendingCalls {
  readonly #pending = new Set<Pending>()
  readonly #failed: (message: string) => void

  /** `failed` hears of each call that was not answered well, before who made it. */
  constructor(failed: (message: string) => void) {
    this.#failed = failed
  }

  call(wire: Wire, { service, type, args, deadline }: ServiceCall, done: (answer: Answer) => void): void {
    const pending: Pending = {
      deadline,
      settle: (answer) => {
        if (!this.#pending.delete(pending)) return
        if (!answer.ok) this.#failed(`${service}: ${answer.message}`)
        done(answer)
      },
    }
    this.#pending.add(pending)
    wire.call(service, type, args, pending.settle)
  }

  /** Ends those whose deadline has passed at `now`, s. */
  expire(now: number): void {
    for (const pending of [...this.#pending]) {
      if (now > pending.deadline) pending.settle({ ok: false, message: 'no answer in time' })
    }
  }

  /** Ends all: there is nobody left to answer. */
  abandon(reason: string): void {
    for (const pending of [...this.#pending]) pending.settle({ ok: false, message: reason })
  }
}
