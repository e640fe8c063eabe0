// Results of an evaluation, for tests.
import type { EvalResults } from './eval-results.ts'

export const exampleEvalResults: EvalResults = {
  formatVersion: 1,
  conditions: { task: 'square-peg', clearanceMm: 0.1, chamferMm: 0.5, split: 'id', noise: 'tracker', seed: 4 },
  loading: { weights: 'float32' },
  summary: { method: 'policy', episodes: 1, successes: 1, wilson95: [0.2, 1], failures: {} },
  episodes: [{ index: 0, seated: true, seatSeconds: 3.5, peakForceN: 8, penetrationUm: 2 }],
}
