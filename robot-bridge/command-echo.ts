// Whether someone else commands the same arm: the topic that commands go to is listened to, and each is known by its stamp.
import { Field } from './message-field.ts'
import { decodeTime } from './messages.ts'

/** Own commands that are still recognised: more than rosbridge replays to a late subscriber. */
const MOST_OWN = 1024

export class CommandEcho {
  /** when each was sent, s */
  readonly #own = new Map<string, number>()

  /** A message that is about to be sent at `now`, s. */
  sent(message: { header: { stamp?: unknown } }, now: number): void {
    this.#own.set(key(message), now)
    if (this.#own.size > MOST_OWN) this.#own.delete(this.#own.keys().next().value as string)
  }

  /** When a message on the topic was sent from here, s; undefined when it is a stranger's. Throws a RangeError for one without a stamp. */
  sentAt(message: unknown): number | undefined {
    return this.#own.get(key(message))
  }
}

/** Both versions of ROS write whole seconds and nanoseconds: the stamp comes back as it was sent. */
const key = (message: unknown): string =>
  decodeTime(new Field('command', message).get('header').get('stamp').value, 'command').toFixed(9)
