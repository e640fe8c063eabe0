// Record: one key starts, one ends, one keeps or discards; and what was recorded.
import { Toggle } from '../controls/buttons.tsx'
import { TextField } from '../controls/field.tsx'
import { seconds } from '../format.ts'
import { datasetName, decide, endRecording, pictures, startRecording } from '../recording.ts'
import { store } from '../studio.ts'
import { DatasetShelf } from './dataset-shelf.tsx'
import { SeatNote } from './seat-note.tsx'

/** As the server checks it. */
const ID_PATTERN = '[A-Za-z0-9_\\-][A-Za-z0-9._\\-]*(/[A-Za-z0-9_\\-][A-Za-z0-9._\\-]*)*'

export function RecordPanel() {
  return (
    <>
      <SeatNote to="record" />
      <section class="group" aria-label="Recording">
        <h2>Recording</h2>
        <RecordingControls />
      </section>
      <DatasetShelf />
    </>
  )
}

function RecordingControls() {
  const recording = store.session.value?.recording
  const may = store.drives.value
  if (recording?.state === 'recording') {
    return (
      <div class="recording" role="status">
        <span class="record-dot" aria-hidden="true" />
        <span class="grow" data-testid="recording-state">
          Recording into {recording.dataset}: {seconds(recording.seconds)}, {recording.frames} frames
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
  return (
    <div class="form">
      <div class="wide">
        <TextField
          label="Into the dataset"
          testId="record-dataset"
          value={datasetName}
          pattern={ID_PATTERN}
          title="Letters, digits, dots and dashes; / for a folder. It is made when it is not there."
          list={store.library.value?.datasets.map(({ id }) => id) ?? []}
        />
      </div>
      <div class="row">
        <Toggle
          on={pictures.value}
          onToggle={(on) => {
            pictures.value = on
          }}
          testId="record-pictures"
          title="A policy that sees needs them; the files are larger"
        >
          Pictures {pictures.value ? 'on' : 'off'}
        </Toggle>
        <span class="spring" />
        <button
          type="button"
          class="record"
          data-testid="start-recording"
          disabled={!may}
          onClick={() => void startRecording()}
        >
          <span class="record-dot" aria-hidden="true" /> Record <kbd>R</kbd>
        </button>
      </div>
    </div>
  )
}
