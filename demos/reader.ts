// Reading an episode from disk.
import { readFile } from 'node:fs/promises'
import type { Episode } from './episode.ts'
import { codeOf, EpisodeError, messageOf } from './errors.ts'
import { parseEpisode } from './parse-episode.ts'

/**
 * Reads an episode file, also a `.part` that a killed recorder left. What a file that ends too early has lost is in
 * `dropped`. Throws an EpisodeError if there is no such file, or for anything amiss in it.
 */
export async function readEpisode(path: string): Promise<Episode> {
  const bytes = await readFile(path).catch((cause) => {
    const problem = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)
    throw new EpisodeError(`${path}: ${problem}`, { cause })
  })
  return parseEpisode(bytes, path)
}
