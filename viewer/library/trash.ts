// Deleted episodes, kept until somebody empties the folder: `.studio-trash/<dataset>/<number>-<episode>.mcap`.
//
// Numbers count up, so an episode of a name that was deleted before does not take its place, and the newest comes back
// first. They do not lie in the dataset, because `tenon record --force` replaces only folders that hold nothing else.
import { constants, copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { codeOf } from '../../demos/errors.ts'
import { PART_SUFFIX } from '../../demos/write-whole.ts'
import { insideFolder } from './inside-folder.ts'

export const TRASH = '.studio-trash'
const KEPT = /^(\d{6,})-(.+)\.mcap$/

export interface EpisodeId {
  dataset: string
  episode: string
}

interface Kept {
  number: number
  name: string
  path: string
}

/** Where an episode lies; throws a UserError when it is not there. */
export async function episodePath(folder: string, { dataset, episode }: EpisodeId): Promise<string> {
  const path = await insideFolder(folder, `${dataset}/episodes/${episode}.mcap`)
  const names = await readdir(dirname(path)).catch(() => [] as string[])
  if (!names.includes(basename(path))) {
    throw new UserError(`${dataset} has no episode ${episode}: was it deleted, or recorded into another dataset?`)
  }
  return path
}

/** Names that can be brought back, newest last. */
export async function deletedEpisodes(folder: string, dataset: string): Promise<string[]> {
  const kept = await list(await insideFolder(folder, `${TRASH}/${dataset}`))
  const names = kept.map(({ name }) => name)
  return names.filter((name, i) => !names.includes(name, i + 1))
}

/** Takes an episode out of its dataset. */
export async function moveToTrash(folder: string, id: EpisodeId): Promise<void> {
  const path = await episodePath(folder, id)
  await rename(path, await nextPlace(folder, id))
}

/**
 * Puts `replacement` in the place of an episode, which is kept. At every moment there is a whole file under its name.
 */
export async function replaceKeeping(folder: string, id: EpisodeId, replacement: string): Promise<void> {
  const path = await episodePath(folder, id)
  const place = await nextPlace(folder, id)
  await linkOrCopy(path, place)
  await rename(replacement, path)
}

/** A place in the trash to write to before the file takes its name. */
export async function scratchPath(folder: string, { dataset, episode }: EpisodeId): Promise<string> {
  const trash = await insideFolder(folder, `${TRASH}/${dataset}`)
  await mkdir(trash, { recursive: true })
  const path = join(trash, `cut-${episode}.mcap`)
  await Promise.all([path, `${path}.part`].map((left) => rm(left, { force: true })))
  return path
}

/**
 * Brings the newest deleted episode of a name back. `isPartOf` says whether the file that has the name now was cut from
 * it, and may be replaced; any other is never overwritten: then a UserError is thrown. `mustBelong` throws when the file is
 * none of the dataset that has its place now.
 */
export async function bringBack(
  folder: string,
  id: EpisodeId,
  {
    isPartOf,
    mustBelong,
  }: { isPartOf(part: string, whole: string): Promise<boolean>; mustBelong(file: string): Promise<void> },
): Promise<void> {
  const { dataset, episode } = id
  const kept = (await list(await insideFolder(folder, `${TRASH}/${dataset}`))).findLast(({ name }) => name === episode)
  if (!kept) throw new UserError(`${dataset} has no deleted episode ${episode} to bring back`)
  const path = await insideFolder(folder, `${dataset}/episodes/${episode}.mcap`)
  const names = await readdir(dirname(path)).catch((cause) => {
    throw new UserError(`${dataset} is no dataset any more (${cause.message}): the episode is kept in ${kept.path}`, {
      cause,
    })
  })
  if (names.includes(`${basename(path)}${PART_SUFFIX}`)) {
    throw new UserError(
      `an episode ${episode} of ${dataset} is being recorded, or was left unfinished: keep or discard it first; the ` +
        `deleted one is ${kept.path}`,
    )
  }
  if (!names.includes(basename(path))) {
    await mustBelong(kept.path)
    return moveWithoutOverwriting(kept.path, path)
  }
  if (await isPartOf(path, kept.path)) return rename(kept.path, path)
  throw new UserError(
    `${dataset} has another episode ${episode} by now, which is not overwritten: delete that first; the deleted one is ${kept.path}`,
  )
}

async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  // `rename` would overwrite a file that appeared meanwhile.
  await linkOrCopy(from, to)
  await rm(from)
}

/** The file under a second name that is free. Not every file system has links; half a copy is none. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  const isLinked = await link(from, to).then(
    () => true,
    (error) => {
      if (codeOf(error) === 'EEXIST') throw error
      return false
    },
  )
  if (isLinked) return
  await copyFile(from, to, constants.COPYFILE_EXCL).catch(async (error) => {
    if (codeOf(error) !== 'EEXIST') await rm(to, { force: true })
    throw error
  })
}

async function nextPlace(folder: string, { dataset, episode }: EpisodeId): Promise<string> {
  const trash = await insideFolder(folder, `${TRASH}/${dataset}`)
  await mkdir(trash, { recursive: true })
  const number = ((await list(trash)).at(-1)?.number ?? -1) + 1
  return join(trash, `${String(number).padStart(6, '0')}-${episode}.mcap`)
}

/** In the order in which they came. */
async function list(trash: string): Promise<Kept[]> {
  const names = await readdir(trash).catch((error) => {
    if (codeOf(error) === 'ENOENT') return [] as string[]
    throw error
  })
  const kept = names.flatMap((file) => {
    const [, number, name] = KEPT.exec(file) ?? []
    return number && name ? [{ number: Number(number), name, path: join(trash, file) }] : []
  })
  return kept.sort((a, b) => a.number - b.number)
}
