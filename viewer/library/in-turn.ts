// Work that waits for its turn, where one at a time is all that the machine should do.
import { UserError } from '../../cli/errors.ts'

/** Carries out tasks one after the other; throws a UserError, `busy`, when more than `most` would wait. */
export function createTurns(most: number, busy: string): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (task) => {
    if (waiting >= most) throw new UserError(busy)
    waiting++
    const turn = last.then(task).finally(() => waiting--)
    last = turn.catch(() => {})
    return turn
  }
}
