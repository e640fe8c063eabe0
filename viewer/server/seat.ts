// The one seat from which the robot is driven. Who leaves it, in whatever way, leaves a robot that holds.
import { UserError } from '../../cli/errors.ts'

export interface Seat {
  /** id of the client that drives; null: nobody */
  readonly writer: string | null
  /**
   * Takes the seat, with `force` from whoever has it, once the robot holds. `isHere` tells whether the client still wants
   * it then. Throws a UserError.
   */
  claim(id: string, force: boolean, isHere: () => boolean): Promise<void>
  /** Frees the seat if the client has it, at once; resolves when the robot holds. */
  leave(id: string): Promise<void>
  /** A call of the writer's to the session is under way: when it outlasts their stay, what it did is ended too. */
  during(call: Promise<unknown>): void
}

export interface SeatOptions {
  /** never rejects */
  letGo(): Promise<void>
  onChange(): void
  /** of who claims the seat, for what the last one began, ms; default: {@link PATIENCE} */
  patience?: number
}

const PATIENCE = 5000

export function makeSeat({ letGo, onChange, patience = PATIENCE }: SeatOptions): Seat {
  let writer: string | null = null
  let leaving: Promise<unknown> = Promise.resolve()
  const underway = new Set<Promise<unknown>>()

  /** A policy that was being loaded when its writer vanished would move the robot after it held: hence twice. */
  async function hold(begun: Promise<unknown>[]): Promise<void> {
    await letGo()
    if (begun.length === 0) return
    await Promise.allSettled(begun)
    await letGo()
  }

  function vacate(): void {
    writer = null
    leaving = Promise.all([leaving, hold([...underway])])
    underway.clear()
    onChange()
  }

  return {
    get writer() {
      return writer
    },
    async claim(id, force, isHere) {
      do {
        if (writer === id) return
        if (writer !== null && !force) {
          throw new UserError(`${writer} has the seat: wait until they release it, or take it over`)
        }
        if (writer !== null) vacate()
        if (!(await within(patience, leaving))) {
          throw new UserError('the robot does not hold yet: what the last writer began is still under way; try again')
        }
        if (!isHere()) throw new UserError(`${id} has gone`)
      } while (writer !== null)
      writer = id
      onChange()
    },
    async leave(id) {
      if (writer !== id) return
      vacate()
      await leaving
    },
    during(call) {
      underway.add(call)
      const end = () => underway.delete(call)
      call.then(end, end)
    },
  }
}

/** Whether the promise was fulfilled in so many ms. */
async function within(patience: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, patience, false)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
