// What a wrist sensor says while nothing touches the part is its offset: taken at the start, and off everything after it.
import type { Vec3 } from '../geometry/index.ts'
import type { Wrench } from './robot.ts'

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
      const towards = (offset: Vec3, felt: Vec3) => plus(offset, plus(felt, offset, -1), weight)
      this.#offset = { force: towards(this.#offset.force, force), torque: towards(this.#offset.torque, torque) }
      return undefined
    }
    return { force: plus(force, this.#offset.force, -1), torque: plus(torque, this.#offset.torque, -1) }
  }
}

/** `a + k b` */
export const plus = (a: Readonly<Vec3>, b: Readonly<Vec3>, k: number): Vec3 => [
  a[0] + k * b[0],
  a[1] + k * b[1],
  a[2] + k * b[2],
]
