// Recorded episodes on the stage.
import { isStageNeeded, showOrOffer } from './recording.ts'
import { type Replay, replay, showReplay } from './replay.ts'
import { ask, tell } from './studio.ts'

/** Plays it back, unless somebody has come to need the stage before it is read: then it is offered. */
export async function openEpisode(dataset: string, episode: string): Promise<void> {
  const asked = isStageNeeded.value
  const track = await ask('readEpisode', { dataset, episode })
  if (!track) return
  const found: Replay = { track, source: { kind: 'recorded', dataset, episode } }
  if (asked) showReplay(found)
  else showOrOffer(found, `Episode ${episode} is read.`)
}

/** Brings it back as it was; on the stage, too, so that nobody trims what is no longer there. */
export async function restoreEpisode(dataset: string, episode: string): Promise<void> {
  if (await tell('restoreEpisode', { dataset, episode })) await reopenEpisode(dataset, episode)
}

/** Shows it as it is now, if it is what is shown. */
export async function reopenEpisode(dataset: string, episode: string): Promise<void> {
  const source = replay.value?.source
  const isShown = source?.kind === 'recorded' && source.dataset === dataset && source.episode === episode
  if (isShown) await openEpisode(dataset, episode)
}
