// A checkpoint's evaluations: rate, its interval, and what went wrong.
import { signal } from '@preact/signals'
import type { CheckpointEntry, EvaluationEntry } from '../../protocol/library.ts'
import { percent } from '../format.ts'
import { splitWord } from './choices.ts'

/** Name of the evaluation whose episodes are listed. */
export const openEvaluation = signal('')

export function SuccessTable({ checkpoint }: { checkpoint: CheckpointEntry }) {
  return (
    <div class="table-place">
      <table class="success" data-testid="success-table">
        <thead>
          <tr>
            <th scope="col">Fit, starts, noise</th>
            <th scope="col">Seated</th>
            <th scope="col">95 %</th>
          </tr>
        </thead>
        <tbody>
          {checkpoint.evaluations.map((entry) => (
            <EvaluationRow key={entry.name} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function EvaluationRow({ entry }: { entry: EvaluationEntry }) {
  const { name, clearanceMm, chamferMm, split, noise, others, successes, episodes, wilson95, failures } = entry
  const [low, high] = wilson95
  const causes = Object.entries(failures).filter(([, n]) => n > 0)
  return (
    <tr class={openEvaluation.value === name ? 'selected' : ''}>
      <td>
        <button
          type="button"
          class="link"
          data-testid={`evaluation-${name}`}
          aria-pressed={openEvaluation.value === name}
          title="Lists its episodes"
          onClick={() => {
            openEvaluation.value = name
          }}
        >
          {clearanceMm} mm, chamfer {chamferMm} mm, {splitWord(split)}, {noise}
          {others && `, ${others}`}
        </button>
        {causes.map(([cause, n]) => (
          <span key={cause} class="block small muted">
            {n} × {cause}
          </span>
        ))}
      </td>
      <td class="number">
        <strong>{percent(successes / episodes)}</strong>
        <span class="block small muted">
          {successes} of {episodes}
        </span>
      </td>
      <td class="number small">
        {Math.round(low * 100)}–{Math.round(high * 100)}
      </td>
    </tr>
  )
}
