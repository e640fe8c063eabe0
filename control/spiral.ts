// Archimedes' spiral: every point of a disc is passed at no more than half a pitch.

export interface Spiral {
  /** distance between its turns, m */
  pitch: number
  /** along the curve, m/s */
  speed: number
}

/** `r = p φ / 2π` at the angle φ (rad): x and y, m. */
export function spiralAt(angle: number, { pitch }: Spiral): [x: number, y: number] {
  const radius = (pitch * angle) / (2 * Math.PI)
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

/** The angle after `elapsed` s more, by `φ̇ = v / √(r² + (p/2π)²)`: the speed along the curve is the same everywhere. */
export function advanceSpiral(angle: number, { pitch, speed }: Spiral, elapsed: number): number {
  const perRadian = pitch / (2 * Math.PI)
  // Midpoint rule: at its start the curve turns within a fraction of a pitch.
  const rate = (at: number) => speed / (perRadian * Math.hypot(at, 1))
  return angle + rate(angle + (rate(angle) * elapsed) / 2) * elapsed
}

/** The radius at an angle, m. */
export const spiralRadius = (angle: number, { pitch }: Spiral): number => (pitch * angle) / (2 * Math.PI)
