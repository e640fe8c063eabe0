// Seeded, splittable random numbers: Threefry-2x32 with 20 rounds, counter based.
//
// (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011; the generator JAX uses.) A stream is a
// 64-bit key; its n-th block is a pure function of key and n. `fork` derives the key of a child stream from the parent's
// key and a label, without touching the parent's position: adding a consumer never changes the numbers of another.

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const PARITY = 0x1bd11bda

/** One block: encrypts the counter (x0, x1) under the key (k0, k1). All are 32-bit words. */
export function threefry2x32(k0: number, k1: number, x0: number, x1: number): [number, number] {
  const keys = [k0, k1, (k0 ^ k1 ^ PARITY) | 0]
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0
  for (let round = 0; round < 20; round++) {
    const bits = ROTATIONS[round % 8] as number
    a = (a + b) | 0
    b = ((b << bits) | (b >>> (32 - bits))) ^ a
    if (round % 4 === 3) {
      const group = (round + 1) / 4
      a = (a + (keys[group % 3] as number)) | 0
      b = (b + (keys[(group + 1) % 3] as number) + group) | 0
    }
  }
  return [a >>> 0, b >>> 0]
}

export class Random {
  #key: readonly [number, number]
  #block = 0
  #spareWord: number | undefined
  #spareNormal: number | undefined

  /** Throws a RangeError unless `seed` is an integer from 0 to 2⁵³ − 1. */
  constructor(seed: number) {
    if (!(Number.isSafeInteger(seed) && seed >= 0)) {
      throw new RangeError(`expected a seed that is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`)
    }
    this.#key = [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0]
  }

  /** An independent stream named by `labels`; the same labels give the same stream, whatever was drawn before. */
  fork(...labels: readonly (string | number)[]): Random {
    let [k0, k1] = this.#key
    // 0xffffffff as the upper counter word keeps child keys apart from the blocks that this stream draws.
    for (const label of labels) [k0, k1] = threefry2x32(k0, k1, hashLabel(label), 0xffffffff)
    const child = new Random(0)
    child.#key = [k0, k1]
    return child
  }

  /** 32 random bits, 0 to 2³² − 1. */
  uint32(): number {
    if (this.#spareWord !== undefined) {
      const word = this.#spareWord
      this.#spareWord = undefined
      return word
    }
    const [word, spare] = threefry2x32(this.#key[0], this.#key[1], this.#block, Math.floor(this.#block / 2 ** 32))
    this.#block++
    this.#spareWord = spare
    return word
  }

  /** Uniform in [low, high), 53 bits. */
  uniform(low = 0, high = 1): number {
    const upper = this.uint32() >>> 5
    const lower = this.uint32() >>> 6
    return low + (high - low) * ((upper * 2 ** 26 + lower) / 2 ** 53)
  }

  /** Uniform whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform(0, n))
  }

  /** Normal with the given mean and standard deviation (Box–Muller, both values used). */
  normal(mean = 0, deviation = 1): number {
    if (this.#spareNormal !== undefined) {
      const value = this.#spareNormal
      this.#spareNormal = undefined
      return mean + deviation * value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spareNormal = radius * Math.sin(angle)
    return mean + deviation * radius * Math.cos(angle)
  }

  /** Three independent normal numbers, for offsets and rotation vectors. */
  normal3(deviation = 1): [number, number, number] {
    return [this.normal(0, deviation), this.normal(0, deviation), this.normal(0, deviation)]
  }

  /** `out` filled with standard normal numbers. */
  fillNormal(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = this.normal()
    return out
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** The numbers 0 to n − 1 in random order (Fisher–Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const kept = order[i] as number
      order[i] = order[j] as number
      order[j] = kept
    }
    return order
  }
}

/** 32-bit FNV-1a over the label's UTF-16 units; numbers and strings of the same digits differ. */
function hashLabel(label: string | number): number {
  const text = typeof label === 'number' ? `#${label}` : label
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
