import { expect, test } from 'vitest'
import { makeTrail } from './trail.ts'

const pieces = (trail: ReturnType<typeof makeTrail>) => trail.lines.object.geometry.instanceCount

test('a tip that moves leaves a trail, one at rest does not', () => {
  const trail = makeTrail(10)
  expect(trail.add([0, 0, 0])).toBe(false)
  expect(trail.add([0, 0, 1e-5])).toBe(false)
  expect(trail.add([0, 0, 1e-3])).toBe(true)
  expect(pieces(trail)).toBe(1)
})

test('the oldest pieces are written over', () => {
  const trail = makeTrail(10)
  for (let i = 0; i <= 25; i++) trail.add([i * 1e-3, 0, 0])
  expect(pieces(trail)).toBe(10)
  const { data } = trail.lines.object.geometry.getAttribute('instanceStart') as unknown as {
    data: { array: Float32Array }
  }
  const starts = Array.from({ length: 10 }, (_, i) => Math.round(1e3 * (data.array[6 * i] as number)))
  expect(starts.toSorted((a, b) => a - b)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
})

test('a leap begins anew: it is another episode', () => {
  const trail = makeTrail(10)
  for (let i = 0; i < 5; i++) trail.add([i * 1e-3, 0, 0])
  trail.add([0, 0, 0.1])
  expect(pieces(trail)).toBe(0)
  trail.add([0, 0, 0.101])
  expect(pieces(trail)).toBe(1)
})
