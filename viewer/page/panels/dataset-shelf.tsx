// The datasets, and the episodes of the selected one.
import { computed, effect, signal } from '@preact/signals'
import type { DatasetEntry, EpisodeEntry } from '../../protocol/library.ts'
import { Empty } from '../controls/empty.tsx'
import { SelectField } from '../controls/field.tsx'
import { count, newtons, seconds } from '../format.ts'
import { openEpisode, restoreEpisode } from '../recorded.ts'
import { replay } from '../replay.ts'
import { store, tell } from '../studio.ts'
import { toast } from '../toasts.ts'
import { datasetOptions, validChoice } from './choices.ts'
import { followDemonstrations } from './demonstrations.ts'
import { Thumbnail } from './thumbnail.tsx'

const chosen = signal('')
const dataset = computed(() => store.library.value?.datasets.find(({ id }) => id === chosen.value))
followDemonstrations(dataset)
/** Where the episode belongs that has just been recorded. */
const recordedInto = computed(() => {
  const recording = store.session.value?.recording
  return recording?.state === 'deciding' ? recording.dataset : undefined
})
effect(() => {
  if (recordedInto.value !== undefined) chosen.value = recordedInto.value
})
// Its demonstrations are on the stage before anybody has seen the shelf.
effect(() => {
  const task = store.session.value?.setup.task
  const first = store.library.value?.datasets.find((one) => one.task === task)
  if (chosen.peek() === '' && first) chosen.value = first.id
})

export function DatasetShelf() {
  const library = store.library.value
  if (!library) return null
  const options = datasetOptions(library.datasets)
  const choice = validChoice(chosen, options)
  return (
    <section class="group" aria-label="Datasets">
      <h2>Datasets</h2>
      {options.length === 0 ? (
        <Empty title="No demonstrations yet" testId="no-datasets">
          Steer the part home by hand (tab Drive), and record it with R. Ten good ones teach a policy. Or let the expert
          do it: <code>tenon record</code>, into {library.folder}.
        </Empty>
      ) : (
        <SelectField label="Dataset" testId="dataset" value={choice} options={options} />
      )}
      {dataset.value && <Episodes dataset={dataset.value} />}
    </section>
  )
}

function Episodes({ dataset }: { dataset: DatasetEntry }) {
  const { episodes } = dataset
  // The recording that waits to be kept is no leftover.
  const recording = store.session.value?.recording
  const isOpen = recording !== undefined && recording.state !== 'off' && recording.dataset === dataset.id
  const warnings = dataset.warnings.filter((warning) => !(isOpen && warning.includes('.mcap.part:')))
  return (
    <>
      <p class="muted small">
        {dataset.task}, {dataset.clearanceMm} mm, {count(episodes.length, 'episode')} from {dataset.recordedFrom}
      </p>
      {warnings.map((warning) => (
        <p key={warning} class="hint" data-testid="dataset-warning">
          {warning}
        </p>
      ))}
      {episodes.length === 0 && (
        <Empty title="This dataset is empty" testId="no-episodes">
          Record into it with R, or bring back what was deleted.
        </Empty>
      )}
      <ul class="episodes" data-testid="episodes">
        {episodes.map((episode) => (
          <EpisodeRow key={episode.name} dataset={dataset.id} episode={episode} />
        ))}
      </ul>
      {dataset.deleted.length > 0 && <Deleted dataset={dataset} />}
    </>
  )
}

function EpisodeRow({ dataset, episode }: { dataset: string; episode: EpisodeEntry }) {
  const { name, seated, hints } = episode
  const source = replay.value?.source
  const selected = source?.kind === 'recorded' && source.dataset === dataset && source.episode === name
  return (
    <li class={`episode ${selected ? 'selected' : ''}`}>
      <button
        type="button"
        class="episode-open"
        data-testid={`episode-${name}`}
        aria-current={selected}
        onClick={() => openEpisode(dataset, name)}
      >
        <Thumbnail dataset={dataset} episode={episode} />
        <span class="episode-facts">
          <span class="row">
            <strong>{name}</strong>
            <span class={`badge ${seated ? 'good' : 'bad'}`}>
              {seated === null ? 'unfinished' : seated ? 'seated' : episode.reason}
            </span>
          </span>
          <span class="muted small">
            {seconds(episode.seconds)} · peak {newtons(episode.peakForceN)}
            {episode.pictures > 0 && ` · ${count(episode.pictures, 'picture')}`}
          </span>
          {hints.map((hint) => (
            <span key={hint} class="hint" data-testid="episode-hint">
              {hint}
            </span>
          ))}
        </span>
      </button>
      <button
        type="button"
        class="quiet icon"
        data-testid={`delete-${name}`}
        aria-label={`Delete episode ${name}`}
        title={store.drives.value ? 'Delete; it can be brought back' : 'Take the seat first'}
        disabled={!store.drives.value}
        onClick={() => remove(dataset, name)}
      >
        <TrashIcon />
      </button>
    </li>
  )
}

const TrashIcon = () => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path
      d="M3 4h10M6 4V2.5h4V4M4.5 4l.5 9.5h6l.5-9.5M7 6.5v5M9 6.5v5"
      fill="none"
      stroke="currentColor"
      stroke-width="1.3"
    />
  </svg>
)

function Deleted({ dataset }: { dataset: DatasetEntry }) {
  return (
    <div class="deleted" data-testid="deleted">
      <span class="muted small">Deleted:</span>
      {dataset.deleted.map((name) => (
        <button
          key={name}
          type="button"
          data-testid={`restore-${name}`}
          disabled={!store.drives.value}
          title="Bring it back"
          onClick={() => restoreEpisode(dataset.id, name)}
        >
          ↺ {name}
        </button>
      ))}
    </div>
  )
}

async function remove(dataset: string, episode: string) {
  if (!(await tell('deleteEpisode', { dataset, episode }))) return
  toast('info', `Episode ${episode} was deleted.`, {
    label: 'Undo',
    run: () => void restoreEpisode(dataset, episode),
  })
}
