import { expect, test } from 'vitest'
import { advanceSpiral, spiralAt, spiralRadius } from './spiral.ts'

const spiral = { pitch: 1e-3, speed: 5e-3 }

/** Points passed in `seconds`, at 60 Hz. */
function walk(seconds: number) {
  const points: [number, number][] = []
  let angle = 0
  for (let tick = 0; tick < seconds * 60; tick++) {
    points.push(spiralAt(angle, spiral))
    angle = advanceSpiral(angle, spiral, 1 / 60)
  }
  return { points, angle }
}

test('after a turn it is a pitch further out', () => {
  const [x, y] = spiralAt(2 * Math.PI, spiral)
  expect(x).toBeCloseTo(1e-3, 12)
  expect(y).toBeCloseTo(0, 12)
  expect(spiralRadius(6 * Math.PI, spiral)).toBeCloseTo(3e-3, 12)
})

test('it is passed at the speed that was asked for, near its middle too', () => {
  const { points } = walk(4)
  for (const [i, [x, y]] of points.slice(1).entries()) {
    const [px, py] = points[i] as [number, number]
    const speed = Math.hypot(x - px, y - py) * 60
    expect(speed).toBeGreaterThan(0.93 * spiral.speed)
    expect(speed).toBeLessThan(1.02 * spiral.speed)
  }
})

test('every point of the disc is passed within half a pitch', () => {
  // Length to radius R: π R² / p = 28 mm for 3 mm.
  const { points, angle } = walk(8)
  expect(spiralRadius(angle, spiral)).toBeGreaterThan(3.4e-3)
  for (let r = 0; r <= 3e-3; r += 2e-4) {
    for (let phi = 0; phi < 2 * Math.PI; phi += 0.2) {
      const nearest = Math.min(...points.map(([x, y]) => Math.hypot(x - r * Math.cos(phi), y - r * Math.sin(phi))))
      // And half a step between two points.
      expect(nearest).toBeLessThan(5.3e-4)
    }
  }
})
