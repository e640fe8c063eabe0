// Which of the receptacle's solids the part can touch in the next time step: MuJoCo is shown no others.
//
// A solid at distance d cannot be touched before some point of the part has travelled by d. Its distance is asked for once,
// and then not again for as long as the part has travelled less. At the mouth of a round bore two or three of its 33 solids
// are left, and nothing changes but the time it takes: the contacts are those that MuJoCo would have found among all.
import type { MainModule, MjData, MjModel } from '@mujoco/mujoco'

/** Distances are asked for up to this, m. */
const FAR = 0.02
/** A solid as near as this counts as touched: far above what rounding does to a distance, m. */
const SLACK = 1e-6
/** One that has more room than this to its slack is not shown, m. */
const ROOM = 5e-6
/** One that is shown is looked at again after so much travel, m. */
const LOOK_AGAIN = 2e-5

interface Obstacle {
  geom: number
  contype: number
  conaffinity: number
  /** the part's solids that may touch it */
  partners: readonly number[]
  /** travel at which it is looked at again, m */
  due: number
}

export class Touchable {
  readonly #mujoco: MainModule
  readonly #model: MjModel
  readonly #data: MjData
  readonly #obstacles: readonly Obstacle[]
  readonly #reach: number
  /** of the part's farthest point since the reset, at most, m */
  #travel = 0
  /** what it was where the data's distances are taken: MuJoCo moves a step on without working out where the solids are */
  #measuredAt = 0
  #filter: { contype: Int32Array; conaffinity: Int32Array } | undefined

  /** `reach`: from the part's origin to its farthest point, m. The part's free joint is the model's only one. */
  constructor(mujoco: MainModule, model: MjModel, data: MjData, reach: number) {
    this.#mujoco = mujoco
    this.#model = model
    this.#data = data
    this.#reach = reach
    const source = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY.value, 'source')
    const bodies = Array.from(model.geom_bodyid as Int32Array)
    const { contype, conaffinity } = this.#bits()
    const bitsOf = (geom: number) => ({ contype: contype[geom] as number, conaffinity: conaffinity[geom] as number })
    const parts = bodies.flatMap((body, geom) => (body === source ? [{ geom, ...bitsOf(geom) }] : []))
    this.#obstacles = bodies.flatMap((body, geom) => {
      if (body === source) return []
      const bits = bitsOf(geom)
      const partners = parts.filter((part) => part.contype & bits.conaffinity || bits.contype & part.conaffinity)
      return [{ geom, ...bits, partners: partners.map((part) => part.geom), due: 0 }]
    })
  }

  /** All are shown: the part is somewhere else now. To be followed by a computation of where the solids are. */
  reset(): void {
    this.#travel = 0
    this.#measuredAt = 0
    for (const obstacle of this.#obstacles) {
      obstacle.due = 0
      this.#show(obstacle)
    }
  }

  /** Before contacts are looked for. */
  select(): void {
    for (const obstacle of this.#obstacles) if (this.#travel >= obstacle.due) this.#look(obstacle)
  }

  /** After a time step of `dt` s. A point at r moves by (v + ω × r) dt, with the velocities after the step. */
  moved(velocity: Float64Array, dt: number): void {
    const [vx, vy, vz, wx, wy, wz] = velocity as unknown as readonly [number, number, number, number, number, number]
    this.#measuredAt = this.#travel
    this.#travel += (Math.hypot(vx, vy, vz) + this.#reach * Math.hypot(wx, wy, wz)) * dt
  }

  #look(obstacle: Obstacle): void {
    let distance = FAR
    for (const partner of obstacle.partners) {
      const found = this.#mujoco.mj_geomDistance(this.#model, this.#data, obstacle.geom, partner, distance, null)
      distance = Math.min(distance, found)
    }
    const touchedAt = this.#measuredAt + distance - SLACK
    if (touchedAt - this.#travel > ROOM) {
      this.#hide(obstacle)
      obstacle.due = touchedAt
    } else {
      this.#show(obstacle)
      obstacle.due = this.#travel + LOOK_AGAIN
    }
  }

  #show({ geom, contype, conaffinity }: Obstacle): void {
    const bits = this.#bits()
    bits.contype[geom] = contype
    bits.conaffinity[geom] = conaffinity
  }

  #hide({ geom }: Obstacle): void {
    const bits = this.#bits()
    bits.contype[geom] = 0
    bits.conaffinity[geom] = 0
  }

  /** Views die when the WASM heap grows: they are fetched again when their buffer is gone. */
  #bits() {
    if (this.#filter && this.#filter.contype.byteLength > 0) return this.#filter
    this.#filter = { contype: this.#model.geom_contype, conaffinity: this.#model.geom_conaffinity }
    return this.#filter
  }
}
