// What the list of a dataset says of an episode, and its path for the comparison with others.
import { basename } from 'node:path'
import { type DatasetInfo, readEpisodes } from '../../demos/index.ts'
import type { EpisodeEntry } from '../protocol/library.ts'
import { sourceInTarget } from './episode-track.ts'
import type { Path } from './quality.ts'

export interface EpisodeFacts {
  /** undefined for a file that cannot be read */
  entry: Omit<EpisodeEntry, 'hints'> | undefined
  path: Path | undefined
  warnings: string[]
}

export async function readFacts(info: DatasetInfo, file: string): Promise<EpisodeFacts> {
  const dataset = { folder: '', info, episodePaths: [file], leftovers: [] }
  for await (const { episode, warnings } of readEpisodes(dataset)) {
    if (!episode) return { entry: undefined, path: undefined, warnings: [...warnings] }
    const { frames, outcome } = episode
    const name = basename(file, '.mcap')
    const stamps = frames.map(({ stamp }) => stamp)
    return {
      entry: {
        name,
        frames: frames.length,
        seconds: (stamps.at(-1) ?? 0) - (stamps[0] ?? 0),
        pictures: frames.filter(({ rgbd }) => rgbd).length,
        seated: outcome?.seated ?? null,
        reason: outcome?.reason ?? 'the recording was not finished',
        peakForceN: outcome?.peakForceN ?? null,
      },
      path: { name, seated: outcome?.seated ?? false, stamps, poses: frames.map(sourceInTarget) },
      warnings: [...warnings],
    }
  }
  throw new Error(`${file}: nothing was read`)
}
