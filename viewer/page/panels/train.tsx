// Train: a checkpoint from a dataset, with its curves while it learns.
import { signal } from '@preact/signals'
import type { CheckpointEntry } from '../../protocol/library.ts'
import { Empty } from '../controls/empty.tsx'
import { NumberField, SelectField, TextField } from '../controls/field.tsx'
import { sameLabels } from '../controls/option.ts'
import { threeDigits, whole } from '../format.ts'
import { store, tell } from '../studio.ts'
import { canSimulate, datasetOptions, PRESET_NAMES, proposedRollouts, validChoice } from './choices.ts'
import { JobList } from './job-list.tsx'
import { SeatNote } from './seat-note.tsx'
import { compared, TrainCurves, toggleCompared } from './train-curves.tsx'

const form = {
  dataset: signal(''),
  name: signal(''),
  preset: signal('edge-pose'),
  steps: signal<number | undefined>(undefined),
  rollouts: signal<number | undefined>(undefined),
  seed: signal<number | undefined>(0),
}

export function TrainPanel() {
  return (
    <>
      <SeatNote to="train" />
      <TrainForm />
      <JobList kind="train" />
      <Checkpoints />
    </>
  )
}

function TrainForm() {
  const datasets = store.library.value?.datasets ?? []
  const options = datasetOptions(datasets)
  const dataset = validChoice(form.dataset, options)
  const may = store.drives.value && options.length > 0
  const chosen = datasets.find(({ id }) => id === dataset.value)
  const isSimulated = chosen === undefined || canSimulate(chosen)
  const rollouts = isSimulated ? (form.rollouts.value ?? proposedRollouts(form.preset.value)) : 0
  const proposed = `checkpoints/${dataset.value.split('/').at(-1) ?? ''}-${form.preset.value}`
  return (
    <section class="group" aria-label="Training">
      <h2>Train a policy</h2>
      {options.length === 0 && (
        <Empty title="Nothing to learn from yet" testId="no-train-data">
          Record demonstrations first: tab Record.
        </Empty>
      )}
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void train(form.name.value || proposed, rollouts)
        }}
      >
        <div class="wide">
          <SelectField
            label="Dataset"
            testId="train-dataset"
            value={dataset}
            options={options}
            empty="none yet"
            disabled={!may}
          />
        </div>
        <div class="wide">
          <TextField
            label="Checkpoint"
            testId="train-name"
            value={form.name}
            placeholder={options.length > 0 ? proposed : ''}
            disabled={!may}
          />
        </div>
        <div class="wide">
          <SelectField
            label="Preset"
            testId="train-preset"
            value={form.preset}
            options={sameLabels(PRESET_NAMES)}
            disabled={!may}
          />
        </div>
        <NumberField
          label="Steps"
          testId="train-steps"
          value={form.steps}
          min={1}
          max={100_000}
          placeholder="as the preset"
          disabled={!may}
        />
        <NumberField label="Seed" testId="train-seed" value={form.seed} min={0} max={2 ** 32 - 1} disabled={!may} />
        <div class="wide">
          <NumberField
            label="Rollouts: episodes at each validation"
            testId="train-rollouts"
            value={form.rollouts}
            min={0}
            max={1000}
            placeholder={String(rollouts)}
            disabled={!may || !isSimulated}
          />
        </div>
        <p class="muted small wide">
          {isSimulated ? ROLLOUTS_HINT : 'No rollouts: the simulator does not know these parts.'}
        </p>
        <button type="submit" class="primary wide" data-testid="train" disabled={!may || form.seed.value === undefined}>
          Start training
        </button>
      </form>
    </section>
  )
}

const ROLLOUTS_HINT =
  'The policy so far drives them in the simulator, for a curve of success. One that seats takes a core a second or two, one that fails six or more; longer with pictures. 0 for none.'

async function train(checkpoint: string, rollouts: number) {
  const { dataset, preset, steps, seed } = form
  const done = await tell('train', {
    ...{ dataset: dataset.value, checkpoint, preset: preset.value, rollouts, seed: seed.value ?? 0 },
    ...(steps.value !== undefined && { steps: steps.value }),
  })
  if (done && !compared.value.includes(checkpoint)) toggleCompared(checkpoint)
}

function Checkpoints() {
  const checkpoints = store.library.value?.checkpoints ?? []
  if (checkpoints.length === 0) return null
  return (
    <section class="group" aria-label="Checkpoints">
      <h2>Curves</h2>
      <TrainCurves />
      <p class="muted small">Choose the runs to compare.</p>
      <ul class="checkpoints">
        {checkpoints.map((checkpoint) => (
          <CheckpointRow key={checkpoint.id} checkpoint={checkpoint} />
        ))}
      </ul>
    </section>
  )
}

function CheckpointRow({ checkpoint }: { checkpoint: CheckpointEntry }) {
  const { id, step, steps, loss, validationLoss, preset } = checkpoint
  const isRunning = store.jobs.value.some(
    (job) => job.kind === 'train' && job.checkpoint === id && (job.state === 'running' || job.state === 'stopping'),
  )
  const on = compared.value.includes(id)
  return (
    <li class="checkpoint">
      <button
        type="button"
        class="checkpoint-open"
        aria-pressed={on}
        data-testid={`compare-${id}`}
        onClick={() => toggleCompared(id)}
      >
        <span class="tick" aria-hidden="true">
          {on ? '✓' : ''}
        </span>
        <span class="grow">
          <strong>{id}</strong>
          <span class="muted small block">
            {preset}, step {whole(step)} of {whole(steps)}, loss {threeDigits(loss)}
            {validationLoss !== null && `, validation ${threeDigits(validationLoss)}`}
          </span>
        </span>
      </button>
      {step < steps && !isRunning && (
        <button
          type="button"
          data-testid={`resume-${id}`}
          disabled={!store.drives.value || form.dataset.value === ''}
          title={`Goes on with the dataset ${form.dataset.value}`}
          onClick={() => tell('resumeTraining', { checkpoint: id, dataset: form.dataset.value })}
        >
          Go on
        </button>
      )}
    </li>
  )
}
