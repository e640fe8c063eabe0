// A dataset: a folder with dataset.json and episodes/000000.mcap, 000001.mcap …
import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { check } from './check.ts'
import { type Episode, recordingShape } from './episode.ts'
import { codeOf, DatasetError, EpisodeError, messageOf } from './errors.ts'
import { readEpisode } from './reader.ts'
import { parseVersionedJson } from './versioned-json.ts'
import { PART_SUFFIX, writeWhole } from './write-whole.ts'

const INFO_FILE = 'dataset.json'
const EPISODES_FOLDER = 'episodes'
const EPISODE_NAME = /^(\d{6,})\.mcap(\.part)?$/

/** The contents of dataset.json: how the dataset was asked for. Unknown keys are refused. */
export const datasetInfoSchema = z.strictObject(recordingShape)
export type DatasetInfo = z.infer<typeof datasetInfoSchema>

export interface Dataset {
  readonly folder: string
  readonly info: DatasetInfo
  /** finished episodes, in the order they were recorded */
  readonly episodePaths: readonly string[]
  /** unfinished recordings (`.mcap.part`); `readEpisode` reads them */
  readonly leftovers: readonly string[]
}

export interface DatasetContents {
  readonly info: DatasetInfo
  /** every episode that could be read and has frames, also those that did not seat: see `outcome` */
  readonly episodes: readonly Episode[]
  /** what a person should know before training on these, one line each */
  readonly warnings: readonly string[]
}

/** Throws what {@link createDataset} would throw of the folder, and changes nothing. */
export async function checkNewDataset(folder: string, { force = false }: { force?: boolean } = {}): Promise<void> {
  await naming(folder, () => episodesInTheWay(folder, force))
}

/**
 * Makes an empty dataset. Throws a DatasetError if `folder` is not empty (a dataset without an episode is), unless `force` is
 * set and it is a dataset: then its episodes are deleted. A folder that holds anything tenon did not put there is never
 * touched.
 */
export async function createDataset(
  folder: string,
  info: DatasetInfo,
  { force = false }: { force?: boolean } = {},
): Promise<Dataset> {
  const checked = check(datasetInfoSchema, info)
  if (checked.problem !== undefined) throw new DatasetError(`${folder}: ${INFO_FILE}: ${checked.problem}`)
  await naming(folder, async () => {
    await mkdir(folder, { recursive: true })
    for (const path of await episodesInTheWay(folder, force)) await rm(path)
    await mkdir(join(folder, EPISODES_FOLDER), { recursive: true })
    const path = join(folder, INFO_FILE)
    await writeWhole(path, `${JSON.stringify(checked.data, null, 2)}\n`)
  })
  return { folder, info: checked.data, episodePaths: [], leftovers: [] }
}

/** Throws a DatasetError if `folder` is missing or is no dataset. A dataset without episodes is one to record into. */
export async function openDataset(folder: string): Promise<Dataset> {
  const info = await readInfo(folder)
  const names = await naming(folder, () => readdir(join(folder, EPISODES_FOLDER)).catch(whenMissing([])))
  const ending = (suffix: string) =>
    names
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, EPISODES_FOLDER, name))
  return { folder, info, episodePaths: ending('.mcap'), leftovers: ending(`.mcap${PART_SUFFIX}`) }
}

/** Where the next episode goes: one past the highest number in use, unfinished recordings included. */
export async function nextEpisodePath(folder: string): Promise<string> {
  const { episodePaths, leftovers } = await openDataset(folder)
  const numbers = [...episodePaths, ...leftovers].map((path) => Number(EPISODE_NAME.exec(basename(path))?.[1] ?? -1))
  const next = Math.max(-1, ...numbers) + 1
  return join(folder, EPISODES_FOLDER, `${String(next).padStart(6, '0')}.mcap`)
}

/** One finished episode of a dataset, and what a person should know of it, one line each. */
export interface EpisodeReading {
  readonly path: string
  /** undefined when it could not be read */
  readonly episode: Episode | undefined
  readonly warnings: readonly string[]
}

/** Reads the finished episodes one after the other, so that they need not all be in memory. */
export async function* readEpisodes({ info, episodePaths }: Dataset): AsyncGenerator<EpisodeReading, void, void> {
  for (const path of episodePaths) {
    try {
      const episode = await readEpisode(path)
      yield { path, episode, warnings: warningsOf(episode, info) }
    } catch (error) {
      if (!(error instanceof EpisodeError)) throw error
      yield { path, episode: undefined, warnings: [`${error.message}; left out`] }
    }
  }
}

/** What a person should know of a dataset's unfinished recordings, one line each. */
export const leftoverWarnings = ({ leftovers }: Dataset): string[] =>
  leftovers.map(
    (path) => `${path}: an unfinished recording, left out; its whole frames can still be read, or delete it`,
  )

/**
 * Reads all episodes of a dataset. An episode that cannot be read, or has no frames, is left out with a warning.
 * Throws a DatasetError if `folder` is no dataset or no episode is left. Pictures stay packed: see `openRgbd`.
 */
export async function readDataset(folder: string): Promise<DatasetContents> {
  const dataset = await openDataset(folder)
  const { info } = dataset
  const episodes: Episode[] = []
  const warnings = leftoverWarnings(dataset)
  for await (const reading of readEpisodes(dataset)) {
    warnings.push(...reading.warnings)
    if (reading.episode && reading.episode.frames.length > 0) episodes.push(reading.episode)
  }
  if (episodes.length === 0) {
    const record = `record some: npx tenon record --task ${info.task} --out ${folder}`
    throw new DatasetError(
      [`${folder}: expected at least one finished episode, found none; ${record}`, ...warnings].join('\n'),
    )
  }
  return { info, episodes, warnings }
}

function warningsOf({ path, metadata, frames, outcome, dropped }: Episode, info: DatasetInfo): string[] {
  const warnings: string[] = []
  if (dropped) warnings.push(`${path}: ${dropped}`)
  else if (!outcome) warnings.push(`${path}: no outcome recorded`)
  if (outcome && !outcome.seated) warnings.push(`${path}: did not seat (${outcome.reason}), leave it out of training`)
  if (frames.length === 0) warnings.push(`${path}: no whole frame, left out`)
  if (metadata.task !== info.task) {
    warnings.push(`${path}: shows the task "${metadata.task}", the dataset is of "${info.task}"`)
  }
  return warnings
}

async function readInfo(folder: string): Promise<DatasetInfo> {
  const path = join(folder, INFO_FILE)
  const text = await naming(folder, () => readFile(path, 'utf8').catch(whenMissing(undefined)))
  if (text === undefined) {
    const found = await naming(folder, () => foundIn(folder).catch(whenMissing(undefined)))
    const state = found ? `found ${list(found)}` : 'there is no such folder'
    throw new DatasetError(
      `${folder}: expected a dataset (a folder with ${INFO_FILE}), ${state}; ${await adviceFor(folder, found ?? [])}`,
    )
  }
  try {
    return parseVersionedJson(text, datasetInfoSchema)
  } catch (cause) {
    throw new DatasetError(`${path}: ${messageOf(cause)}`, { cause })
  }
}

/** For whoever named a folder that is no dataset. */
async function adviceFor(folder: string, found: readonly string[]): Promise<string> {
  if (found.length === 0) return `make one with: npx tenon record --task NAME --out ${folder}`
  const isDataset = (path: string) =>
    access(join(path, INFO_FILE)).then(
      () => true,
      () => false,
    )
  for (const near of [dirname(resolve(folder)), ...found.map((name) => join(folder, name))]) {
    if (await isDataset(near)) return `did you mean ${relative('', near)}?`
  }
  return 'name a folder that tenon record made'
}

/** The episodes that would have to go for a new dataset, if they may. */
async function episodesInTheWay(folder: string, force: boolean): Promise<string[]> {
  const found = await foundIn(folder).catch(whenMissing([]))
  if (found.length === 0) return []
  if (force) return ownEpisodes(folder)
  // One that was begun and given up has nothing to lose.
  const episodes = await ownEpisodes(folder).catch(() => undefined)
  if (episodes?.length === 0) return []
  throw new DatasetError(
    `${folder}: expected a new or empty folder, found ${list(found)}; choose another folder, or overwrite it with --force`,
  )
}

/** A dataset's episodes, by name, after making sure that there is nothing else but dataset.json. */
async function ownEpisodes(folder: string): Promise<string[]> {
  await readInfo(folder).catch((cause) => {
    throw new DatasetError(
      `${folder}: not replaced, because it is not a dataset that tenon made: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  })
  const strangers: string[] = []
  const episodes: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // Neither is followed when it is a link.
    const isOurs =
      entry.name === EPISODES_FOLDER ? entry.isDirectory() : entry.name === INFO_FILE || isUnfinishedInfo(entry.name)
    if (!isOurs) strangers.push(entry.name)
  }
  if (strangers.length === 0) {
    const inside = await readdir(join(folder, EPISODES_FOLDER), { withFileTypes: true }).catch(whenMissing([]))
    for (const entry of inside) {
      const isOurs = entry.isFile() && EPISODE_NAME.test(entry.name)
      if (isOurs) episodes.push(join(folder, EPISODES_FOLDER, entry.name))
      else strangers.push(join(EPISODES_FOLDER, entry.name))
    }
  }
  if (strangers.length > 0) {
    throw new DatasetError(
      `${folder}: not replaced, because besides a dataset it holds ${list(strangers)}; ` +
        'move that away, or choose another folder',
    )
  }
  return episodes
}

const isUnfinishedInfo = (name: string): boolean => name === INFO_FILE + PART_SUFFIX

/** What a person would say is in a folder: a dataset.json that never got its name does not count. */
async function foundIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !isUnfinishedInfo(name)).sort()
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return names.slice(0, 5).join(', ') + more
}

const whenMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (codeOf(error) !== 'ENOENT') throw error
    return value
  }

/** Gives a system error (no permission, a file where a folder should be …) the folder's name. */
async function naming<T>(folder: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause
    const problem = ['ENOTDIR', 'EEXIST'].includes(String(codeOf(cause)))
      ? 'expected a folder, got a file'
      : messageOf(cause)
    throw new DatasetError(`${folder}: ${problem}`, { cause })
  }
}
