// tenon data: looking at a dataset.
import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import {
  type Episode,
  EpisodeError,
  encodePng,
  leftoverWarnings,
  openDataset,
  readEpisodes,
  writeWhole,
} from '../demos/index.ts'
import { pathOf } from '../viewer/library/episode-facts.ts'
import { type Path, qualityHints } from '../viewer/library/quality.ts'
import { contactSheet, spread } from './contact-sheet.ts'
import { UserError } from './errors.ts'
import { forceOption, jsonOption } from './options.ts'
import { namesIn } from './output-file.ts'
import { refuseStray } from './stray-options.ts'
import { answer, megabytes, say, table } from './terminal.ts'

export interface InspectOptions {
  pictures?: string
  force?: boolean
}

export interface EpisodeSummary {
  path: string
  frames: number
  /** from the first frame to the last */
  seconds: number
  pictures: number
  /** pixels of its first picture */
  pictureSize: { width: number; height: number } | null
  bytes: number
  /** null when the recording was not finished */
  seated: boolean | null
  peakForceN: number | null
  /** what in it may harm a policy that learns from it, a sentence each */
  hints: string[]
}

export interface InspectResult {
  dataset: string
  task: string
  episodes: EpisodeSummary[]
  warnings: string[]
}

/** Of an episode on its contact sheet. */
const SHEET_PICTURES = 6
/** A sheet bears the number of its episode. */
const SHEET = /^\d{6,}\.png$/

export function dataCommand(): Command {
  const inspect = new Command('inspect')
    .description('list the episodes of a dataset, with what a person should know of them')
    .argument('<dir>', 'dataset made by tenon record')
    .option('--pictures <out>', 'folder for a contact sheet of each episode: colour above, depth below')
    .addOption(forceOption())
    .addOption(jsonOption())
    .action(async (folder: string, options: InspectOptions & { json?: boolean }, command: Command) => {
      if (options.pictures === undefined) refuseStray(command, ['force'], 'is for contact sheets: add --pictures')
      const result = await inspectDataset(folder, options)
      say(describe(result))
      for (const warning of result.warnings) say(`warning: ${warning}`)
      for (const { path, hints } of result.episodes) for (const hint of hints) say(`${path}: ${hint}`)
      if (options.pictures !== undefined) say(`contact sheets of the episodes with pictures, in ${options.pictures}`)
      if (options.json) answer(result)
    })
  return new Command('data').addCommand(inspect)
}

/** Reads every episode of a dataset, and draws its pictures if asked to. */
export async function inspectDataset(
  folder: string,
  { pictures: out, force = false }: InspectOptions = {},
): Promise<InspectResult> {
  const dataset = await openDataset(folder)
  const old = out === undefined ? [] : await oldSheets(out, force)
  const drawn = new Set<string>()
  const episodes: Omit<EpisodeSummary, 'hints'>[] = []
  const paths: Path[] = []
  const warnings = leftoverWarnings(dataset)
  for await (const reading of readEpisodes(dataset)) {
    warnings.push(...reading.warnings)
    if (!reading.episode) continue
    const summary = await summarize(reading.episode)
    if (out !== undefined && summary.pictures > 0) {
      await mkdir(out, { recursive: true })
      try {
        drawn.add(await drawPictures(reading.episode, out))
      } catch (error) {
        if (!(error instanceof EpisodeError)) throw error
        warnings.push(`${error.message}; no sheet is drawn of it`)
      }
    }
    episodes.push(summary)
    paths.push(pathOf(reading.episode))
  }
  if (out !== undefined && !episodes.some(({ pictures }) => pictures > 0)) {
    throw new UserError(`${folder} has no pictures to put into ${out}: record some with tenon record --rgbd`)
  }
  // Of another dataset, they would pass for this one's.
  for (const path of old) if (!drawn.has(path)) await rm(path)
  const hints = qualityHints(paths)
  const hinted = episodes.map((episode, i) => ({ ...episode, hints: hints[i] ?? [] }))
  return { dataset: folder, task: dataset.info.task, episodes: hinted, warnings }
}

async function summarize({ path, frames, outcome }: Episode): Promise<Omit<EpisodeSummary, 'hints'>> {
  const pictures = frames.flatMap(({ rgbd }) => (rgbd ? [rgbd] : []))
  const { width, height } = pictures[0]?.intrinsics ?? {}
  return {
    path,
    frames: frames.length,
    seconds: (frames.at(-1)?.stamp ?? 0) - (frames[0]?.stamp ?? 0),
    pictures: pictures.length,
    pictureSize: width && height ? { width, height } : null,
    bytes: (await stat(path)).size,
    seated: outcome?.seated ?? null,
    peakForceN: outcome?.peakForceN ?? null,
  }
}

/** Draws the sheet of an episode; its path. */
async function drawPictures({ path, frames }: Episode, out: string): Promise<string> {
  const pictures = frames.flatMap(({ rgbd }) => (rgbd ? [rgbd] : []))
  const sheet = contactSheet(spread(pictures, SHEET_PICTURES))
  const drawn = join(out, `${basename(path, '.mcap')}.png`)
  await writeWhole(drawn, encodePng(sheet))
  return drawn
}

function describe({ dataset, task, episodes }: InspectResult): string {
  const rows = episodes.map(({ path, frames, seconds, pictures, pictureSize, bytes, seated, peakForceN }) => [
    basename(path, '.mcap'),
    String(frames),
    seconds.toFixed(1),
    pictureSize ? `${pictures} of ${pictureSize.width}×${pictureSize.height}` : '–',
    megabytes(bytes),
    seated === null ? 'unfinished' : seated ? 'yes' : 'no',
    peakForceN?.toFixed(1) ?? '–',
  ])
  const total = (of: (episode: EpisodeSummary) => number) => episodes.reduce((sum, episode) => sum + of(episode), 0)
  const seated = episodes.filter((episode) => episode.seated).length
  return [
    table(['episode', 'frames', 'seconds', 'pictures', 'size', 'seated', 'peak N'], rows),
    `${dataset}: ${episodes.length} episodes of ${task}, ${seated} seated, ${total(({ frames }) => frames)} frames, ` +
      `${total(({ pictures }) => pictures)} pictures, ${megabytes(total(({ bytes }) => bytes))}`,
  ].join('\n')
}

/** Paths of the sheets that are in a folder already. Throws a UserError for a folder that is not empty, unless `force`. */
async function oldSheets(out: string, force: boolean): Promise<string[]> {
  const found = await namesIn(out)
  if (found.length > 0 && !force) {
    throw new UserError(`${out} is not empty: choose another folder, or overwrite what is there with --force`)
  }
  return found.filter((name) => SHEET.test(name)).map((name) => join(out, name))
}
