// What `tenon` is asked to do for a call of the page, and what is refused before anything starts.
import { access, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { NOISE_PRESETS } from '../../perception/index.ts'
import { PRESETS, type PresetName } from '../../policy/index.ts'
import { CLEARANCES_MM, TASKS } from '../../sim/index.ts'
import type { Args } from '../protocol/calls.ts'
import type { CheckpointEntry, DatasetEntry } from '../protocol/library.ts'
import { insideFolder } from './inside-folder.ts'
import type { JobRequest } from './jobs.ts'
import { placeFor } from './new-name.ts'

/** The largest `tenon eval --chamfer`, mm. */
const MOST_CHAMFER = 2

export async function trainRequest(
  folder: string,
  { checkpoint, preset, steps, rollouts, seed }: Args<'train'>,
  dataset: DatasetEntry,
): Promise<JobRequest> {
  const out = await placeFor(folder, checkpoint)
  const config = PRESETS[oneOf('preset', preset, Object.keys(PRESETS)) as PresetName]
  const found = await readdir(out).catch((error) => (error.code === 'ENOENT' ? [] : [error.code]))
  if (found.length > 0) throw new UserError(`${checkpoint} exists: choose another name, or resume its training`)
  refuseUntrainable(dataset)
  if (config.model.image && !dataset.episodes.some(({ pictures, seated }) => seated && pictures > 0)) {
    throw new UserError(
      `${dataset.id} has no pictures, and the preset ${preset} sees them: record some with pictures, or choose a preset of poses`,
    )
  }
  const data = await insideFolder(folder, dataset.id)
  const options = { preset, seed, ...(steps ? { steps } : {}), ...(rollouts > 0 ? { rollouts } : {}) }
  return {
    kind: 'train',
    checkpoint,
    args: ['train', '--data', named(folder, data), '--out', named(folder, out), ...asOptions(options)],
    total: steps ?? config.training.steps,
    done: 0,
    label: 'training',
  }
}

export async function resumeRequest(
  folder: string,
  { id, step, steps }: CheckpointEntry,
  dataset: DatasetEntry,
): Promise<JobRequest> {
  const [out, data] = [await insideFolder(folder, id), await insideFolder(folder, dataset.id)]
  if (step >= steps && (await exists(join(out, 'policy.onnx')))) {
    throw new UserError(`${id} is trained to its end, ${steps} steps: train another one for longer`)
  }
  refuseUntrainable(dataset)
  return {
    kind: 'train',
    checkpoint: id,
    args: ['train', '--resume', '--data', named(folder, data), '--out', named(folder, out)],
    total: steps,
    done: step,
    label: 'training',
  }
}

/** `results`: the file to write them to. */
export async function evaluateRequest(
  folder: string,
  args: Args<'evaluate'>,
  { id, task, step, steps }: CheckpointEntry,
  results: string,
): Promise<JobRequest> {
  oneOf('task', task, Object.keys(TASKS), `${id} was trained for`)
  oneOf('clearance (mm)', args.clearanceMm, CLEARANCES_MM)
  oneOf('noise', args.noise, Object.keys(NOISE_PRESETS))
  if (args.chamferMm > MOST_CHAMFER) {
    throw new UserError(`expected a chamfer of at most ${MOST_CHAMFER} mm, got ${args.chamferMm} mm`)
  }
  const checkpoint = await insideFolder(folder, id)
  if (!(await exists(join(checkpoint, 'policy.onnx')))) {
    throw new UserError(`${id} has no policy yet, ${step} of ${steps} steps are done: resume its training first`)
  }
  const { clearanceMm, chamferMm, split, noise, seed, episodes } = args
  const conditions = { clearance: clearanceMm, chamfer: chamferMm, split, noise, seed, episodes, workers: workers() }
  const places = ['--checkpoint', named(folder, checkpoint), '--results', named(folder, results)]
  return {
    kind: 'eval',
    checkpoint: id,
    // The same evaluation done again takes the place of what it gave before.
    args: ['eval', ...places, ...asOptions(conditions), '--force'],
    total: episodes,
    done: 0,
  }
}

/** As the page calls it: jobs run in the folder, and say so what they speak of. */
const named = (folder: string, path: string): string => relative(resolve(folder), path)

const asOptions = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])

/** One core is the server's. */
const workers = (): number => Math.min(8, Math.max(1, availableParallelism() - 1))

function refuseUntrainable({ id, episodes }: DatasetEntry): void {
  if (episodes.some(({ seated }) => seated)) return
  throw new UserError(
    episodes.length === 0
      ? `${id} has no episodes yet: record some first`
      : `none of the ${episodes.length} episodes of ${id} seated: there is nothing to learn from, record some that do`,
  )
}

function oneOf<T extends string | number>(what: string, value: T, valid: readonly T[], why = ''): T {
  if (valid.includes(value)) return value
  throw new UserError(`${why && `${why} `}unknown ${what} ${value}; valid: ${valid.join(', ')}`)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
