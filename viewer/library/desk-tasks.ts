// What is done with an episode's file. It takes tenths of a second and more: the server does it in a thread, see desk.ts.
import { type DatasetInfo, readEpisode } from '../../demos/index.ts'
import { type EpisodeFacts, pathOf, readFacts } from './episode-facts.ts'
import { episodeTrack } from './episode-track.ts'
import { type Path, qualityHints } from './quality.ts'
import { thumbnail } from './thumbnail.ts'
import { asSeen, isPartOf, trim, writeTrimmed } from './trim.ts'

/** Of the files read so far: a hundred episodes are compared in this thread and not sent to another. */
const paths = new Map<string, Path>()

export const DESK_TASKS = {
  async facts(info: DatasetInfo, file: string): Promise<EpisodeFacts> {
    const { path, ...facts } = await readFacts(info, file)
    if (path) paths.set(file, path)
    else paths.delete(file)
    return facts
  },
  /** Of a dataset's files, each with what `facts` last read of it. */
  async hints(files: string[]): Promise<string[][]> {
    const known: Path[] = []
    // A thread that was started anew has read nothing yet, and has no room for all of them at once.
    for (const file of files) known.push(paths.get(file) ?? pathOf(await readEpisode(file)))
    return qualityHints(known)
  },
  track: async (file: string, dataset: string) => episodeTrack(await readEpisode(file), dataset),
  thumbnail: async (file: string) => thumbnail((await readEpisode(file)).frames),
  /** Writes what lies between two moments, s, of an episode of so many frames to another file. */
  trim: async (file: string, to: string, [from, until]: [number, number], frames: number) =>
    writeTrimmed(to, trim(asSeen(await readEpisode(file), frames), from, until)),
  metadata: async (file: string) => (await readEpisode(file)).metadata,
  /** Whether one file was cut from the other. */
  isPartOf: async (part: string, whole: string) => isPartOf(await readEpisode(part), await readEpisode(whole)),
}
export type DeskTasks = typeof DESK_TASKS
