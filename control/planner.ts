// The chunks of a controller: asked for in time, laid where they were planned from, kept as long as they reach.
//
//   seen at t₀ (observation stamp)   there at t₁               executed until              reaches until
//   ├───────── planning ─────────────┤                         t₀ + Ta · poseInterval      t₀ + T · poseInterval
//   ●────●────●────●────●────●────●────●────●────●────●────●────○····○····○····○····○····○────┤
//   the chunk before goes on playing ┤ then this one, from the pose that belongs to t₁
//
// Whether somebody waits for a plan or the robot moves on meanwhile is the controller's choice. A plan is late when it is
// not there by the time at which the next should be begun.
import type { Pose } from '../geometry/index.ts'
import type { Fusing, Predictor, Seen } from '../policy/predictor.ts'
import { type Chunk, type EnsembleMode, endOf, ensemble } from './ensemble.ts'
import type { Clock } from './robot.ts'

/** A plan as it came back. */
export interface Plan {
  chunk: Chunk
  /** stamp of the observation it was made from, s */
  seenAt: number
  /** what planning took, s on the robot's clock */
  seconds: number
  late: boolean
  /** what the policy made of the picture, if it had one */
  fusing?: Fusing
}

interface Underway {
  /** resolves when it is there or has failed; never rejects */
  done: Promise<void>
  result?: Omit<Plan, 'late'> | { error: unknown }
  /** what it is planned from no longer holds */
  isForgotten: boolean
}

export class Planner {
  readonly #predictor: Predictor
  readonly #clock: Pick<Clock, 'now'>
  readonly #mode: EnsembleMode
  #chunks: Chunk[] = []
  #underway: Underway | undefined

  constructor(predictor: Predictor, clock: Pick<Clock, 'now'>, mode: EnsembleMode) {
    this.#predictor = predictor
    this.#clock = clock
    this.#mode = mode
  }

  get newest(): Chunk | undefined {
    return this.#chunks.at(-1)
  }

  /** How long a chunk is followed before the next is due, s. */
  get #executed(): number {
    return this.#predictor.actionHorizon * this.#predictor.poseInterval
  }

  /** Whether it is time to plan: nothing is being planned, and what was planned last has been executed. */
  isDue(now: number): boolean {
    if (this.#underway) return false
    return now >= (this.newest?.stamps[0] ?? Number.NEGATIVE_INFINITY) + this.#executed - 1e-9
  }

  /** Asks for a chunk for what was seen at `seenAt`, s. */
  begin(seen: Seen, seenAt: number): void {
    const underway: Underway = { done: Promise.resolve(), isForgotten: false }
    this.#underway = underway
    underway.done = this.#predict(seen, seenAt).then(
      (result) => {
        underway.result = result
      },
      (error) => {
        underway.result = { error }
      },
    )
  }

  /** Resolves when nothing is being planned any more. */
  async settled(): Promise<void> {
    await this.#underway?.done
  }

  /** The plan that has come back since, which is followed from now on. Throws what its planning threw. */
  take(now: number): Plan | undefined {
    const { result, isForgotten } = this.#underway ?? {}
    if (!result) return undefined
    this.#underway = undefined
    if ('error' in result) throw result.error
    if (isForgotten) {
      this.#predictor.forget?.()
      return undefined
    }
    this.#chunks = [...this.#chunks.filter((chunk) => endOf(chunk) > now), result.chunk]
    return { ...result, late: now - result.seenAt > this.#executed }
  }

  /** Drops all chunks, and what is being planned: what they were planned from no longer holds. */
  forget(): void {
    this.#chunks = []
    if (this.#underway) this.#underway.isForgotten = true
    this.#predictor.forget?.()
  }

  /** Where the part should be at a time. Throws a RangeError without a chunk. */
  wantedAt(time: number): Pose {
    return ensemble(this.#chunks, time, this.#mode)
  }

  async #predict(seen: Seen, seenAt: number): Promise<Omit<Plan, 'late'>> {
    const { poseInterval } = this.#predictor
    const begun = this.#clock.now()
    const poses = await this.#predictor.predict({ ...seen, stamp: seenAt })
    const { lastFusing: fusing } = this.#predictor
    const stamps = poses.map((_, k) => seenAt + (k + 1) * poseInterval)
    const chunk = { stamps: [seenAt, ...stamps], poses: [seen.sourceInTarget, ...poses] }
    return { chunk, seenAt, seconds: this.#clock.now() - begun, ...(fusing && { fusing }) }
  }
}
