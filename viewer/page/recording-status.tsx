// A recording that runs, or waits to be kept: what it is, and the buttons that are keys as well.
import { seconds } from './format.ts'
import { decide, endRecording } from './recording.ts'
import { store } from './studio.ts'

export function RecordingStatus() {
  const recording = store.session.value?.recording
  const may = store.drives.value
  if (recording?.state === 'recording') {
    return (
      <div class="recording">
        <span class="record-dot" aria-hidden="true" />
        <span class="grow" data-testid="recording-state">
          {/* What changes all the time is not read aloud. */}
          <span role="status">Recording into {recording.dataset}:</span> {seconds(recording.seconds)},{' '}
          {recording.frames} frames
        </span>
        <button type="button" class="primary" data-testid="end-recording" disabled={!may} onClick={endRecording}>
          End <kbd>R</kbd>
        </button>
      </div>
    )
  }
  if (recording?.state === 'deciding') {
    const { seated, reason, peakForceN } = recording.outcome
    return (
      <div class="recording" role="status">
        <span class="grow" data-testid="recording-state">
          {seconds(recording.seconds)} recorded, {seated ? 'seated' : reason}, peak {peakForceN.toFixed(1)} N
        </span>
        <button type="button" class="primary" data-testid="keep" disabled={!may} onClick={() => decide(true)}>
          Keep <kbd>K</kbd>
        </button>
        <button type="button" data-testid="discard" disabled={!may} onClick={() => decide(false)}>
          Discard <kbd>D</kbd>
        </button>
      </div>
    )
  }
  return null
}
