import { describe, expect, it } from 'vitest'
import { type EpisodeResult, quantile, summarize, wilson95 } from './evaluation.ts'

describe('the interval of a success rate', () => {
  // SciPy 1.10.1: binomtest(k, n).proportion_ci(method='wilson')
  it.each([
    [25, 25, 0.8668077490609516, 1],
    [0, 25, 0, 0.1331922509390485],
    [23, 25, 0.750338910496047, 0.9777795987151525],
    [1, 1, 0.20654931437723745, 1],
    [50, 100, 0.4038315303659956, 0.5961684696340044],
    [97, 100, 0.9154806357094724, 0.9897454759759611],
    [7, 20, 0.1811918241010821, 0.5671457233147637],
  ])('is SciPy’s for %i of %i', (successes, n, low, high) => {
    const interval = wilson95(successes, n)
    expect(interval[0]).toBeCloseTo(low, 12)
    expect(interval[1]).toBeCloseTo(high, 12)
  })

  it('ends exactly at 0 and 1 when all failed or all seated', () => {
    for (let n = 1; n <= 200; n++) {
      expect(wilson95(0, n)[0]).toBe(0)
      expect(wilson95(n, n)[1]).toBe(1)
    }
  })
})

describe('a quantile', () => {
  // NumPy 1.24.2: np.quantile([3, 1, 4, 1, 5, 9, 2, 6], q)
  it.each([
    [0, 1],
    [0.05, 1],
    [0.25, 1.75],
    [0.5, 3.5],
    [0.95, 7.95],
    [1, 9],
  ])('is NumPy’s at %d', (q, expected) => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6]
    expect(quantile(values, q)).toBeCloseTo(expected, 12)
    expect(values).toEqual([3, 1, 4, 1, 5, 9, 2, 6])
  })

  it('of one value is that value', () => {
    expect(quantile([7], 0.95)).toBe(7)
  })
})

describe('a summary', () => {
  const seated = (index: number, seatSeconds: number, peakForceN: number): EpisodeResult => ({
    index,
    seated: true,
    seatSeconds,
    peakForceN,
    penetrationUm: 0.5,
  })
  const failed = (index: number, failure: EpisodeResult['failure'] & string): EpisodeResult => ({
    index,
    seated: false,
    seatSeconds: null,
    peakForceN: 30,
    penetrationUm: 1.5,
    failure,
  })

  it('counts successes and each failure, and takes times of the seated only but forces of all', () => {
    const results = [seated(0, 4, 10), failed(1, 'jammed'), seated(2, 6, 20), failed(3, 'jammed'), seated(4, 5, 15)]
    expect(summarize([...results, failed(5, 'too much force')])).toEqual({
      episodes: 6,
      successes: 3,
      successRate: 0.5,
      wilson95: wilson95(3, 6),
      medianSeatSeconds: 5,
      // Of 10, 15, 20, 30, 30, 30 at the positions 0.5 · 5 = 2.5 and 0.95 · 5 = 4.75.
      medianPeakForceN: 25,
      p95PeakForceN: 30,
      penetrationUm: 1.5,
      failures: { jammed: 2, 'too much force': 1 },
    })
  })

  it('has no time to seat when nothing seated, and no failures when everything did', () => {
    expect(summarize([failed(0, 'jammed')]).medianSeatSeconds).toBeNull()
    expect(summarize([seated(0, 4, 10)]).failures).toEqual({})
  })

  it('refuses to summarise nothing', () => {
    expect(() => summarize([])).toThrow(/at least one episode/)
  })
})
