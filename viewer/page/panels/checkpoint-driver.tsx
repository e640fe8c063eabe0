// A checkpoint's policy drives.
import { signal } from '@preact/signals'
import { Empty } from '../controls/empty.tsx'
import { SelectField } from '../controls/field.tsx'
import { runPolicy, store, tell } from '../studio.ts'
import { checkpointOptions, validChoice } from './choices.ts'

const chosen = signal('')

export function CheckpointDriver() {
  const checkpoints = store.library.value?.checkpoints ?? []
  const loading = store.session.value?.loading ?? false
  const running = loading || store.session.value?.mode === 'policy'
  const options = checkpointOptions(checkpoints)
  const choice = validChoice(chosen, options)
  return (
    <section class="group" aria-label="Policy">
      <div class="row">
        <h2>Policy</h2>
        <span class="spring" />
        {running ? (
          <button
            type="button"
            data-testid="stop-policy"
            disabled={!store.drives.value}
            onClick={() => tell('stopPolicy', {})}
          >
            {loading ? 'Loading… Stop' : 'Stop the policy'}
          </button>
        ) : (
          <button
            type="button"
            data-testid="run-policy"
            disabled={!store.drives.value || choice.value === ''}
            onClick={() => runPolicy(choice.value)}
          >
            Run
          </button>
        )}
      </div>
      {options.length === 0 ? (
        <Empty title="No checkpoint yet" testId="no-checkpoints">
          Record demonstrations, then train one: tabs Record and Train.
        </Empty>
      ) : (
        <SelectField
          label="Checkpoint"
          testId="policy-checkpoint"
          value={choice}
          options={options}
          disabled={running}
        />
      )}
    </section>
  )
}
