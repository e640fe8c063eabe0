// What is done with an episode's file. It takes tenths of a second and more: the server does it in a thread, see desk.ts.
import { type DatasetInfo, readEpisode } from '../../demos/index.ts'
import { readFacts } from './episode-facts.ts'
import { episodeTrack } from './episode-track.ts'
import { thumbnail } from './thumbnail.ts'
import { isPartOf, trim, writeTrimmed } from './trim.ts'

export const DESK_TASKS = {
  facts: (info: DatasetInfo, file: string) => readFacts(info, file),
  track: async (file: string, dataset: string) => episodeTrack(await readEpisode(file), dataset),
  thumbnail: async (file: string) => thumbnail((await readEpisode(file)).frames),
  /** Writes what lies between two moments, s, to another file. */
  trim: async (file: string, to: string, [from, until]: [number, number]) =>
    writeTrimmed(to, trim(await readEpisode(file), from, until)),
  /** Whether one file was cut from the other. */
  isPartOf: async (part: string, whole: string) => isPartOf(await readEpisode(part), await readEpisode(whole)),
}
export type DeskTasks = typeof DESK_TASKS
