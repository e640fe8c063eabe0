// The simulator's episodes: the next one, another task, another fit.
import { effect, signal } from '@preact/signals'
import { TASKS } from '../../../sim/tasks/index.ts'
import type { Setup } from '../../protocol/session.ts'
import { NumberField, SelectField } from '../controls/field.tsx'
import { NextEpisode } from '../next-episode.tsx'
import { backToLive } from '../replay.ts'
import { store, tell } from '../studio.ts'
import { CLEARANCE_OPTIONS, NOISE_OPTIONS, SPLIT_OPTIONS, TASK_OPTIONS } from './choices.ts'

const form = {
  task: signal('round-peg'),
  clearanceMm: signal('0.1'),
  chamferMm: signal<number | undefined>(0.5),
  split: signal('id'),
  noise: signal('none'),
  seed: signal<number | undefined>(0),
}

/** The form follows the session, not the other way round, until it is sent. */
let followed = ''
effect(() => {
  const setup = store.session.value?.setup
  const text = JSON.stringify(setup)
  if (!setup || text === followed) return
  followed = text
  form.task.value = setup.task
  form.clearanceMm.value = String(setup.clearanceMm)
  form.chamferMm.value = setup.chamferMm
  form.split.value = setup.split
  form.noise.value = setup.noise
  form.seed.value = setup.seed
})

function filled(): Setup | undefined {
  const { chamferMm, seed } = form
  if (chamferMm.value === undefined || seed.value === undefined) return undefined
  return {
    task: form.task.value,
    clearanceMm: Number(form.clearanceMm.value),
    chamferMm: chamferMm.value,
    split: form.split.value as Setup['split'],
    noise: form.noise.value,
    seed: seed.value,
  }
}

export function EpisodeSetup() {
  const session = store.session.value
  if (session?.robot.kind !== 'sim') return null
  const may = store.drives.value
  const setup = filled()
  const isNew = JSON.stringify(setup) !== JSON.stringify(pick(session.setup))
  return (
    <section class="group" aria-label="Episode">
      <div class="row">
        <h2>
          Episode <span data-testid="episode-number">{session.episode}</span>
        </h2>
        <span class="spring" />
        <button type="button" data-testid="again" disabled={!may} onClick={() => again(session.episode)}>
          Again
        </button>
        <NextEpisode testId="new-episode" />
      </div>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          backToLive()
          if (setup) void tell('setup', setup)
        }}
      >
        <SelectField label="Task" testId="setup-task" value={form.task} options={TASK_OPTIONS} disabled={!may} />
        <SelectField
          label="Clearance"
          unit="mm"
          testId="setup-clearance"
          value={form.clearanceMm}
          options={CLEARANCE_OPTIONS}
          disabled={!may}
        />
        <NumberField
          label="Chamfer"
          unit="mm"
          testId="setup-chamfer"
          value={form.chamferMm}
          min={0}
          max={(TASKS[form.task.value]?.maxChamfer ?? 5e-3) * 1000}
          step="any"
          disabled={!may}
        />
        <SelectField
          label="Pose noise"
          testId="setup-noise"
          value={form.noise}
          options={NOISE_OPTIONS}
          disabled={!may}
        />
        <SelectField label="Starts" testId="setup-split" value={form.split} options={SPLIT_OPTIONS} disabled={!may} />
        <NumberField label="Seed" testId="setup-seed" value={form.seed} min={0} max={2 ** 32 - 1} disabled={!may} />
        <button type="submit" class={isNew ? 'primary' : ''} data-testid="setup" disabled={!may || !setup}>
          Set up
        </button>
      </form>
    </section>
  )
}

const pick = ({ task, clearanceMm, chamferMm, split, noise, seed }: Setup): Setup => ({
  ...{ task, clearanceMm, chamferMm, split, noise, seed },
})

function again(episode: number) {
  backToLive()
  void tell('reset', { episode })
}
