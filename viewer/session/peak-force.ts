// The largest force from a moment on, of a station that knows the largest since its episode began.
import type { Glance, Station } from './station.ts'

export class PeakForce {
  readonly #station: Station
  /** before that moment, and after it as far as it was looked at, N */
  readonly #before: number
  #seen = 0

  /** From now on. */
  constructor(station: Station) {
    this.#station = station
    this.#before = station.peakForceN
  }

  see({ wrench, contacts }: Glance): void {
    // A simulator tells of the contacts, without what a sensor adds.
    const net = [0, 1, 2].map((axis) => contacts.reduce((sum, { force }) => sum + (force[axis] as number), 0))
    const force = this.#station.isStreamed ? (wrench?.force ?? []) : net
    this.#seen = Math.max(this.#seen, Math.hypot(...force))
  }

  /** N. What was felt between two looks counts, as far as it can be told from what came before. */
  get newtons(): number {
    const { peakForceN } = this.#station
    return peakForceN > this.#before ? peakForceN : this.#seen
  }
}
