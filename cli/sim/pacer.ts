// Simulated time that follows the clock on the wall, as far as the machine keeps up.
//
//   wall   ──────┬────┬────┬──────────────┬────┬──►
//   simulated  ──┴────┴────┴──┤ slipped ├─┴────┴──►    a long gap is cut short, not made up for
//
// Making up for lost time would take the time of what comes next, and so on for ever; and a robot that was asleep does not
// live through at once what it slept through.
import type { Clock } from '../../control/index.ts'

/**
 * The longest stretch that is simulated at once, and that is spent on it, s on the wall: where contacts cost more time than
 * they last, the robot moves slowly and answers at once, not now and then.
 */
const LONGEST = 0.025
/** Simulated between two looks at the clock, s. */
const SLICE = 0.002

export class Pacer {
  readonly #speed: number
  /** wall time at which simulated time was 0 */
  #origin: number
  #reached: number
  #slipped = 0

  /** `now`: wall time, s. `speed`: simulated seconds a second. */
  constructor(now: number, { speed = 1 }: { speed?: number } = {}) {
    this.#origin = now
    this.#reached = now
    this.#speed = speed
  }

  /** Up to when physics is to be simulated now; asked again and again with wall times that do not go backwards. */
  until(now: number): number {
    const gap = now - this.#reached
    const slip = Math.max(0, gap - LONGEST)
    this.#origin += slip
    this.#slipped += slip
    this.#reached = Math.max(now, this.#reached)
    return (this.#reached - this.#origin) * this.#speed
  }

  /** Of the stretch up to {@link until}, physics came no further than this. */
  only(simulated: number): void {
    const slip = Math.max(0, (this.#reached - this.#origin) * this.#speed - simulated) / this.#speed
    this.#origin += slip
    this.#slipped += slip
  }

  /** When on the wall a simulated time was: the stamp of what is published. Never later than now for what has been. */
  wallTime(simulated: number): number {
    return this.#origin + simulated / this.#speed
  }

  /** Simulated time begins anew at 0. */
  restart(now: number): void {
    this.#origin = now
    this.#reached = now
  }

  /** Wall time that was not simulated, s. */
  get slipped(): number {
    return this.#slipped
  }
}

export interface Followed {
  pacer: Pacer
  /** on the wall, s */
  now: () => number
  robot: Pick<Clock, 'now' | 'sleepUntil'>
  /** the robot's time at which the pacer began, s */
  begin?: number
}

/** Simulates up to now, or as far as physics comes in the time for which others can wait. */
export async function followWall({ pacer, now, robot, begin = 0 }: Followed): Promise<void> {
  const from = now()
  const until = begin + pacer.until(from)
  for (let left = until - robot.now(); left > 0 && now() - from < LONGEST; ) {
    await robot.sleepUntil(Math.min(until, robot.now() + SLICE))
    const before = left
    left = until - robot.now()
    // Less than it can tell apart.
    if (left === before) return
  }
  pacer.only(robot.now() - begin)
}
