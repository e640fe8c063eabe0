import { describe, expect, it } from 'vitest'
import { Random } from '../tensor/random.ts'
import { PixelNoise } from './pixel-noise.ts'

describe('noise for pictures', () => {
  it('has mean 0, deviation 1, the fourth moment of four bytes, and no memory', () => {
    const noise = new PixelNoise(new Random(1))
    const values = Array.from({ length: 200_000 }, () => noise.normal())
    const mean = (of: (value: number, i: number) => number) => values.reduce((sum, v, i) => sum + of(v, i), 0) / 200_000
    // Standard errors: 1/√n = 0.0022 of the mean, √(1.7/n) = 0.0029 of the variance.
    expect(Math.abs(mean((v) => v))).toBeLessThan(0.008)
    expect(Math.abs(mean((v) => v * v) - 1)).toBeLessThan(0.01)
    // Of one uniform number the kurtosis is 1.8, of the sum of four 3 − 1.2/4 = 2.7.
    expect(Math.abs(mean((v) => v ** 4) - 2.7)).toBeLessThan(0.05)
    for (const lag of [1, 2, 3, 160]) {
      expect(Math.abs(mean((v, i) => v * (values[i - lag] ?? 0)))).toBeLessThan(0.01)
    }
    expect(Math.max(...values.slice(0, 100_000))).toBeLessThan(3.46)
  })

  it('has uniform numbers from 0 to 1, and repeats itself for a seed', () => {
    const draw = (seed: number) => {
      const noise = new PixelNoise(new Random(seed))
      return Array.from({ length: 10_000 }, () => noise.uniform())
    }
    const values = draw(2)
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = values.filter((value) => Math.floor(value * 10) === tenth).length
      // 1000 ± √900
      expect(Math.abs(count - 1000)).toBeLessThan(120)
    }
    expect(draw(2)).toEqual(values)
    expect(draw(3)).not.toEqual(values)
  })
})
