// Who drove before the connection broke drives again, unless somebody else took the seat meanwhile or the
// studio was started anew.
import type { Seats } from '../protocol/session.ts'

/** What we had when the connection broke: our name of then; undefined when we did not drive. */
export type SeatWish = string | undefined

export const wishAfterLoss = (seats: Seats | undefined, wish: SeatWish): SeatWish =>
  seats && seats.writer === seats.you ? seats.you : wish

/** `run`: of the studio, as it says on greeting. One that was started anew has nothing that was ours. */
export const wishAtGreeting = (wish: SeatWish, run: string, before: string | undefined): SeatWish =>
  before === undefined || before === run ? wish : undefined

/** `claim`: the seat is free, take it. `keep`: the server has not noticed yet that our old self is gone. */
export function judgeWish(wish: SeatWish, seats: Seats): 'claim' | 'keep' | 'drop' {
  if (wish === undefined || seats.writer === seats.you) return 'drop'
  if (seats.writer === null) return 'claim'
  return seats.writer === wish ? 'keep' : 'drop'
}
