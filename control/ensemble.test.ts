import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, poseDistance } from '../geometry/index.ts'
import { averagePose, type Chunk, ENSEMBLE_MODES, ensemble } from './ensemble.ts'

/** A chunk that stays at x from `begin` for one second. */
const chunk = (x: number, begin: number): Chunk => ({
  stamps: [begin, begin + 1],
  poses: [makePose([x, 0, 0]), makePose([x, 0, 0])],
})
const chunks = [chunk(1, 0), chunk(2, 0.4), chunk(4, 0.8)]

test.each([
  ['new', 4],
  ['old', 1],
  // (1 + 2 + 4) / 3
  ['average', 7 / 3],
  // Weights 1, e^-0.01, e^-0.02 from the oldest: (1 + 2 · 0.990050 + 4 · 0.980199) / 2.970249 = 6.900895 / 2.970249
  ['act', 2.323339],
  // Weights e^-1, e^-0.5, 1: (0.367879 + 2 · 0.606531 + 4) / 1.974410 = 5.580941 / 1.974410
  ['hato', 2.826637],
] as const)('mode %s', (mode, x) => {
  expect(ensemble(chunks, 0.9, mode).position[0]).toBeCloseTo(x, 5)
})

test('chunks that have ended do not count, unless all have', () => {
  // At 1.2 s the first, which ends at 1 s, is gone: (2 + 4) / 2.
  expect(ensemble(chunks, 1.2, 'average').position[0]).toBeCloseTo(3, 12)
  expect(ensemble(chunks, 1.2, 'old').position[0]).toBe(2)
  for (const mode of ENSEMBLE_MODES) expect(ensemble(chunks, 5, mode).position[0]).toBe(4)
})

test('no chunk is an error', () => {
  expect(() => ensemble([], 0, 'new')).toThrow('expected at least one chunk')
})

test('orientations are averaged on the sphere, whatever the signs of their quaternions', () => {
  const turn = (angle: number) => makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], angle))
  const negated = {
    ...turn(0.3),
    orientation: turn(0.3).orientation.map((value) => -value) as [number, number, number, number],
  }
  // Half-way between 0.1 and 0.3 rad.
  expect(poseDistance(averagePose([turn(0.1), negated], [1, 1]), turn(0.2)).rotation).toBeLessThan(1e-9)
})
