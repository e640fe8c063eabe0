// Giving way to contact: what the force sensor feels becomes a small, lasting correction of the command.
//
// A tracker's bias is constant, so a part that is told to be where it cannot be is pressed against the same wall all the
// time; friction then holds it. Integrating the contact wrench moves the command until the wall no longer presses:
// `δ̇ = g f` across the direction of travel and `δ̇ = h τ` in all rotations, about the part's tip. Along the travel nothing is
// trimmed: there the policy pushes on purpose.
import {
  compose,
  conjugateQuat,
  identityPose,
  type Pose,
  quatToRotationVector,
  rotateVector,
  rotationVectorToQuat,
  type Vec3,
} from '../geometry/index.ts'
import type { Wrench } from './robot.ts'
import { Tare } from './tare.ts'
import { plus } from './vector.ts'

export interface TrimOptions {
  /** m per N·s */
  translationGain: number
  /** rad per N·m·s */
  rotationGain: number
  /** contact weaker than this is taken for noise, N */
  threshold: number
  /** for this long at the start the part hangs free: what the sensor says then is its offset, s */
  tareTime: number
  /** largest correction, m and rad */
  limit: { translation: number; rotation: number }
}

/** With a hand of 1500 N/m and 8 N·m/rad, a wall's pressure fades with a time constant of half a second. */
export const DEFAULT_TRIM: TrimOptions = {
  translationGain: 1 / (1500 * 0.5),
  rotationGain: 1 / (8 * 0.5),
  threshold: 0.4,
  tareTime: 0.3,
  limit: { translation: 2e-3, rotation: 0.035 },
}

export class ContactTrim {
  readonly #options: TrimOptions
  readonly #tare: Tare
  #trim: Pose = identityPose()
  #resistance = 0

  constructor(options: TrimOptions = DEFAULT_TRIM) {
    this.#options = options
    this.#tare = new Tare(options.tareTime)
  }

  /**
   * The correction after `elapsed` s of feeling `wrench` (end-effector frame): a pose in the source frame, to be applied
   * on the right of where the part is wanted. `travel`: unit direction of the planned motion, source frame.
   */
  update(wrench: Wrench | undefined, sourceInEe: Pose, travel: Vec3 | undefined, elapsed: number): Pose {
    const { translationGain, rotationGain, threshold, limit } = this.#options
    const contact = wrench && this.#tare.contact(wrench, elapsed)
    this.#resistance = 0
    if (!contact || Math.hypot(...contact.force) < threshold) return this.#trim
    const { force, torque } = atSource(contact, sourceInEe)
    const along = travel ? force[0] * travel[0] + force[1] * travel[1] + force[2] * travel[2] : 0
    this.#resistance = -along
    const across = force.map((value, i) => value - along * (travel?.[i as 0] ?? 0)) as Vec3
    const { position, orientation } = this.#trim
    const turn = quatToRotationVector(orientation)
    this.#trim = {
      position: limited(plus(position, across, translationGain * elapsed), limit.translation),
      orientation: rotationVectorToQuat(limited(plus(turn, torque, rotationGain * elapsed), limit.rotation)),
    }
    return this.#trim
  }

  /** For where the part is known better now: what the correction of its place was gathered from no longer holds. */
  forgetPlace(): void {
    this.#trim = { ...this.#trim, position: [0, 0, 0] }
  }

  /** What pushed back against the planned motion when it was last felt, N. */
  get resistance(): number {
    return this.#resistance
  }

  /** The wanted pose, corrected. */
  apply(sourceInTarget: Pose): Pose {
    return compose(sourceInTarget, this.#trim)
  }
}

/** The wrench about the source origin, in the source frame: `f_s = Rᵀf`, `τ_s = Rᵀ(τ − p × f)`. */
export function atSource({ force: f, torque: t }: Wrench, { position: p, orientation }: Pose): Wrench {
  const toSource = conjugateQuat(orientation)
  const moment: Vec3 = [
    t[0] - (p[1] * f[2] - p[2] * f[1]),
    t[1] - (p[2] * f[0] - p[0] * f[2]),
    t[2] - (p[0] * f[1] - p[1] * f[0]),
  ]
  return { force: rotateVector(toSource, f), torque: rotateVector(toSource, moment) }
}

function limited(v: Vec3, most: number): Vec3 {
  const length = Math.hypot(...v)
  return length > most ? [(v[0] * most) / length, (v[1] * most) / length, (v[2] * most) / length] : v
}
