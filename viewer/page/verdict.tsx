// How the episode ended.
import { newtons, seconds } from './format.ts'
import { isReset, NextEpisode } from './next-episode.tsx'
import { replay } from './replay.ts'
import { store } from './studio.ts'

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
      {isReset() && <NextEpisode testId="verdict-next" />}
    </div>
  )
}
