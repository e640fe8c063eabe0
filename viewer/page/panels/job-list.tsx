// Work that goes on, and how the last one ended.
import type { Job } from '../../protocol/library.ts'
import { duration, whole } from '../format.ts'
import { store, tell } from '../studio.ts'

/** Older ones that ended are of no interest. */
const MOST_ENDED = 2

export function JobList({ kind }: { kind: Job['kind'] }) {
  const jobs = store.jobs.value.filter((job) => job.kind === kind)
  const ended = jobs.filter(hasEnded).slice(-MOST_ENDED)
  const shown = jobs.filter((job) => !hasEnded(job) || ended.includes(job)).reverse()
  if (shown.length === 0) return null
  return (
    <section class="group" aria-label="Running work" data-testid={`jobs-${kind}`}>
      {shown.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </section>
  )
}

const hasEnded = ({ state }: Job) => state !== 'running' && state !== 'stopping'

const TONES: Record<Job['state'], string> = { running: '', stopping: '', done: 'good', stopped: '', failed: 'bad' }

function JobRow({ job }: { job: Job }) {
  const { id, checkpoint, state, done, total, secondsLeft, message, kind } = job
  return (
    <div class="job" data-testid="job">
      <div class="row">
        <strong class="grow ellipsis">{checkpoint}</strong>
        <span class={`badge ${TONES[state]}`} data-testid="job-state">
          {state}
        </span>
        {state === 'running' && (
          <button
            type="button"
            data-testid="stop-job"
            disabled={!store.drives.value}
            onClick={() => tell('stopJob', { job: id })}
          >
            Stop
          </button>
        )}
      </div>
      <progress max={Math.max(total, 1)} value={done} aria-label={`${kind} ${checkpoint}`} />
      <div class="row muted small">
        <span data-testid="job-progress">
          {whole(done)} of {whole(total)} {kind === 'train' ? 'steps' : 'episodes'}
        </span>
        <span class="spring" />
        {!hasEnded(job) && secondsLeft !== null && <span>{duration(secondsLeft)} left</span>}
      </div>
      {message && <p class={state === 'failed' ? 'hint bad' : 'muted small'}>{message}</p>}
    </div>
  )
}
