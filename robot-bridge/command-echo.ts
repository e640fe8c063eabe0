// Whether someone else commands the same arm: the topic that commands go to is listened to, and each is known by its stamp.
import { Field } from './message-field.ts'
import { decodeTime } from './messages.ts'

/** Own commands that are still recognised: more than rosbridge replays to a late subscriber. */
const MOST_OWN = 1024

export class CommandEcho {
  readonly #own = new Set<string>()

  /** A message that is about to be sent. */
  sent(message: { header: { stamp?: unknown } }): void {
    this.#own.add(key(message))
    if (this.#own.size > MOST_OWN) this.#own.delete(this.#own.values().next().value as string)
  }

  /** Whether a message on the topic came from here. Throws a RangeError for one without a stamp. */
  isOwn(message: unknown): boolean {
    return this.#own.has(key(message))
  }
}

/** Both versions of ROS write whole seconds and nanoseconds: the stamp comes back as it was sent. */
const key = (message: unknown): string =>
  decodeTime(new Field('command', message).get('header').get('stamp').value, 'command').toFixed(9)
