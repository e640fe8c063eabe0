// What the list of a dataset says of an episode, and its path for the comparison with others.
import { basename } from 'node:path'
import { type DatasetInfo, type Episode, EpisodeError, type Frame, readEpisodes } from '../../demos/index.ts'
import type { EpisodeEntry } from '../protocol/library.ts'
import { sourceInTarget } from './episode-track.ts'
import type { Path } from './quality.ts'
import { thumbnail } from './thumbnail.ts'

export interface EpisodeFacts {
  /** undefined for a file that cannot be read */
  entry: Omit<EpisodeEntry, 'hints'> | undefined
  /** see thumbnail.ts */
  thumbnail: string | null
  warnings: string[]
}

/** Facts, and the path that is compared with others'. */
type Reading = EpisodeFacts & { path: Path | undefined }

/** Of a file that cannot be read. */
export const UNREADABLE: EpisodeFacts = { entry: undefined, thumbnail: null, warnings: [] }

export async function readFacts(info: DatasetInfo, file: string): Promise<Reading> {
  const dataset = { folder: '', info, episodePaths: [file], leftovers: [] }
  for await (const { episode, warnings } of readEpisodes(dataset)) {
    if (!episode) return { ...UNREADABLE, path: undefined, warnings: [...warnings] }
    const { frames, outcome } = episode
    const stamps = frames.map(({ stamp }) => stamp)
    return {
      entry: {
        name: nameOf(file),
        frames: frames.length,
        seconds: (stamps.at(-1) ?? 0) - (stamps[0] ?? 0),
        pictures: frames.filter(({ rgbd }) => rgbd).length,
        seated: outcome?.seated ?? null,
        reason: outcome?.reason ?? 'the recording was not finished',
        peakForceN: outcome?.peakForceN ?? null,
      },
      path: pathOf(episode),
      ...smallPicture(frames, warnings),
    }
  }
  throw new Error(`${file}: nothing was read`)
}

export const pathOf = ({ path, frames, outcome }: Episode): Path => ({
  name: nameOf(path),
  seated: outcome?.seated ?? false,
  stamps: frames.map(({ stamp }) => stamp),
  poses: frames.map(sourceInTarget),
})

const nameOf = (file: string): string => basename(file, '.mcap')

function smallPicture(
  frames: readonly Frame[],
  warnings: readonly string[],
): Pick<EpisodeFacts, 'thumbnail' | 'warnings'> {
  try {
    return { thumbnail: thumbnail(frames), warnings: [...warnings] }
  } catch (error) {
    if (!(error instanceof EpisodeError)) throw error
    return { thumbnail: null, warnings: [...warnings, error.message] }
  }
}
