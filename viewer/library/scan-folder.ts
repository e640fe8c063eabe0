// Which folders are datasets and which are checkpoints.
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, messageOf } from '../../demos/errors.ts'
import { isInside } from './inside-folder.ts'

/** Ids are paths below the data folder, with `/`. */
export interface Found {
  datasets: string[]
  checkpoints: string[]
  /** what was passed over, one line each */
  warnings: string[]
}

type Kind = 'dataset' | 'checkpoint'

/** Levels below the data folder. */
export const DEPTH = 3
/** What an id may be made of; see the protocol. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/**
 * Looks below `folder`, not into datasets and checkpoints, nor into names that begin with a dot. A folder that is not
 * there holds nothing; links that leave it are passed over.
 */
export async function scanFolder(folder: string): Promise<Found> {
  const found: Found = { datasets: [], checkpoints: [], warnings: [] }
  const root = await realpath(folder).catch(() => undefined)
  if (root !== undefined) await look(root, '', DEPTH, found)
  for (const ids of [found.datasets, found.checkpoints]) ids.sort()
  return found
}

async function look(root: string, id: string, depth: number, found: Found): Promise<void> {
  const folder = join(root, id)
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    // Gone while we looked.
    if (codeOf(error) !== 'ENOENT') found.warnings.push(`${id || 'the data folder'}: ${messageOf(error)}`)
    return []
  })
  const kind = await kindAmong(folder, entries)
  if (kind && id === '') {
    found.warnings.push(`the data folder is itself a ${kind}: start with the folder that holds it`)
  }
  if (kind === 'dataset' && id) found.datasets.push(id)
  if (kind === 'checkpoint' && id) found.checkpoints.push(id)
  if (kind || depth === 0) return
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const child = id ? `${id}/${entry.name}` : entry.name
    if (entry.isSymbolicLink() ? await leadsToFolder(root, child, found) : entry.isDirectory()) {
      if (NAME.test(entry.name)) await look(root, child, depth - 1, found)
      else found.warnings.push(`${child}: left out, expected a name of letters, digits, dots and dashes`)
    }
  }
}

/** What a folder is, if it is there. */
export async function kindOf(folder: string): Promise<Kind | undefined> {
  return kindAmong(folder, await readdir(folder, { withFileTypes: true }).catch(() => []))
}

async function kindAmong(folder: string, entries: readonly { name: string }[]): Promise<Kind | undefined> {
  const names = new Set(entries.map(({ name }) => name))
  if (names.has('dataset.json')) return 'dataset'
  return (await isCheckpoint(folder, names)) ? 'checkpoint' : undefined
}

async function leadsToFolder(root: string, id: string, found: Found): Promise<boolean> {
  const real = await realpath(join(root, id)).catch(() => undefined)
  if (real === undefined) return false
  if (isInside(root, real)) {
    return readdir(real).then(
      () => true,
      () => false,
    )
  }
  found.warnings.push(`${id}: a link that leads out of the data folder, not followed`)
  return false
}

/** Other programs have a config.json, too. */
async function isCheckpoint(folder: string, names: ReadonlySet<string>): Promise<boolean> {
  if (!names.has('config.json')) return false
  try {
    const config: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))
    return typeof config === 'object' && config !== null && 'formatVersion' in config
  } catch {
    // One that was cut short is still one, if a run's other files are there.
    return names.has('metrics.jsonl')
  }
}
