// The log, newest first.
import { computed, signal } from '@preact/signals'
import type { LogLine } from '../../protocol/session.ts'
import { Choice } from '../controls/buttons.tsx'
import { Empty } from '../controls/empty.tsx'
import { TextField } from '../controls/field.tsx'
import { stamp } from '../format.ts'
import { store } from '../studio.ts'
import { matchingLines } from './matching-lines.ts'

const level = signal<LogLine['level']>('info')
const text = signal('')
const MOST_SHOWN = 200

const shown = computed(() => matchingLines(store.log.value, level.value, text.value, MOST_SHOWN))

export function Log() {
  return (
    <section class="group grow" aria-label="Log">
      <h2>Log</h2>
      <div class="log-filters">
        <Choice<LogLine['level']>
          label="At least"
          testId="log-level"
          value={level.value}
          onChoose={(chosen) => {
            level.value = chosen
          }}
          options={[
            { value: 'info', label: 'All' },
            { value: 'warning', label: 'Warnings' },
            { value: 'error', label: 'Errors' },
          ]}
        />
        <TextField label="With the words" testId="log-filter" value={text} placeholder="force, limit …" />
      </div>
      {shown.value.length === 0 ? (
        <Empty title={store.log.value.length === 0 ? 'Nothing has happened yet' : 'No such line'} testId="no-log">
          {store.log.value.length === 0
            ? 'What the robot does and where the governor intervenes is told here.'
            : 'Choose All, or clear the words.'}
        </Empty>
      ) : (
        <div role="log" aria-label="Newest first">
          <ol class="log" data-testid="log">
            {shown.value.map((line) => (
              <li key={line.number} class={line.level}>
                <time>{stamp(line.time)}</time>
                <span>
                  {line.level !== 'info' && <strong>{line.level}: </strong>}
                  {line.text}
                </span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </section>
  )
}
