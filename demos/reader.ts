// Reading an episode from disk.
import { createReadStream } from 'node:fs'
import type { Episode } from './episode.ts'
import { codeOf, EpisodeError, messageOf } from './errors.ts'
import { EpisodeParser } from './parse-episode.ts'

/** Bytes that are read at once: a file of pictures may be larger than one array may be. */
const PIECE = 4 * 2 ** 20

/**
 * Reads an episode file, also a `.part` that a killed recorder left. What a file that ends too early has lost is in
 * `dropped`. Throws an EpisodeError if there is no such file, or for anything amiss in it.
 */
export async function readEpisode(path: string): Promise<Episode> {
  const parser = new EpisodeParser(path)
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: PIECE })) parser.append(bytes)
  } catch (cause) {
    // Not of the system: it is about what was read.
    if (codeOf(cause) === undefined) throw cause
    const problem = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)
    throw new EpisodeError(`${path}: ${problem}`, { cause })
  }
  return parser.finish()
}
