// How fast a whole wish is.
import type { Vec3 } from '../../../geometry/index.ts'
import type { TeleopOptions } from '../ports.ts'

const DEGREE = Math.PI / 180

/** m/s and rad/s */
export const SPEEDS: Readonly<Record<TeleopOptions['gain'], { linear: number; angular: number }>> = {
  fine: { linear: 5e-3, angular: 3 * DEGREE },
  coarse: { linear: 5e-2, angular: 30 * DEGREE },
}

export const scaled = (v: Readonly<Vec3>, by: number): Vec3 => [v[0] * by, v[1] * by, v[2] * by]
