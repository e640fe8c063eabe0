// How far the clock of the ROS side is ahead of ours, from heartbeats: Cristian's algorithm with a clock filter.
//
// A beat leaves at t₀, is stamped s by the bridge and is back at t₁, all in seconds, t by our clock. The bridge stamped it
// somewhere in between, so that offset = s − (t₀ + t₁)/2 is right to ± (t₁ − t₀)/2, whichever way was the slow one. Of the
// last two seconds the quickest round trip is believed: crystals drift by less than 0.1 ms in that time, and queues on the
// way, which are what makes the halves unlike, only ever lengthen a trip.

export interface ClockSample {
  /** our clock, s */
  sent: number
  received: number
  /** the ROS side's clock, s */
  stamp: number
}

/** Of 50 beats a second: two seconds. */
const WINDOW = 100
/** Beyond what the round trip explains, s, … */
const JUMP = 0.02
/** … as many times in a row: then the other clock was set. */
const JUMPS = 3

export class ClockOffset {
  readonly #samples: { offset: number; roundTrip: number }[] = []
  #strange: { offset: number; roundTrip: number }[] = []
  #best: { offset: number; roundTrip: number } | undefined

  /** s to add to our clock; undefined before the first sample */
  get offset(): number | undefined {
    return this.#best?.offset
  }

  /** the offset is right to ± this, s */
  get error(): number | undefined {
    return this.#best && this.#best.roundTrip / 2
  }

  /** Seconds by which the ROS side's clock was set, when this sample is the one that proves it; otherwise undefined. */
  add({ sent, received, stamp }: ClockSample): number | undefined {
    const roundTrip = received - sent
    const sample = { offset: stamp - (sent + received) / 2, roundTrip }
    const best = this.#best
    if (best && Math.abs(sample.offset - best.offset) > (roundTrip + best.roundTrip) / 2 + JUMP) {
      this.#strange.push(sample)
      if (this.#strange.length < JUMPS) return undefined
      this.#samples.splice(0, WINDOW, ...this.#strange)
      this.#strange = []
      this.#best = quickest(this.#samples)
      return this.#best.offset - best.offset
    }
    this.#strange = []
    this.#samples.push(sample)
    if (this.#samples.length > WINDOW) this.#samples.shift()
    this.#best = quickest(this.#samples)
    return undefined
  }
}

function quickest(samples: readonly { offset: number; roundTrip: number }[]) {
  return samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a))
}
