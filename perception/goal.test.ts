import { describe, expect, it } from 'vitest'
import type { Rgbd } from '../geometry/index.ts'
import { EXAMPLE_CAMERA, paint } from './example-picture.ts'
import { goalOf, imageDistance, lastPictured, mostTypical } from './goal.ts'

const picture = (...values: number[]) => Float32Array.from(values)

describe('the goal picture', () => {
  it('is the one nearest to all others', () => {
    // On a line, sums of distances: 0: 1 + 3 + 10 = 14; 1: 1 + 2 + 9 = 12; 3: 3 + 2 + 7 = 12; 10: 10 + 9 + 7 = 26.
    // The first of the two least is taken.
    expect(mostTypical([picture(0), picture(1), picture(3), picture(10)])).toBe(1)
    expect(mostTypical([picture(10), picture(3), picture(0), picture(1)])).toBe(1)
    expect(mostTypical([picture(5)])).toBe(0)
  })

  it('is not drawn to an outlier as an average would be', () => {
    expect(mostTypical([picture(0, 0), picture(-100, -100), picture(0.1, 0), picture(0, 0.1)])).toBe(0)
  })

  it('is one for the task, or each episode’s own', () => {
    const candidates = [picture(0), picture(1), picture(3)]
    expect(goalOf('task', candidates)).toEqual([1, 1, 1])
    expect(goalOf('episode', candidates)).toEqual([0, 1, 2])
  })

  it('comes from the last frame with a picture', () => {
    const rgbd = paint(EXAMPLE_CAMERA, () => ({ z: 1 }))
    const frames: { stamp: number; rgbd?: Rgbd }[] = [{ stamp: 0, rgbd }, { stamp: 1, rgbd }, { stamp: 2 }]
    expect(lastPictured(frames)).toBe(frames[1])
    expect(lastPictured(frames.slice(2))).toBeUndefined()
    expect(lastPictured([])).toBeUndefined()
  })

  it('has distances by root mean square', () => {
    // √((3² + 4² + 0² + 0²) / 4) = 2.5
    expect(imageDistance(picture(0, 0, 1, 2), picture(3, 4, 1, 2))).toBe(2.5)
  })

  it('needs candidates, of one size', () => {
    expect(() => mostTypical([])).toThrow(/at least one seated picture .* got none; record with pictures/)
    expect(() => goalOf('task', [picture(1), picture(1, 2)])).toThrow(/one size, got 2 and 1 numbers; cut them/)
  })
})
