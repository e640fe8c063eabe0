// The episodes of an evaluation, failed ones first; one that is clicked is simulated again.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CheckpointEntry } from '../../protocol/library.ts'
import type { EvaluatedEpisode } from '../../protocol/track.ts'
import { newtons, seconds } from '../format.ts'
import { showOrOffer } from '../recording.ts'
import { replay } from '../replay.ts'
import { ask, store } from '../studio.ts'
import { openEvaluation } from './success-table.tsx'

const listed = signal<{ checkpoint: string; name: string; episodes: EvaluatedEpisode[] } | undefined>(undefined)
/** index of the one that is being simulated */
const awaited = signal<number | undefined>(undefined)

export const failedFirst = (episodes: readonly EvaluatedEpisode[]): EvaluatedEpisode[] =>
  [...episodes].sort((a, b) => Number(a.seated) - Number(b.seated) || a.index - b.index)

export function EvaluatedEpisodes({ checkpoint }: { checkpoint: CheckpointEntry }) {
  const name = checkpoint.evaluations.some((entry) => entry.name === openEvaluation.value) ? openEvaluation.value : ''
  const isConnected = store.link.value === 'open'
  // What was asked for over a connection that broke is asked for again.
  useEffect(
    () => (isConnected && name !== '' ? list(checkpoint.id, name) : undefined),
    [checkpoint.id, name, isConnected],
  )
  if (name === '') return <p class="muted small">Choose an evaluation to see its episodes.</p>
  const found = listed.value
  if (!found || found.name !== name || found.checkpoint !== checkpoint.id) return <p class="muted small">Reading…</p>
  return (
    <ul class="evaluated" data-testid="evaluated-episodes">
      {found.episodes.map((episode) => (
        <EpisodeButton key={episode.index} checkpoint={checkpoint.id} name={name} episode={episode} />
      ))}
    </ul>
  )
}

function EpisodeButton({ checkpoint, name, episode }: { checkpoint: string; name: string; episode: EvaluatedEpisode }) {
  const { index, seated, failure, seatSeconds, peakForceN } = episode
  const source = replay.value?.source
  const selected =
    source?.kind === 'evaluated' && source.checkpoint === checkpoint && source.name === name && source.index === index
  return (
    <li>
      <button
        type="button"
        class={`evaluated-open ${selected ? 'selected' : ''}`}
        aria-current={selected}
        data-testid={`evaluated-${index}`}
        disabled={awaited.value !== undefined}
        onClick={() => open(checkpoint, name, index)}
      >
        <span class="number muted">{index}</span>
        <span class={`badge ${seated ? 'good' : 'bad'}`}>{seated ? 'seated' : (failure ?? 'failed')}</span>
        <span class="spring" />
        <span class="small muted">
          {awaited.value === index
            ? 'simulating again…'
            : `${seatSeconds === null ? '' : `${seconds(seatSeconds)}, `}${newtons(peakForceN)}`}
        </span>
      </button>
    </li>
  )
}

/** Reads them, unless the answer is called before: then another evaluation is looked at. */
function list(checkpoint: string, name: string): () => void {
  let isLeft = false
  void ask('evaluation', { checkpoint, name }).then((answer) => {
    if (answer && !isLeft) listed.value = { checkpoint, name, episodes: failedFirst(answer.episodes) }
  })
  return () => {
    isLeft = true
  }
}

async function open(checkpoint: string, name: string, index: number) {
  awaited.value = index
  const track = await ask('evaluatedEpisode', { checkpoint, name, index })
  awaited.value = undefined
  if (!track) return
  showOrOffer(
    { track, source: { kind: 'evaluated', checkpoint, name, index } },
    `Episode ${index} of the evaluation is simulated.`,
  )
}
