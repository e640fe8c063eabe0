// What is drawn beside the robot, and from where it is looked at.
import { signal } from '@preact/signals'
import { Toggle } from './controls/buttons.tsx'
import { offeredInsets, openInsets, toggleInset } from './insets.tsx'
import { STAGE_DEFAULTS, type StageOptions } from './ports.ts'
import { stage } from './studio.ts'

type Shown = Omit<StageOptions, 'theme'>

const { theme: _, ...shownAtFirst } = STAGE_DEFAULTS
export const viewOptions = signal<Shown>(shownAtFirst)

const OPTIONS: readonly { name: keyof Shown; label: string; title: string }[] = [
  { name: 'cutAway', label: 'Cut away', title: 'Opens the receptacle, to see inside' },
  { name: 'contacts', label: 'Contacts', title: 'Contact points and the force' },
  { name: 'frames', label: 'Frames', title: 'Frames of the part, the receptacle and the hand' },
  { name: 'plan', label: 'Plan', title: 'Ghost of the chunk that the policy plans' },
  { name: 'trail', label: 'Trail', title: 'The path so far' },
  { name: 'demonstrations', label: 'Demonstrations', title: 'Curves of the selected dataset' },
]

const PLACES = ['front', 'side', 'top', 'close'] as const
const open = signal(false)

export function ViewOptions() {
  return (
    <div class="view-options">
      <div class="looks" role="toolbar" aria-label="Look from">
        {PLACES.map((from) => (
          <button
            key={from}
            type="button"
            data-testid={`look-${from}`}
            title={`Look from: ${from}`}
            disabled={!stage.value}
            onClick={() => stage.value?.look(from)}
          >
            {from}
          </button>
        ))}
        <button
          type="button"
          data-testid="view-menu"
          aria-expanded={open.value}
          aria-controls="view-options-list"
          onClick={() => {
            open.value = !open.value
          }}
        >
          view {open.value ? '▴' : '▾'}
        </button>
      </div>
      {open.value && <OptionList />}
    </div>
  )
}

function OptionList() {
  const set = (name: keyof Shown, on: boolean) => {
    viewOptions.value = { ...viewOptions.value, [name]: on }
  }
  return (
    <div class="option-list" id="view-options-list">
      <span class="option-head">Show</span>
      {OPTIONS.map(({ name, label, title }) => (
        <Toggle
          key={name}
          on={viewOptions.value[name]}
          onToggle={(on) => set(name, on)}
          testId={`option-${name}`}
          title={title}
        >
          {label}
        </Toggle>
      ))}
      <span class="option-head">Cameras</span>
      {offeredInsets().map(({ name, label }) => (
        <Toggle
          key={name}
          on={openInsets.value.includes(name)}
          onToggle={() => toggleInset(name)}
          testId={`inset-toggle-${name}`}
        >
          {label}
        </Toggle>
      ))}
    </div>
  )
}
