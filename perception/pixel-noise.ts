// Random numbers by the hundred thousand, for pictures: a few times faster than Random, from which it takes its seed.
import type { Random } from '../tensor/random.ts'

export class PixelNoise {
  #state: number

  /** Takes one number from `random`. */
  constructor(random: Random) {
    this.#state = random.uint32()
  }

  /** 32 random bits: a counter in steps of the golden ratio, mixed as in MurmurHash3. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
    return (x ^ (x >>> 16)) >>> 0
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32
  }

  /**
   * Of mean 0 and standard deviation 1, nearly normal: the sum of four random bytes, each of mean 127.5 and variance
   * (256² − 1)/12, so that none lies beyond ±3.45.
   */
  normal(): number {
    const x = this.uint32()
    return ((x & 255) + ((x >>> 8) & 255) + ((x >>> 16) & 255) + (x >>> 24) - 510) * SCALE
  }
}

const SCALE = 1 / Math.sqrt((4 * (256 ** 2 - 1)) / 12)
