// An episode from its first command on: how long it has been driven, and how it ended.
import type { Verdict } from '../protocol/session.ts'
import { PeakForce } from './peak-force.ts'
import type { Glance, Station } from './station.ts'

/** Between two looks, s. */
const LONGEST = 0.5

export class EpisodeWatch {
  readonly #station: Station
  /** s on the robot's clock; undefined before the first command */
  #driven: number | undefined
  #stamp = 0
  #verdict: Verdict | null = null
  #seatedAt: number | null = null
  #peak: PeakForce

  constructor(station: Station) {
    this.#station = station
    this.#peak = new PeakForce(station)
  }

  /** Null as long as it runs. */
  get verdict(): Verdict | null {
    return this.#verdict
  }

  /** s, on the robot's clock; null when it is not seated */
  get seatedAt(): number | null {
    return this.#seatedAt
  }

  get seconds(): number {
    return this.#driven ?? 0
  }

  /** Another one. */
  begin(): void {
    this.#station.begin()
    this.#peak = new PeakForce(this.#station)
    this.#driven = undefined
    this.#verdict = null
    this.#seatedAt = null
  }

  /** Somebody drives. */
  commanded(): void {
    this.#driven ??= 0
  }

  /** Looks, and says whether it ended now. `drives`: somebody may move it, and nothing holds it; `isTimed`: there is only so much time. */
  look(glance: Glance, drives: boolean, isTimed: boolean): Verdict | undefined {
    // More than that is a clock that was set.
    const passed = Math.min(LONGEST, Math.max(0, glance.stamp - this.#stamp))
    this.#stamp = glance.stamp
    this.#peak.see(glance)
    if (this.#driven === undefined || this.#verdict) return undefined
    if (drives) this.#driven += passed
    const ended = this.#station.judge(glance, this.#driven, isTimed)
    if (!ended) return undefined
    const { seated, reason, seatedAt } = ended
    this.#seatedAt = seatedAt
    this.#verdict = {
      seated,
      reason,
      seatSeconds: seated ? this.#driven : null,
      peakForceN: this.#peak.newtons,
    }
    return this.#verdict
  }
}
