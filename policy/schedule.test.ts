import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from './golden/schedule.json' with { type: 'json' }
import { cumulativeAlphas, ddimSteps, inferenceTimesteps, squaredCosineBetas } from './schedule.ts'

describe('squared-cosine betas', () => {
  const betas = squaredCosineBetas(100)

  it('match NumPy for 100 steps', () => {
    expect(betas).toHaveLength(100)
    for (const [t, beta] of golden.betas.entries()) expect(betas[t]).toBeCloseTo(beta, 12)
  })

  it('are worth what a calculator says at both ends', () => {
    // f(0) = cos²(0.00793651 · π/2) = 0.99984459, f(1) = cos²((0.018/1.008) π/2) = 0.99921341
    expect(betas[0]).toBeCloseTo(1 - 0.99921341 / 0.99984459, 7)
    // f(100) = cos²(π/2) = 0: without a limit the last beta would be 1
    expect(betas[99]).toBe(0.999)
  })
})

describe('cumulative alphas', () => {
  const alphas = cumulativeAlphas(squaredCosineBetas(100))

  it('match NumPy for 100 steps', () => {
    for (const [t, alpha] of golden.alphasCumulative.entries()) expect(alphas[t]).toBeCloseTo(alpha, 12)
  })

  it('follow cos² wherever no beta is limited, the product of ratios being the ratio of the ends', () => {
    const f = (t: number) => Math.cos((((t / 100 + 0.008) / 1.008) * Math.PI) / 2) ** 2
    for (let t = 0; t < 99; t++) expect(alphas[t]).toBeCloseTo(f(t + 1) / f(0), 12)
    expect(alphas[99]).toBeCloseTo(0.001 * (alphas[98] as number), 15)
  })

  it('multiply by hand', () => {
    // 0.9, 0.9 · 0.5, 0.45 · 0.2
    const [a, b, c] = cumulativeAlphas([0.1, 0.5, 0.8])
    expect(a).toBeCloseTo(0.9, 15)
    expect(b).toBeCloseTo(0.45, 15)
    expect(c).toBeCloseTo(0.09, 15)
  })
})

describe('inference timesteps', () => {
  it('lead: 95, 90, …, 0 for 20 of 100', () => {
    expect(inferenceTimesteps(100, 20)).toEqual(golden.timesteps)
    expect(inferenceTimesteps(100, 20).slice(0, 3)).toEqual([95, 90, 85])
    expect(inferenceTimesteps(100, 20).at(-1)).toBe(0)
  })

  it('begin close to noise also where they do not divide the training steps: 60 of 100 are 98, 96, 95, …, 1, 0', () => {
    const sixty = inferenceTimesteps(100, 60)
    expect(sixty.slice(0, 3)).toEqual([98, 96, 95])
    expect(sixty.slice(-2)).toEqual([1, 0])
    expect(ddimSteps(100, 60).map(({ t }) => t)).toEqual(sixty)
  })

  it('are rounded down: 3 of 10 is 6, 3, 0', () => {
    expect(inferenceTimesteps(10, 3)).toEqual([6, 3, 0])
    expect(inferenceTimesteps(10, 10)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(inferenceTimesteps(10, 1)).toEqual([0])
  })

  it.each([0, 101, 2.5, -1, Number.NaN])('cannot be %d of 100', (count) => {
    expect(() => inferenceTimesteps(100, count)).toThrow(
      new RangeError(`expected 1 to 100 inference steps, got ${count}`),
    )
  })
})

describe('the DDIM chain', () => {
  const steps = ddimSteps(100, 20)
  const clip = (x: number) => Math.min(1, Math.max(-1, x))

  it('walks from noise through the samples that NumPy computed by the formula with ε̂', () => {
    let x = golden.samples[0] as number[]
    for (const [i, { t, cleanWeight, noisyWeight }] of steps.entries()) {
      expect(t).toBe(golden.timesteps[i])
      const clean = (golden.predictions[i] as number[]).map(clip)
      x = x.map((value, axis) => cleanWeight * (clean[axis] as number) + noisyWeight * value)
      for (const [axis, value] of (golden.samples[i + 1] as number[]).entries()) expect(x[axis]).toBeCloseTo(value, 11)
    }
  })

  it('takes one step as worked out by hand', () => {
    // T = 2, f(0) = 0.99984459, f(1) = cos²(0.508/1.008 · π/2) = 0.49376684:
    // β = [1 − f(1)/f(0), 0.999] = [0.50615641, 0.999], ᾱ = [0.49384359, 0.00049384]
    const [first, last] = ddimSteps(2, 2)
    // t = 1: r = √((1 − 0.49384359)/(1 − 0.00049384)) = 0.71162236; √0.49384359 − √0.00049384 r = 0.70274005 − 0.01581405
    expect(first?.noisyWeight).toBeCloseTo(0.71162236, 6)
    expect(first?.cleanWeight).toBeCloseTo(0.686926, 5)
    // t = 0: ᾱ' = 1, r = 0
    expect(last).toEqual({ t: 0, cleanWeight: 1, noisyWeight: 0 })
  })

  it('stays on the forward process: √ᾱ x₀ + √(1 − ᾱ) ε goes to √ᾱ′ x₀ + √(1 − ᾱ′) ε for a perfect network', () => {
    const alphas = cumulativeAlphas(squaredCosineBetas(100))
    const number = fc.double({ min: -3, max: 3, noNaN: true })
    fc.assert(
      fc.property(number, number, (x0, epsilon) => {
        const noisy = (alpha: number) => Math.sqrt(alpha) * x0 + Math.sqrt(1 - alpha) * epsilon
        for (const { t, cleanWeight, noisyWeight } of steps) {
          const next = cleanWeight * x0 + noisyWeight * noisy(alphas[t] as number)
          expect(next).toBeCloseTo(noisy(t >= 5 ? (alphas[t - 5] as number) : 1), 10)
        }
      }),
    )
  })

  it('converges to a known x₀, from further off with fewer steps left', () => {
    const x0 = 0.4
    let x = -2.3
    const distances = steps.map(({ cleanWeight, noisyWeight }) => {
      x = cleanWeight * x0 + noisyWeight * x
      return Math.abs(x - x0)
    })
    for (let i = 1; i < distances.length; i++) expect(distances[i]).toBeLessThan(distances[i - 1] as number)
    expect(x).toBe(x0)
  })
})
