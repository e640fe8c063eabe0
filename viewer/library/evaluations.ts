// Evaluations of a checkpoint: `<checkpoint>.evaluations/<name>.json`, written by `tenon eval --results`.
//
// They lie beside the checkpoint and not in it, because `tenon train --force` replaces only folders that hold nothing else.
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { type EvalResults, readEvalResults } from '../../cli/eval-results.ts'
import { codeOf } from '../../demos/errors.ts'
import { CALLS } from '../protocol/calls.ts'
import type { EvaluationEntry } from '../protocol/library.ts'
import type { EvaluatedEpisode } from '../protocol/track.ts'
import { insideFolder } from './inside-folder.ts'
import { kindOf } from './scan-folder.ts'
import { TRASH } from './trash.ts'

/** What the folder's name ends with. */
export const EVALUATIONS = '.evaluations'

export interface Evaluations {
  /** In the order in which they were made, and what is wrong with others. */
  list(checkpoint: string): Promise<{ entries: EvaluationEntry[]; warnings: string[] }>
  /** Throws a UserError for one that is not there or cannot be read. */
  read(checkpoint: string, name: string): Promise<EvalResults>
}

interface Read {
  stamp: string
  made: number
  results: EvalResults | { problem: string }
}

/** Each file is read once, and again when it has changed. */
export function createEvaluations(folder: string): Evaluations {
  const known = new Map<string, Read>()

  async function look(checkpoint: string, name: string): Promise<Read> {
    const path = await evaluationPath(folder, checkpoint, name)
    const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }))
    const stamp = `${size} ${mtimeMs}`
    const before = known.get(path)
    if (before?.stamp === stamp) return before
    const results = await readEvalResults(path).catch((error: Error) => ({
      problem: error.message.replaceAll(path, `${checkpoint}${EVALUATIONS}/${name}.json`),
    }))
    const read = { stamp, made: mtimeMs, results }
    known.set(path, read)
    return read
  }

  return {
    async list(checkpoint) {
      const all = await evaluationNames(folder, checkpoint)
      const names = all.filter(canBeAskedFor)
      const leftOut = all.filter((name) => !canBeAskedFor(name))
      const reads = await Promise.all(names.map(async (name) => ({ name, ...(await look(checkpoint, name)) })))
      reads.sort((a, b) => a.made - b.made || (a.name < b.name ? -1 : 1))
      return {
        entries: reads.flatMap(({ name, results }) => ('problem' in results ? [] : [evaluationEntry(name, results)])),
        warnings: [
          ...leftOut.map((name) => `${checkpoint}${EVALUATIONS}/${name}.json: left out, ${NAMED}`),
          ...reads.flatMap(({ results }) => ('problem' in results ? [results.problem] : [])),
        ],
      }
    },
    async read(checkpoint, name) {
      const { results } = await look(checkpoint, name)
      if ('problem' in results) throw new UserError(results.problem)
      return results
    },
  }
}

export const evaluationPath = (folder: string, checkpoint: string, name: string): Promise<string> =>
  insideFolder(folder, `${checkpoint}${EVALUATIONS}/${name}.json`)

const NAMED = 'expected a name of at most 80 letters, digits, dots and dashes'
const canBeAskedFor = (name: string): boolean => CALLS.evaluation.args.shape.name.safeParse(name).success

async function evaluationNames(folder: string, checkpoint: string): Promise<string[]> {
  const files = await readdir(await insideFolder(folder, `${checkpoint}${EVALUATIONS}`)).catch((error) => {
    if (codeOf(error) === 'ENOENT') return [] as string[]
    throw error
  })
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
}

export interface EvaluationRequest {
  clearanceMm: number
  chamferMm: number
  split: string
  noise: string
  seed: number
  episodes: number
}

/** A name that says what was asked for, and that no evaluation of the checkpoint has yet. */
export async function freeEvaluationName(
  folder: string,
  checkpoint: string,
  asked: EvaluationRequest,
): Promise<string> {
  const { clearanceMm, chamferMm, split, noise, seed, episodes } = asked
  const name = `${clearanceMm}mm-chamfer${chamferMm}-${split}-${noise}-seed${seed}-${episodes}x`
  const taken = new Set(await evaluationNames(folder, checkpoint))
  if (!taken.has(name)) return name
  let again = 2
  while (taken.has(`${name}-${again}`)) again++
  return `${name}-${again}`
}

/** Evaluations that an earlier checkpoint of the same name left: they say nothing of the new one. */
export async function putAwayEvaluations(folder: string, checkpoint: string): Promise<void> {
  if ((await evaluationNames(folder, checkpoint)).length === 0) return
  const kind = await kindOf(await insideFolder(folder, `${checkpoint}${EVALUATIONS}`))
  if (kind) {
    throw new UserError(`${checkpoint}${EVALUATIONS}, where evaluations would go, is a ${kind}: choose another name`)
  }
  const trash = await insideFolder(folder, `${TRASH}/${checkpoint}${EVALUATIONS}`)
  await mkdir(trash, { recursive: true })
  const left = await insideFolder(folder, `${checkpoint}${EVALUATIONS}`)
  await rename(left, join(trash, new Date().toISOString().replaceAll(':', '-')))
}

export function evaluationEntry(name: string, results: EvalResults): EvaluationEntry {
  const { clearanceMm, chamferMm, split, noise, seed } = results.conditions
  const { episodes, successes, wilson95, failures } = results.summary
  const others = otherConditions(results)
  return { name, clearanceMm, chamferMm, split, noise, others, seed, episodes, successes, wilson95, failures }
}

/** In the words of `tenon eval` and its options. */
function otherConditions({ conditions, loading }: EvalResults): string {
  const { biasMm, biasDegrees = biasMm, contactTrim, rocking, retries, spiral, ensemble = 'new', look } = conditions
  const { inferenceSteps, warmSteps, weights = 'float32' } = loading ?? {}
  return [
    !loading && 'demonstrations played back',
    biasMm !== undefined && `bias ${biasMm} mm ${biasDegrees}°`,
    contactTrim === false && 'no contact trim',
    rocking === false && 'no rocking',
    retries && `${retries} retries`,
    spiral && 'spiral',
    ensemble !== 'new' && `${ensemble} of chunks`,
    look === 'varied' && 'varied look',
    inferenceSteps && `${inferenceSteps} DDIM steps`,
    warmSteps && `${warmSteps} warm steps`,
    weights !== 'float32' && weights,
  ]
    .filter(Boolean)
    .join(', ')
}

export const evaluatedEpisodes = ({ episodes }: EvalResults): EvaluatedEpisode[] =>
  episodes.map(({ index, seated, seatSeconds, peakForceN, failure = null }) => ({
    index,
    seated,
    seatSeconds,
    peakForceN,
    failure,
  }))
