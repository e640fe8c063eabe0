// What can be chosen in forms.
import type { Signal } from '@preact/signals'
import { NOISE_PRESETS } from '../../../perception/pose-noise.ts'
import { CLEARANCES_MM, TASKS } from '../../../sim/tasks/index.ts'
import type { CheckpointEntry, DatasetEntry } from '../../protocol/library.ts'
import { type Option, sameLabels } from '../controls/option.ts'

export const TASK_OPTIONS = sameLabels(Object.keys(TASKS))
export const NOISE_OPTIONS = sameLabels(Object.keys(NOISE_PRESETS))
export const CLEARANCE_OPTIONS = sameLabels(CLEARANCES_MM.map(String))
/** Named again: where they are defined, the whole network is. */
export const PRESET_NAMES = ['edge-pose', 'edge-rgbd', 'paper-pose', 'paper-rgbd']
export const SPLIT_OPTIONS: readonly Option[] = [
  { value: 'id', label: 'as demonstrated' },
  { value: 'ood', label: 'beyond the demonstrations' },
]

export const splitWord = (split: string): string => (split === 'ood' ? 'beyond' : 'in range')

export const checkpointOptions = (checkpoints: readonly CheckpointEntry[]): Option[] =>
  sameLabels(checkpoints.map(({ id }) => id))

export const datasetOptions = (datasets: readonly DatasetEntry[]): Option[] =>
  datasets.map(({ id, episodes }) => ({ value: id, label: `${id} (${episodes.length})` }))

/** Whether the simulator knows the parts that were recorded. */
export function canSimulate({
  task,
  clearanceMm,
  chamferMm,
}: Pick<DatasetEntry, 'task' | 'clearanceMm' | 'chamferMm'>): boolean {
  const known = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined
  return known !== undefined && CLEARANCES_MM.some((mm) => mm === clearanceMm) && chamferMm / 1000 <= known.maxChamfer
}

/** Rollouts at each validation unless somebody says otherwise: few, since early ones fail, and take as long as the steps between. */
export const proposedRollouts = (preset: string): number => (preset.endsWith('rgbd') ? 3 : 5)

/** The signal's value as long as it can be chosen, else the first that can. */
export function validChoice(chosen: Signal<string>, options: readonly Option[]): Signal<string> {
  const isValid = options.some(({ value }) => value === chosen.value)
  if (!isValid) chosen.value = options[0]?.value ?? ''
  return chosen
}
