// The list of a dataset: each file is read once, and again when it has changed.
import { lstat, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Dataset, leftoverWarnings, openDataset } from '../../demos/index.ts'
import type { DatasetEntry } from '../protocol/library.ts'
import type { Desk } from './desk.ts'
import { type EpisodeFacts, UNREADABLE } from './episode-facts.ts'
import { insideFolder } from './inside-folder.ts'
import { deletedEpisodes, type EpisodeId } from './trash.ts'

/** A recording that grew within this time is not a leftover but under way, ms. */
const UNDER_WAY = 10_000

export interface DatasetEntries {
  /** Throws a DatasetError for what is no dataset. */
  read(id: string): Promise<DatasetEntry>
  /** PNG, base64; null when there are no pictures, undefined when it has not been read */
  thumbnail(id: EpisodeId): string | null | undefined
}

interface Read {
  stamp: string
  facts: EpisodeFacts
}

export function createDatasetEntries(folder: string, desk: Desk): DatasetEntries {
  const known = new Map<string, Map<string, Read>>()
  const hinted = new Map<string, Hinted>()

  return {
    thumbnail({ dataset, episode }) {
      const reads = [...(known.get(dataset)?.values() ?? [])]
      return reads.find(({ facts }) => facts.entry?.name === episode)?.facts.thumbnail
    },
    async read(id) {
      const dataset = await openDataset(await insideFolder(folder, id))
      const reads = await readAll(dataset, known.get(id) ?? new Map(), desk, (path) =>
        insideFolder(folder, `${id}/${path}`),
      )
      known.set(id, reads)
      const facts = [...reads.values()].map((read) => read.facts)
      const hints = await hintsOf(id, reads, hinted, desk)
      const { task, clearanceMm, chamferMm, recordedFrom } = dataset.info
      const leftovers = await asyncFilter(dataset.leftovers, isLeft)
      const warnings = [...leftoverWarnings({ ...dataset, leftovers }), ...facts.flatMap((one) => one.warnings)]
      return {
        id,
        task,
        clearanceMm,
        chamferMm,
        recordedFrom,
        episodes: facts.flatMap(({ entry }) => (entry ? [{ ...entry, hints: hints.get(entry.name) ?? [] }] : [])),
        warnings: warnings.map((warning) => warning.replaceAll(`${dataset.folder}/`, '')),
        deleted: await deletedEpisodes(folder, id),
      }
    },
  }
}

/** In the order of the files. */
async function readAll(
  { info, episodePaths, folder }: Dataset,
  known: ReadonlyMap<string, Read>,
  desk: Desk,
  inside: (path: string) => Promise<string>,
): Promise<Map<string, Read>> {
  const reads = new Map<string, Read>()
  for (const path of episodePaths) {
    const stamp = `${JSON.stringify(info)} ${await stampOf(path)}`
    const before = known.get(path)
    const facts = before?.stamp === stamp ? before.facts : await readFacts(path)
    reads.set(path, { stamp, facts })
  }
  return reads

  async function readFacts(path: string): Promise<EpisodeFacts> {
    const problem = await inside(path.slice(folder.length + 1)).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (problem) return { ...UNREADABLE, warnings: [`${path}: ${problem}; left out`] }
    return desk.ask('facts', info, path)
  }
}

/** Of a link and of the file that it leads to. */
async function stampOf(path: string): Promise<string> {
  const both = await Promise.all([lstat(path), stat(path)].map((one) => one.catch(() => undefined)))
  return both.map((one) => `${one?.size} ${one?.mtimeMs} ${one?.ino}`).join(' ')
}

/** Asked for again when a file has changed. */
async function hintsOf(
  id: string,
  reads: ReadonlyMap<string, Read>,
  hinted: Map<string, Hinted>,
  desk: Desk,
): Promise<Hinted['hints']> {
  const key = [...reads].map(([path, { stamp }]) => `${basename(path)} ${stamp}`).join('\n')
  const before = hinted.get(id)
  if (before?.key === key) return before.hints
  const files = [...reads].flatMap(([path, { facts }]) => (facts.entry ? [path] : []))
  const lines = files.length > 0 ? await desk.ask('hints', files) : []
  const hints = new Map(files.map((file, i) => [basename(file, '.mcap'), lines[i] ?? []]))
  hinted.set(id, { key, hints })
  return hints
}

interface Hinted {
  key: string
  /** by the episode's name */
  hints: Map<string, string[]>
}

const isLeft = async (path: string): Promise<boolean> => {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.now() - mtimeMs > UNDER_WAY
}

async function asyncFilter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep))
  return items.filter((_, i) => kept[i])
}
