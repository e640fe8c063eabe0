// What many episodes say together.
import type { Failure } from './judge.ts'

export interface EpisodeResult {
  /** number of the episode; with the evaluation's seed it decides everything in it */
  index: number
  seated: boolean
  /** s; null when it did not seat */
  seatSeconds: number | null
  /** largest 5 ms mean of the net contact force, N */
  peakForceN: number
  /** deepest overlap of the parts, µm: how far physics can be believed */
  penetrationUm: number
  failure?: Failure
}

export interface Summary {
  episodes: number
  successes: number
  successRate: number
  /** 95 % interval of the success rate */
  wilson95: [low: number, high: number]
  /** of the episodes that seated; null when none did */
  medianSeatSeconds: number | null
  medianPeakForceN: number
  p95PeakForceN: number
  /** largest of all episodes, µm */
  penetrationUm: number
  failures: Partial<Record<Failure, number>>
}

/** Throws a RangeError for no episodes. */
export function summarize(results: readonly EpisodeResult[]): Summary {
  if (results.length === 0) throw new RangeError('expected at least one episode to summarise')
  const seated = results.flatMap(({ seatSeconds }) => (seatSeconds === null ? [] : [seatSeconds]))
  const failures: Summary['failures'] = {}
  const forces = results.map(({ peakForceN }) => peakForceN)
  for (const { failure } of results) if (failure) failures[failure] = (failures[failure] ?? 0) + 1
  return {
    episodes: results.length,
    successes: seated.length,
    successRate: seated.length / results.length,
    wilson95: wilson95(seated.length, results.length),
    medianSeatSeconds: seated.length > 0 ? quantile(seated, 0.5) : null,
    medianPeakForceN: quantile(forces, 0.5),
    p95PeakForceN: quantile(forces, 0.95),
    penetrationUm: Math.max(...results.map(({ penetrationUm }) => penetrationUm)),
    failures,
  }
}

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054

/**
 * Wilson's score interval for a proportion (Wilson, 1927):
 * `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`
 */
export function wilson95(successes: number, n: number): [low: number, high: number] {
  const p = successes / n
  const z2 = (Z * Z) / n
  const middle = p + z2 / 2
  const spread = Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))
  // At 0 and n successes one end is exact, but rounding would miss it.
  const low = successes === 0 ? 0 : (middle - spread) / (1 + z2)
  const high = successes === n ? 1 : (middle + spread) / (1 + z2)
  return [low, high]
}

/** Linear interpolation between order statistics, as NumPy does by default. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = q * (sorted.length - 1)
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (position - Math.floor(position)) * (above - below)
}
