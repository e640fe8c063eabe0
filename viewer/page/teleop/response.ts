// From a stick that is never quite in the middle to a speed. Pure.

/**
 * 0 within the dead zone, then rising from 0, slowly at first, to ±1 at full throw. `curve`: 1 straight, 2 square, …
 * What is not finite is 0.
 */
export function response(value: number, deadZone: number, curve: number): number {
  if (!Number.isFinite(value)) return 0
  const size = Math.min(1, Math.abs(value))
  if (size <= deadZone) return 0
  return Math.sign(value) * ((size - deadZone) / (1 - deadZone)) ** curve
}

/**
 * The same for two axes of one stick: the dead zone is round and the direction is kept, so that a diagonal is no snap to
 * an axis.
 */
export function stickResponse(x: number, y: number, deadZone: number, curve: number): [x: number, y: number] {
  const size = Math.hypot(x, y)
  const speed = response(size, deadZone, curve)
  return speed === 0 ? [0, 0] : [(x / size) * speed, (y / size) * speed]
}
