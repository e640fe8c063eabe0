// An episode cut to the part between two moments.
import type { Episode, EpisodeOutcome, Frame } from '../../demos/index.ts'
import { EpisodeError, EpisodeWriter } from '../../demos/index.ts'
import { contactForces } from './episode-track.ts'

/** Keys of the settings that say which part of the whole episode it is, s from its first frame. */
const FROM = 'trimmedFrom'
const TO = 'trimmedTo'

export interface Trimmed extends Pick<Episode, 'metadata' | 'frames'> {
  outcome: EpisodeOutcome
}

/**
 * The frames from `from` to `to`, s after the first, with stamps as recorded, and an outcome that is true of them. Throws
 * an EpisodeError when fewer than two frames are left, and for a recording that was not finished.
 */
export function trim({ path, metadata, frames, outcome }: Episode, from: number, to: number): Trimmed {
  const begin = frames[0]?.stamp ?? 0
  const seconds = (frames.at(-1)?.stamp ?? 0) - begin
  if (!outcome) throw new EpisodeError(`${path}: the recording was not finished, so there is no outcome to keep`)
  // Stamps are kept to the nanosecond; a moment that was read off one may be rounded.
  const kept = frames.filter(({ stamp }) => stamp - begin >= from - 1e-6 && stamp - begin <= to + 1e-6)
  if (kept.length < 2) {
    throw new EpisodeError(
      `${path}: expected at least two frames between ${from} s and ${to} s, got ${kept.length}; it lasts ${seconds.toFixed(2)} s`,
    )
  }
  const before = Number(metadata.settings[FROM] ?? 0)
  const settings = { ...metadata.settings, [FROM]: before + from, [TO]: before + Math.min(to, seconds) }
  return { metadata: { ...metadata, settings }, frames: kept, outcome: outcomeOf(frames, kept, outcome) }
}

/** Throws an EpisodeError when it has other than so many frames: one that was trimmed since it was looked at is not trimmed again. */
export function asSeen(episode: Episode, frames: number): Episode {
  const { path, frames: there } = episode
  if (there.length === frames) return episode
  throw new EpisodeError(
    `${path}: it has ${there.length} frames by now, and had ${frames} when it was opened: open it again, then trim`,
  )
}

/** Whether `part` says of itself that it was cut from `whole`. */
export function isPartOf(part: Pick<Episode, 'metadata'>, whole: Pick<Episode, 'metadata'>): boolean {
  const { [FROM]: from, [TO]: to, ...settings } = part.metadata.settings
  if (from === undefined || to === undefined) return false
  const { [FROM]: _, [TO]: __, ...others } = whole.metadata.settings
  return sorted({ ...part.metadata, settings }) === sorted({ ...whole.metadata, settings: others })
}

const sorted = ({ settings, ...rest }: Episode['metadata']): string =>
  JSON.stringify([Object.entries(rest).sort(), Object.entries(settings).sort()])

/** Writes it as a new file. Throws an EpisodeError, and leaves nothing behind, when that cannot be done. */
export async function writeTrimmed(path: string, { metadata, frames, outcome }: Trimmed): Promise<void> {
  const writer = await EpisodeWriter.create(path, metadata)
  try {
    for (const frame of frames) await writer.append(frame)
    await writer.finish(outcome)
  } catch (error) {
    await writer.discard()
    throw error
  }
}

function outcomeOf(whole: readonly Frame[], kept: readonly Frame[], outcome: EpisodeOutcome): EpisodeOutcome {
  const [begin, first, last] = [whole[0], kept[0], kept.at(-1)].map((frame) => frame?.stamp ?? 0) as [
    number,
    number,
    number,
  ]
  const peakForceN = peakForce(whole, kept, outcome.peakForceN)
  // The part may reach full depth a moment after the last frame: who keeps that frame keeps how it ended.
  const endKept = kept.at(-1) === whole.at(-1)
  const seatKept = outcome.seatSeconds !== null && begin + outcome.seatSeconds <= last
  if (!outcome.seated) return { ...outcome, peakForceN }
  if (!endKept && !seatKept) return { seated: false, reason: 'cut off before it seated', seatSeconds: null, peakForceN }
  const seatSeconds = outcome.seatSeconds === null ? null : Math.max(0, outcome.seatSeconds - (first - begin))
  return { ...outcome, seatSeconds, peakForceN }
}

/** The recorded peak is finer than the frames: it stays while the frame with the largest force does. */
function peakForce(whole: readonly Frame[], kept: readonly Frame[], recorded: number): number {
  const forces = contactForces(whole)
  if (forces.length === 0) return recorded
  const left = new Set(kept)
  const most = Math.max(...forces)
  const mostLeft = Math.max(...forces.filter((_, i) => left.has(whole[i] as Frame)))
  return mostLeft >= most ? recorded : Math.min(recorded, mostLeft)
}
