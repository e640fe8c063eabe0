// Evaluations as points: success over clearance, one group a kind of start, noise, chamfer and whatever else differs.
import type { EvaluationEntry } from '../../protocol/library.ts'

export interface SuccessGroup {
  split: string
  noise: string
  chamferMm: number
  others: string
  /** ascending by clearance */
  points: { clearanceMm: number; rate: number; low: number; high: number }[]
}

/** Of two evaluations of the same fit and conditions the one with more episodes counts. */
export function successGroups(evaluations: readonly EvaluationEntry[]): SuccessGroup[] {
  const groups = groupBy(
    evaluations,
    ({ split, noise, chamferMm, others }) => `${split} ${noise} ${chamferMm} ${others}`,
  )
  return [...groups.values()].map((entries) => {
    const [{ split, noise, chamferMm, others }] = entries as [EvaluationEntry]
    const byFit = groupBy(entries, ({ clearanceMm }) => clearanceMm)
    const largest = [...byFit.values()].map((same) => same.reduce((a, b) => (b.episodes > a.episodes ? b : a)))
    const points = largest.map(pointOf).sort((a, b) => a.clearanceMm - b.clearanceMm)
    return { split, noise, chamferMm, others, points }
  })
}

const pointOf = ({ clearanceMm, successes, episodes, wilson95: [low, high] }: EvaluationEntry) => ({
  ...{ clearanceMm, rate: successes / episodes, low, high },
})

function groupBy<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return groups
}
