// Teleoperation: on and off, whose axes, how fast, with what.
import { signal } from '@preact/signals'
import { Choice, Toggle } from '../controls/buttons.tsx'
import type { AxesMode, Device, TeleopOptions } from '../ports.ts'
import { startTeleop, store, teleop, tell } from '../studio.ts'
import { toast } from '../toasts.ts'
import { KeyTable } from './key-table.tsx'

const options = signal<Required<TeleopOptions>>({ axes: 'camera', gain: 'coarse', clutch: true, mouse: 'orbit' })

function choose(change: Partial<TeleopOptions>) {
  options.value = { ...options.value, ...change }
  if (teleop.value) teleop.value.options = options.value
}

const NAMES: Record<Device, string> = {
  keyboard: 'Keyboard',
  mouse: 'Mouse',
  gamepad: 'Gamepad',
  spacemouse: 'SpaceMouse',
}

export function TeleopControls() {
  const on = store.session.value?.mode === 'teleop'
  const may = store.drives.value
  return (
    <section class="group" aria-label="Teleoperation">
      <div class="row">
        <h2>Teleoperation</h2>
        <span class="spring" />
        <button
          type="button"
          class={on ? '' : 'primary'}
          data-testid="teleop"
          aria-pressed={on}
          disabled={!may || !teleop.value}
          onClick={() => (on ? tell('teleop', { on: false }) : startTeleop())}
        >
          {on ? 'Let go' : 'Steer by hand'}
        </button>
      </div>
      <div class="choices">
        <Choice<AxesMode>
          label="Axes"
          testId="axes"
          value={options.value.axes}
          onChoose={(axes) => choose({ axes })}
          options={[
            { value: 'camera', label: 'Camera', title: 'Right is right on the screen' },
            { value: 'target', label: 'Target', title: 'Along the axes of the receptacle' },
          ]}
        />
        <Choice<TeleopOptions['gain']>
          label="Gain"
          testId="gain"
          value={options.value.gain}
          onChoose={(gain) => choose({ gain })}
          options={[
            { value: 'fine', label: 'Fine' },
            { value: 'coarse', label: 'Coarse' },
          ]}
        />
        <Choice<'orbit' | 'drive'>
          label="Drag moves"
          testId="mouse"
          value={options.value.mouse}
          onChoose={(mouse) => choose({ mouse })}
          options={[
            { value: 'orbit', label: 'View', title: 'With Alt it moves the part' },
            { value: 'drive', label: 'Part', title: 'With Alt it turns the view' },
          ]}
        />
        <fieldset class="choice">
          <legend>Clutch</legend>
          <Toggle
            on={options.value.clutch}
            onToggle={(clutch) => choose({ clutch })}
            testId="clutch"
            title="Nothing moves while it is out: put your hand back in place"
          >
            {options.value.clutch ? 'In' : 'Out'}
          </Toggle>
        </fieldset>
      </div>
      <Devices />
      <details>
        <summary data-testid="keys">Keys and buttons</summary>
        <KeyTable />
      </details>
    </section>
  )
}

function Devices() {
  // looked at as often as the read-outs: pads come and go
  store.readOut.value
  const devices = teleop.value?.devices ?? []
  return (
    <div class="row">
      <ul class="devices" aria-label="Devices" data-testid="devices">
        {devices.map((device) => (
          <li key={device} class="badge">
            {NAMES[device]}
          </li>
        ))}
      </ul>
      <span class="spring" />
      <button
        type="button"
        data-testid="connect-spacemouse"
        title="Connect a SpaceMouse"
        disabled={!teleop.value}
        onClick={connectSpaceMouse}
      >
        SpaceMouse…
      </button>
    </div>
  )
}

async function connectSpaceMouse() {
  try {
    const connected = await teleop.value?.connectSpaceMouse()
    toast('info', connected ? 'The SpaceMouse is connected.' : 'No SpaceMouse was chosen. Plug it in and try again.')
  } catch (error) {
    toast('error', (error as Error).message)
  }
}
