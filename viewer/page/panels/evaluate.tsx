// Evaluate: how often a checkpoint seats the part, why not otherwise, and each episode to be seen again.
import { signal } from '@preact/signals'
import { Empty } from '../controls/empty.tsx'
import { NumberField, SelectField } from '../controls/field.tsx'
import { store, tell } from '../studio.ts'
import { CLEARANCE_OPTIONS, checkpointOptions, NOISE_OPTIONS, SPLIT_OPTIONS, validChoice } from './choices.ts'
import { EvaluatedEpisodes } from './evaluated-episodes.tsx'
import { JobList } from './job-list.tsx'
import { SeatNote } from './seat-note.tsx'
import { SuccessChart } from './success-chart.tsx'
import { SuccessTable } from './success-table.tsx'

const chosen = signal('')
const form = {
  episodes: signal<number | undefined>(25),
  clearanceMm: signal('0.1'),
  chamferMm: signal<number | undefined>(0.5),
  split: signal('id'),
  noise: signal('tracker'),
  seed: signal<number | undefined>(1),
}

export function EvaluatePanel() {
  const checkpoints = store.library.value?.checkpoints ?? []
  const options = checkpointOptions(checkpoints)
  const choice = validChoice(chosen, options)
  const checkpoint = checkpoints.find(({ id }) => id === choice.value)
  if (!checkpoint) {
    return (
      <section class="group" aria-label="Evaluations">
        <h2>Evaluate</h2>
        <Empty title="No checkpoint to evaluate" testId="no-evaluate">
          Train one first: tab Train.
        </Empty>
      </section>
    )
  }
  return (
    <>
      <SeatNote to="evaluate" />
      <section class="group" aria-label="Evaluations">
        <h2>Evaluate</h2>
        <SelectField label="Checkpoint" testId="evaluate-checkpoint" value={choice} options={options} />
        <EvaluateForm checkpoint={checkpoint.id} />
      </section>
      <JobList kind="eval" />
      <section class="group" aria-label="Results">
        <h2>Results</h2>
        {checkpoint.evaluations.length === 0 ? (
          <Empty title="Not evaluated yet" testId="no-evaluations">
            Twenty-five episodes tell whether it works at all, two hundred how well.
          </Empty>
        ) : (
          <>
            <SuccessTable checkpoint={checkpoint} />
            <EvaluatedEpisodes checkpoint={checkpoint} />
            <SuccessChart evaluations={checkpoint.evaluations} />
          </>
        )}
      </section>
    </>
  )
}

function EvaluateForm({ checkpoint }: { checkpoint: string }) {
  const may = store.drives.value
  const { episodes, clearanceMm, chamferMm, split, noise, seed } = form
  const isFilled = episodes.value !== undefined && chamferMm.value !== undefined && seed.value !== undefined
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void evaluate(checkpoint)
      }}
    >
      <NumberField label="Episodes" testId="evaluate-episodes" value={episodes} min={1} max={100_000} disabled={!may} />
      <SelectField
        label="Clearance"
        unit="mm"
        testId="evaluate-clearance"
        value={clearanceMm}
        options={CLEARANCE_OPTIONS}
        disabled={!may}
      />
      <NumberField
        label="Chamfer"
        unit="mm"
        testId="evaluate-chamfer"
        value={chamferMm}
        min={0}
        max={5}
        step="any"
        disabled={!may}
      />
      <SelectField label="Pose noise" testId="evaluate-noise" value={noise} options={NOISE_OPTIONS} disabled={!may} />
      <SelectField label="Starts" testId="evaluate-split" value={split} options={SPLIT_OPTIONS} disabled={!may} />
      <NumberField label="Seed" testId="evaluate-seed" value={seed} min={0} max={2 ** 32 - 1} disabled={!may} />
      <button type="submit" class="primary wide" data-testid="evaluate" disabled={!may || !isFilled}>
        Evaluate
      </button>
    </form>
  )
}

const evaluate = (checkpoint: string) =>
  tell('evaluate', {
    checkpoint,
    episodes: form.episodes.value ?? 25,
    clearanceMm: Number(form.clearanceMm.value),
    chamferMm: form.chamferMm.value ?? 0.5,
    split: form.split.value === 'ood' ? 'ood' : 'id',
    noise: form.noise.value,
    seed: form.seed.value ?? 1,
  })
