// From a movement of the operator's hand to the state that shows it, ms.

export interface InputLatency {
  sent(sequence: number, now: number): void
  /** `input`: newest twist that the state has seen. Newest latency, ms; undefined when there was nothing new. */
  seen(input: number, now: number): number | undefined
}

/** More are not under way. */
const MOST = 256

export function inputLatency(): InputLatency {
  const under = new Map<number, number>()
  return {
    sent(sequence, now) {
      under.set(sequence, now)
      if (under.size > MOST) under.delete(under.keys().next().value as number)
    },
    seen(input, now) {
      const at = under.get(input)
      if (at === undefined) return undefined
      for (const sequence of under.keys()) {
        if (sequence > input) break
        under.delete(sequence)
      }
      return now - at
    },
  }
}
