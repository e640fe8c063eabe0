// The selected dataset as curves on the stage, read one episode after the other.
import { effect, type ReadonlySignal, untracked } from '@preact/signals'
import type { Vec3 } from '../../../geometry/index.ts'
import type { DatasetEntry, EpisodeEntry } from '../../protocol/library.ts'
import { connection, stage, store } from '../studio.ts'

/** A bundle of more is a blot. */
const MOST = 60
const paths = new Map<string, Vec3[]>()

const keyOf = (dataset: string, { name, frames, seconds }: EpisodeEntry) => `${dataset}/${name}/${frames}/${seconds}`

export function followDemonstrations(dataset: ReadonlySignal<DatasetEntry | undefined>): void {
  let shown: string | undefined = ''
  effect(() => {
    const [made, task] = [stage.value, store.session.value?.setup.task]
    const wanted = dataset.value
    if (!made || store.link.value !== 'open') return
    const episodes = wanted && wanted.task === task ? wanted.episodes.slice(0, MOST) : []
    const keys = episodes.map((episode) => keyOf(wanted?.id ?? '', episode))
    const now = keys.join()
    if (now === shown) return
    shown = now
    void untracked(() => show(wanted?.id ?? '', episodes, () => shown === now)).then((isWhole) => {
      // What a lost connection has left out is read when there is another; an episode that cannot be read stays out.
      if (!isWhole && shown === now && store.link.peek() !== 'open') shown = undefined
    })
  })
}

/** Stops when something else is to be shown. Whether all paths could be read. */
async function show(dataset: string, episodes: readonly EpisodeEntry[], isWanted: () => boolean): Promise<boolean> {
  const have: Vec3[][] = []
  stage.value?.setDemonstrations(have)
  for (const episode of episodes) {
    const path = await pathOf(dataset, episode).catch(() => undefined)
    if (!isWanted()) return true
    if (path) have.push(path)
  }
  stage.value?.setDemonstrations(have)
  return have.length === episodes.length
}

async function pathOf(dataset: string, episode: EpisodeEntry): Promise<Vec3[]> {
  const key = keyOf(dataset, episode)
  const known = paths.get(key)
  if (known) return known
  const track = await connection.call('readEpisode', { dataset, episode: episode.name })
  // The source frame sits at the part's tip.
  const path = track.sourceInTarget.map(({ position }): Vec3 => [...position])
  paths.set(key, path)
  return path
}
