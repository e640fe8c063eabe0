// How the episode ended.
import { newtons, seconds } from './format.ts'
import { replay } from './replay.ts'
import { store, tell } from './studio.ts'

export function Verdict() {
  const verdict = store.session.value?.verdict
  if (!verdict || replay.value) return null
  return (
    <div class={`banner ${verdict.seated ? 'good' : 'warn'}`} role="status" data-testid="verdict">
      <span>
        <strong>{verdict.seated ? 'Seated' : `Failed: ${verdict.reason}`}.</strong>{' '}
        {verdict.seatSeconds !== null && `After ${seconds(verdict.seatSeconds)}. `}
        Peak force {newtons(verdict.peakForceN)}.
      </span>
      <button type="button" data-testid="verdict-next" disabled={!store.drives.value} onClick={() => tell('reset', {})}>
        Next episode
      </button>
    </div>
  )
}
