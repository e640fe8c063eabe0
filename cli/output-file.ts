// The file or the folder that a verb is asked to write: refused before the work, not after it.
import { readdir, stat } from 'node:fs/promises'
import { UserError } from './errors.ts'

/** Throws a UserError for a folder, and for a file that is there already unless `force`. */
export async function refuseTakenFile(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new UserError(`${path}: is a folder, expected the name of a file`)
  if (found && !force) throw new UserError(`${path} exists: choose another file, or overwrite it with --force`)
}

/** What a folder holds; nothing when there is none. Throws a UserError for a file, and for one that cannot be read. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause) => {
    if (cause.code === 'ENOENT') return []
    const problem = cause.code === 'ENOTDIR' ? 'is a file, expected a folder' : cause.message
    throw new UserError(`${folder}: ${problem}`, { cause })
  })
}
