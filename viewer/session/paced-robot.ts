// The simulated robot as one that lives: its time is the clock on the wall's, and waiting for it really waits.
//
//   wall       ──┬────┬────┬──────────────────┬────┬──►
//   simulated  ──┴────┴────┴─┤     rests      ├─┴──┴──►
//
// Physics is simulated up to now whenever somebody looks or commands, so that a command works from the moment at which it
// came. A robot that rests lives no time: nothing is simulated until it is woken.
import { followWall, Pacer } from '../../cli/sim/pacer.ts'
import type { Clock, Observation, PoseCommand, Robot } from '../../control/index.ts'
import type { Pose } from '../../geometry/index.ts'
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'
import type { SimRobot } from '../../sim/index.ts'

/** Closer than this is there, s: timers know milliseconds. */
const SOON = 5e-4

export class PacedRobot implements Robot, Clock {
  readonly #time: Scheduler
  #robot: SimRobot
  #pacer: Pacer
  /** simulated time at which the pacer began */
  #begin: number
  #isResting = false

  constructor(robot: SimRobot, time: Scheduler) {
    this.#time = time
    this.#robot = robot
    this.#begin = robot.now()
    this.#pacer = new Pacer(time.now())
  }

  /** What is simulated now. */
  get simulated(): SimRobot {
    return this.#robot
  }

  get cameraInBase(): Pose {
    return this.#robot.cameraInBase
  }

  /** Another episode begins. */
  replace(robot: SimRobot): void {
    this.#robot = robot
    this.#isResting = true
    this.wake()
  }

  rest(): void {
    this.#isResting = true
  }

  wake(): void {
    if (!this.#isResting) return
    this.#isResting = false
    this.#begin = this.#robot.now()
    this.#pacer = new Pacer(this.#time.now())
  }

  now(): number {
    if (this.#isResting) return this.#robot.now()
    return this.#begin + this.#pacer.until(this.#time.now())
  }

  async sleepUntil(time: number): Promise<void> {
    this.wake()
    for (let left = time - this.now(); left > SOON; left = time - this.now()) {
      await new Promise<void>((resolve) => void this.#time.after(left, resolve))
    }
    await this.catchUp()
  }

  /** Simulates up to now. */
  async catchUp(): Promise<void> {
    if (this.#isResting) return
    await followWall({ pacer: this.#pacer, now: () => this.#time.now(), robot: this.#robot, begin: this.#begin })
  }

  async observe(): Promise<Observation> {
    await this.catchUp()
    return this.#robot.observe()
  }

  async command(target: PoseCommand): Promise<void> {
    this.wake()
    await this.catchUp()
    await this.#robot.command(target)
  }

  async stop(reason: string): Promise<void> {
    await this.catchUp()
    await this.#robot.stop(reason)
  }
}
