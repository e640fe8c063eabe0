// One stamp that a thread writes and others read at once, without a message.

const MILLION = 1e6

export class SharedStamp {
  /** give this to the other threads */
  readonly buffer: SharedArrayBuffer
  /** µs; 0 for none */
  readonly #cell: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer
    this.#cell = new BigInt64Array(buffer)
  }

  /** `stamp`: s, or undefined for none */
  set(stamp: number | undefined): void {
    Atomics.store(this.#cell, 0, stamp === undefined ? 0n : BigInt(Math.round(stamp * MILLION)))
  }

  get(): number | undefined {
    const micros = Atomics.load(this.#cell, 0)
    return micros === 0n ? undefined : Number(micros) / MILLION
  }
}
