// What a wrist sensor says while nothing touches the part is its offset: taken at the start, and off everything after it.
import type { Vec3 } from '../geometry/index.ts'
import type { Wrench } from './robot.ts'
import { minus, plus } from './vector.ts'

export class Tare {
  readonly #time: number
  #offset: Wrench = { force: [0, 0, 0], torque: [0, 0, 0] }
  #elapsed = 0

  /** `time`: for so long the part hangs free, s */
  constructor(time: number) {
    this.#time = time
  }

  /** The contact in `wrench`, felt for `elapsed` s; undefined while the offset is being taken. */
  contact({ force, torque }: Wrench, elapsed: number): Wrench | undefined {
    if (this.#elapsed < this.#time) {
      this.#elapsed += elapsed
      const weight = elapsed / this.#elapsed
      const towards = (offset: Vec3, felt: Vec3) => plus(offset, minus(felt, offset), weight)
      this.#offset = { force: towards(this.#offset.force, force), torque: towards(this.#offset.torque, torque) }
      return undefined
    }
    return { force: minus(force, this.#offset.force), torque: minus(torque, this.#offset.torque) }
  }
}
