// Where the pairs for hand–eye calibration come from: a file of pairs, or recorded episodes.
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { openDataset, readEpisode } from '../demos/index.ts'
import { type HandEyePair, MOUNTINGS, type Mounting, pairsAtRest } from '../perception/index.ts'
import { WrittenPose } from '../robot-bridge/written-pose.ts'
import { UserError } from './errors.ts'

/** A pair and what a person calls it. */
export interface NamedPair extends HandEyePair {
  readonly name: string
}

export interface Pairs {
  readonly pairs: readonly NamedPair[]
  /** if the source says it */
  readonly mounting?: Mounting
}

/** Anything that pairs can be had from; it is told which mounting was asked for, if one was. */
export type PairSource = (mounting: Mounting | undefined) => Promise<Pairs>

const PairsFile = z.strictObject({
  mounting: z.enum(MOUNTINGS).optional(),
  pairs: z.array(z.strictObject({ name: z.string().optional(), markerInCamera: WrittenPose, eeInBase: WrittenPose })),
})

/** The columns of a CSV file, in any order. */
export const COLUMNS: readonly string[] = ['marker', 'ee'].flatMap((what) =>
  ['x', 'y', 'z', 'qx', 'qy', 'qz', 'qw'].map((part) => `${what}_${part}`),
)

/** Further away than this no arm reaches and no camera sees: it must be millimetres, m. */
const FARTHEST = 20

/** Reads FILE.json or FILE.csv; see docs/calibration.md. */
export const pairsFromFile =
  (path: string): PairSource =>
  async () => {
    const text = await readFile(path, 'utf8').catch((cause) => {
      throw new UserError(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause })
    })
    const { pairs, mounting } = path.toLowerCase().endsWith('.csv') ? parseCsv(text, path) : parseJson(text, path)
    pairs.forEach(({ name, markerInCamera, eeInBase }) => {
      const farthest = Math.max(...[...markerInCamera.position, ...eeInBase.position].map(Math.abs))
      if (farthest > FARTHEST) {
        throw new UserError(
          `${path}: pair ${name}: a position of ${farthest} m: expected metres, are these millimetres?`,
        )
      }
    })
    return { pairs, ...(mounting ? { mounting } : {}) }
  }

function parseJson(text: string, path: string): Pairs {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${path} is no JSON: ${(cause as Error).message}`, { cause })
  }
  return checked(value, path)
}

function parseCsv(text: string, path: string): Pairs {
  // Numbers of lines as an editor shows them.
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ number: i + 1, cells: line.split(',').map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.join('') !== '' && !cells[0]?.startsWith('#'))
  const [head, ...rows] = lines
  const columns = head?.cells ?? []
  const missing = COLUMNS.filter((name) => !columns.includes(name))
  const unknown = columns.filter((name) => !COLUMNS.includes(name))
  if (missing.length > 0 || unknown.length > 0) {
    const wrong = missing.length > 0 ? `without ${missing.join(', ')}` : `with the unknown ${unknown.join(', ')}`
    throw new UserError(`${path}: expected a first line with the names ${COLUMNS.join(',')}; got one ${wrong}`)
  }
  const pairs = rows.map(({ number, cells }) => {
    if (cells.length !== columns.length) {
      throw new UserError(`${path}: line ${number}: expected ${columns.length} numbers, got ${cells.length}`)
    }
    const read = (name: string) => {
      const cell = cells[columns.indexOf(name)] ?? ''
      const value = Number(cell)
      if (cell === '' || !Number.isFinite(value)) {
        throw new UserError(`${path}: line ${number}: ${name}: expected a number, got "${cell}"`)
      }
      return value
    }
    const poseOf = (what: string) => ({
      position: ['x', 'y', 'z'].map((part) => read(`${what}_${part}`)),
      orientation: ['qx', 'qy', 'qz', 'qw'].map((part) => read(`${what}_${part}`)),
    })
    return { name: `line ${number}`, markerInCamera: poseOf('marker'), eeInBase: poseOf('ee') }
  })
  return checked({ pairs }, path)
}

function checked(value: unknown, path: string): Pairs {
  const parsed = PairsFile.safeParse(value, { reportInput: true })
  if (!parsed.success) {
    const [issue] = parsed.error.issues as [z.core.$ZodIssue]
    throw new UserError(`${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}; see docs/calibration.md`)
  }
  const { pairs, mounting } = parsed.data
  const named = pairs.map((pair, i) => ({ ...pair, name: pair.name ?? String(i) }))
  return { pairs: named, ...(mounting ? { mounting } : {}) }
}

/**
 * One pair for each time that the arm stood still, of episodes or datasets of them. The marker is what the episodes call
 * the source (eye-to-hand: it is held) or the target (eye-in-hand: it lies still).
 */
export const pairsFromEpisodes =
  (paths: readonly string[]): PairSource =>
  async (mounting = 'eye-to-hand') => {
    const marker = mounting === 'eye-in-hand' ? 'targetInCamera' : 'sourceInCamera'
    const pairs: NamedPair[] = []
    let frameCount = 0
    for (const path of await episodesAt(paths)) {
      const { frames } = await readEpisode(path)
      frameCount += frames.length
      const moments = frames.map((frame) => ({
        stamp: frame.stamp,
        eeInBase: frame.eeInBase,
        markerInCamera: frame[marker],
      }))
      const begin = frames[0]?.stamp ?? 0
      for (const { stamp, eeInBase, markerInCamera } of pairsAtRest(moments)) {
        pairs.push({ name: `${basename(path, '.mcap')} at ${(stamp - begin).toFixed(1)} s`, eeInBase, markerInCamera })
      }
    }
    if (pairs.length === 0) {
      const why =
        frameCount === 0
          ? 'expected recorded episodes, found no frame in them'
          : `the arm never stood still for 0.3 s in ${frameCount} frames: stop it at each pose`
      throw new UserError(`${paths.join(', ')}: ${why}`)
    }
    return { pairs, mounting }
  }

/** Datasets are taken for all of their episodes. */
async function episodesAt(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => false,
    )
    found.push(...(isFolder ? (await openDataset(path)).episodePaths : [path]))
  }
  return found
}
