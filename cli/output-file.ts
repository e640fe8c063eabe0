// The file that a verb is asked to write: refused before the work, not after it.
import { stat } from 'node:fs/promises'
import { UserError } from './errors.ts'

/** Throws a UserError for a folder, and for a file that is there already unless `force`. */
export async function refuseTakenFile(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new UserError(`${path}: is a folder, expected the name of a file`)
  if (found && !force) throw new UserError(`${path} exists: choose another file, or overwrite it with --force`)
}
