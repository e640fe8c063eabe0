// Recorded episodes on the stage.
import { replay, showReplay } from './replay.ts'
import { ask, tell } from './studio.ts'

/** Plays it back. */
export async function openEpisode(dataset: string, episode: string): Promise<void> {
  const track = await ask('readEpisode', { dataset, episode })
  if (track) showReplay({ track, source: { kind: 'recorded', dataset, episode } })
}

/** Brings it back as it was; on the stage, too, so that nobody trims what is no longer there. */
export async function restoreEpisode(dataset: string, episode: string): Promise<void> {
  if (!(await tell('restoreEpisode', { dataset, episode }))) return
  const source = replay.value?.source
  const isShown = source?.kind === 'recorded' && source.dataset === dataset && source.episode === episode
  if (isShown) await openEpisode(dataset, episode)
}
