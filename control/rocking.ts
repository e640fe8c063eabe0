// Rocking a part that has wedged: tilted by a little, it bears on two opposite edges, and the harder it is pushed, the
// harder friction holds it there. Nothing can be felt of the tilt then that would tell which way to straighten it; so its
// axis is led round a cone that opens slowly, and where the walls let go of it the push takes it deeper.
import { identityPose, type Pose, rotationVectorToQuat } from '../geometry/index.ts'

export interface RockingOptions {
  /** stuck: not as much deeper (m) within this time (s), with at least this much pushing back (N), and … */
  progress: number
  within: number
  push: number
  /** … so much to go by the plan, m: a part that leans on the floor is where it belongs */
  ahead: number
  /** how fast the cone opens, rad/s, its widest half angle, rad, and turns of the axis a second */
  opening: number
  widest: number
  frequency: number
  /** led round so often at its widest without progress, it has been tried */
  turns: number
}

export const DEFAULT_ROCKING: RockingOptions = {
  progress: 1e-4,
  within: 0.4,
  push: 1,
  ahead: 1.5e-3,
  opening: 0.015,
  widest: 0.03,
  frequency: 1,
  turns: 1,
}

export class Rocking {
  readonly #options: RockingOptions
  #lowest = Number.POSITIVE_INFINITY
  /** s without progress */
  #stuck = 0
  #angle = 0
  #turn = 0

  constructor(options: RockingOptions = DEFAULT_ROCKING) {
    this.#options = options
  }

  /** As at first: the part was taken elsewhere. */
  begin(): void {
    this.#lowest = Number.POSITIVE_INFINITY
    this.#stuck = 0
    this.#angle = 0
  }

  /** How long it takes until it has been tried, s: for so long something else may wait. */
  get patience(): number {
    const { within, opening, widest, frequency, turns } = this.#options
    return within + widest / opening + turns / frequency
  }

  /** After `elapsed` s: `height` of the part over the mouth and the way that is left to the plan, m; what pushes back, N. */
  update(height: number, ahead: number, push: number, elapsed: number): void {
    const { progress, within, push: least, ahead: far, opening, widest, frequency } = this.#options
    if (push < least || ahead < far || height < this.#lowest - progress) {
      this.#lowest = height
      this.#stuck = 0
    } else this.#stuck += elapsed
    const way = this.#stuck > within ? 1 : -2
    this.#angle = Math.min(widest, Math.max(0, this.#angle + way * opening * elapsed))
    this.#turn += 2 * Math.PI * frequency * elapsed
  }

  /** To be applied on the right of where the part is wanted: a rotation about its origin, source frame. */
  get pose(): Pose {
    if (this.#angle === 0) return identityPose()
    const [x, y] = [this.#angle * Math.cos(this.#turn), this.#angle * Math.sin(this.#turn)]
    return { position: [0, 0, 0], orientation: rotationVectorToQuat([x, y, 0]) }
  }
}
