import { describe, expect, it } from 'vitest'
import { Random, threefry2x32 } from './random.ts'

describe('threefry2x32', () => {
  it('matches the known-answer tests of the Random123 distribution', () => {
    // kat_vectors, "threefry2x32 20": counter, key, result
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe])
    expect(threefry2x32(-1, -1, -1, -1)).toEqual([0x1cb996fc, 0xbb002be7])
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0])
  })
})

describe('Random', () => {
  const draw = (random: Random, n = 5) => Array.from({ length: n }, () => random.uint32())

  it('repeats itself for the same seed and differs for another', () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)))
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)))
    expect(draw(new Random(1))).not.toEqual(draw(new Random(2 ** 32 + 1)))
  })

  it('forks streams that depend on the labels and not on what was drawn', () => {
    const parent = new Random(3)
    const early = draw(parent.fork('noise', 4))
    draw(parent, 100)
    expect(draw(parent.fork('noise', 4))).toEqual(early)
    expect(draw(parent.fork('noise', 5))).not.toEqual(early)
    expect(draw(parent.fork('noise').fork(4))).toEqual(early)
    expect(draw(parent.fork('4'))).not.toEqual(draw(parent.fork(4)))
  })

  it('draws uniform and normal numbers with the right moments', () => {
    const random = new Random(11)
    const n = 100_000
    let sum = 0
    let squares = 0
    let normalSum = 0
    let normalSquares = 0
    for (let i = 0; i < n; i++) {
      const u = random.uniform()
      expect(u >= 0 && u < 1).toBe(true)
      sum += u
      squares += u * u
      const z = random.normal()
      normalSum += z
      normalSquares += z * z
    }
    // Five standard errors: uniform mean 0.29/√n, second moment 0.3/√n; normal mean 1/√n, second moment √2/√n.
    const error = 5 / Math.sqrt(n)
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(0.29 * error)
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(0.3 * error)
    expect(Math.abs(normalSum / n)).toBeLessThan(error)
    expect(Math.abs(normalSquares / n - 1)).toBeLessThan(1.42 * error)
  })

  it('permutes each number once', () => {
    const order = new Random(5).permutation(50)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect([...order]).not.toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('refuses a seed that is no whole number', () => {
    for (const seed of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => new Random(seed)).toThrow(/expected a seed/)
  })
})
