// Record: one key starts, one ends, one keeps or discards; and what was recorded.
import { Toggle } from '../controls/buttons.tsx'
import { TextField } from '../controls/field.tsx'
import { datasetName, isRecording, pictures, startRecording } from '../recording.ts'
import { RecordingStatus } from '../recording-status.tsx'
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
  const may = store.drives.value
  if (isRecording.value) return <RecordingStatus />
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
