// Where a replay stands: pure sums on a track's time line.
import type { EpisodeTrack } from '../protocol/track.ts'

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4] as const

/** s */
export const lengthOf = (track: Pick<EpisodeTrack, 'stamps'>): number => track.stamps.at(-1) ?? 0

/** Time after `elapsed` s at `speed`; at the end it stays. */
export function advance(
  track: Pick<EpisodeTrack, 'stamps'>,
  time: number,
  elapsed: number,
  speed: number,
): { time: number; ended: boolean } {
  const end = lengthOf(track)
  const next = Math.min(time + elapsed * speed, end)
  return { time: next, ended: next >= end }
}

/** The frame shown at `time`: the last one not after it. */
export function frameAt(track: Pick<EpisodeTrack, 'stamps'>, time: number): number {
  let [low, high] = [0, track.stamps.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((track.stamps[middle] as number) <= time) low = middle
    else high = middle - 1
  }
  return low
}

/** Time of the frame `by` frames on. */
export function step(track: Pick<EpisodeTrack, 'stamps'>, time: number, by: number): number {
  const frame = frameAt(track, time) + by
  return track.stamps[Math.max(0, Math.min(frame, track.stamps.length - 1))] ?? 0
}

/** Trim handles that stay apart by a tenth of a second, inside the track. */
export function moveHandle(
  range: readonly [from: number, to: number],
  handle: 'from' | 'to',
  time: number,
  length: number,
): [from: number, to: number] {
  const apart = 0.1
  if (handle === 'from') return [Math.max(0, Math.min(time, range[1] - apart)), range[1]]
  return [range[0], Math.min(length, Math.max(time, range[0] + apart))]
}

/** Curves of a track, mm and N, one entry a frame. */
export function curvesOf(track: EpisodeTrack): { height: number[]; offset: number[]; force: number[] } {
  return {
    height: track.sourceInTarget.map(({ position }) => position[2] * 1000),
    offset: track.sourceInTarget.map(({ position }) => Math.hypot(position[0], position[1]) * 1000),
    force: track.forces,
  }
}

/** The gate's mean on the track's frames: that of the last chunk; null before the first. */
export function gateOnFrames(track: Pick<EpisodeTrack, 'stamps' | 'gates'>): (number | null)[] {
  let next = 0
  return track.stamps.map((stamp) => {
    while ((track.gates[next]?.stamp ?? Number.POSITIVE_INFINITY) <= stamp) next++
    return track.gates[next - 1]?.mean ?? null
  })
}
