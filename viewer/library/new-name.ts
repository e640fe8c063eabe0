// Names for what does not exist yet: where it would not be found again, nothing is put.
import { UserError } from '../../cli/errors.ts'
import { EVALUATIONS } from './evaluations.ts'
import { insideFolder } from './inside-folder.ts'
import { DEPTH, kindOf } from './scan-folder.ts'

/**
 * The absolute path of a dataset or checkpoint that may be new. Throws a UserError for an id that leads out of the data
 * folder, too deep to be looked for, into another dataset or checkpoint, or among evaluations.
 */
export async function placeFor(folder: string, id: string): Promise<string> {
  const path = await insideFolder(folder, id)
  const names = id.split('/')
  if (names.length > DEPTH) {
    throw new UserError(`expected a name of at most ${DEPTH} parts, like runs/my-policy, got ${id}`)
  }
  // A file system may take a name for the same in capitals.
  if (names.some((name) => name.toLowerCase().endsWith(EVALUATIONS))) {
    throw new UserError(`names that end with ${EVALUATIONS} are for evaluations, got ${id}`)
  }
  for (let length = 1; length < names.length; length++) {
    const around = names.slice(0, length).join('/')
    if (await kindOf(await insideFolder(folder, around))) {
      throw new UserError(`${id} would lie inside of ${around}: choose a name beside it`)
    }
  }
  return path
}
