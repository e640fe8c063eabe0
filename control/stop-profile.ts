// The shortest way to rest along one axis: from a speed and an acceleration to none, with acceleration and jerk limited.
//
//   acceleration  a₀ ╲            ╱ 0      three phases: towards the braking acceleration, along it, and back to none;
//                     ╲__________╱         the middle one is missing where there is little to brake.

export interface AxisMotion {
  /** m/s, or rad/s */
  speed: number
  acceleration: number
}

export interface AxisLimits {
  acceleration: number
  jerk: number
}

interface Phase extends AxisMotion {
  start: number
  duration: number
  /** from where the profile began */
  position: number
  jerk: number
}

export class StopProfile {
  readonly #phases: Phase[] = []
  /** s */
  readonly duration: number
  /** largest speed on the way */
  readonly peakSpeed: number

  constructor({ speed, acceleration }: AxisMotion, { acceleration: A, jerk: J }: AxisLimits) {
    // What the speed would be if the acceleration were only brought to nothing: its sign says which way to brake.
    const drift = speed + (acceleration * Math.abs(acceleration)) / (2 * J)
    const sign = drift < 0 ? -1 : 1
    const [v, a] = [sign * speed, sign * acceleration]
    const peak = Math.sqrt(Math.max(0, J * v + (a * a) / 2))
    const braking = Math.min(peak, A)
    const cruise = peak > A ? (v + (a * a) / (2 * J) - (A * A) / J) / A : 0
    let [start, position] = [0, 0]
    let motion = { speed, acceleration }
    for (const [duration, jerk] of [
      [(a + braking) / J, -sign * J],
      [cruise, 0],
      [braking / J, sign * J],
    ] as const) {
      if (!(duration > 0)) continue
      const phase = { ...motion, start, duration, position, jerk }
      this.#phases.push(phase)
      start += duration
      position = positionIn(phase, duration)
      motion = { speed: speedIn(phase, duration), acceleration: phase.acceleration + jerk * duration }
    }
    this.duration = start
    this.peakSpeed = Math.max(...this.#phases.flatMap(fastest), Math.abs(speed))
  }

  /** From where the profile began, after `time` s. */
  positionAt(time: number): number {
    const last = this.#phases.at(-1)
    const phase = this.#phases.find(({ start, duration }) => time <= start + duration) ?? last
    return phase ? positionIn(phase, Math.min(Math.max(0, time - phase.start), phase.duration)) : 0
  }

  /** Lowest and highest position from `time` on. */
  rangeFrom(time: number): [low: number, high: number] {
    const turns = this.#phases.flatMap((phase) => turnsIn(phase)).filter((turn) => turn > time)
    const positions = [time, ...turns, this.duration].map((at) => this.positionAt(Math.max(at, time)))
    return [Math.min(...positions), Math.max(...positions)]
  }

  /** Length of the way from `time` on. */
  pathFrom(time: number): number {
    const stops = [time, ...this.#phases.flatMap(turnsIn).filter((turn) => turn > time), Math.max(time, this.duration)]
    return stops.slice(1).reduce((sum, stop, i) => {
      return sum + Math.abs(this.positionAt(stop) - this.positionAt(stops[i] as number))
    }, 0)
  }
}

const positionIn = ({ position, speed, acceleration, jerk }: Phase, t: number): number =>
  position + t * (speed + t * (acceleration / 2 + (t * jerk) / 6))

const speedIn = ({ speed, acceleration, jerk }: Phase, t: number): number => speed + t * (acceleration + (t * jerk) / 2)

/** Where the speed may be largest: at both ends, and where the acceleration changes sign. */
function fastest(phase: Phase): number[] {
  const { duration, acceleration, jerk } = phase
  const turn = jerk === 0 ? 0 : Math.min(Math.max(0, -acceleration / jerk), duration)
  return [0, turn, duration].map((t) => Math.abs(speedIn(phase, t)))
}

/** When the motion changes its direction, s since the profile began. */
function turnsIn({ start, duration, speed, acceleration, jerk }: Phase): number[] {
  const roots =
    jerk === 0
      ? [acceleration === 0 ? Number.NaN : -speed / acceleration]
      : [-1, 1].map((sign) => (-acceleration + sign * Math.sqrt(acceleration ** 2 - 2 * jerk * speed)) / jerk)
  return roots
    .filter((t) => t > 0 && t < duration)
    .map((t) => start + t)
    .sort((a, b) => a - b)
}
