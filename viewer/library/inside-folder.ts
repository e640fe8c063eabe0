// Paths from clients stay inside the data folder, links included.
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { codeOf } from '../../demos/errors.ts'

/**
 * The absolute path of `id`, which may not exist yet, inside `folder`. Throws a UserError for an id that is absolute,
 * climbs out, or goes through a link that leads out.
 */
export async function insideFolder(folder: string, id: string): Promise<string> {
  const root = resolve(folder)
  const path = resolve(root, id)
  if (id === '' || id.includes('\0') || isAbsolute(id) || path === root || !isInside(root, path)) throw outside(id)
  const [realRoot, real] = await Promise.all([nearestReal(root), nearestReal(path)])
  if (real !== realRoot && !isInside(realRoot, real)) throw outside(id, ': a link leads out of it')
  return path
}

/** Whether `path` lies below `root`; both absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** `path` with its links followed as far as it exists. */
async function nearestReal(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    const parent = dirname(path)
    if (codeOf(cause) !== 'ENOENT' || parent === path) {
      throw new UserError(`${path}: ${(cause as Error).message}`, { cause })
    }
    return join(await nearestReal(parent), path.slice(parent.length))
  }
}

const outside = (id: string, why = '') =>
  new UserError(`${JSON.stringify(id)} is not inside the data folder${why}: expected a path like runs/my-policy`)
