// A STOP is said until it is heard.
import type { Connection } from './connection.ts'

/** A connection may be dead for minutes before the browser notices: a STOP that has no answer by then was not heard, ms. */
export const STOP_ANSWER = 1000

export interface UrgentStop {
  say(reason: string): void
  /** To be called once a connection is open: what was not heard is said there before anything else. */
  connected(): void
}

/** `complain`: tells the person that it was not heard, and why. */
export function urgentStop(
  { call, giveUp }: Pick<Connection, 'call' | 'giveUp'>,
  complain: (problem: string) => void,
): UrgentStop {
  let owed: string | undefined
  function say(reason: string): void {
    owed = undefined
    const silence = setTimeout(giveUp, STOP_ANSWER)
    call('stop', { reason })
      .catch((error: Error) => {
        owed = reason
        complain(error.message)
      })
      .finally(() => clearTimeout(silence))
  }
  return {
    say,
    connected() {
      if (owed !== undefined) say(owed)
    },
  }
}
