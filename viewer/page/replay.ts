// The episode that is played back instead of the live robot, and its clock.
import { computed, effect, signal } from '@preact/signals'
import type { EpisodeTrack } from '../protocol/track.ts'
import { advance, lengthOf, step } from './playback.ts'

export interface Replay {
  track: EpisodeTrack
  /** where it comes from: only recorded ones can be trimmed */
  source:
    | { kind: 'recorded'; dataset: string; episode: string }
    | { kind: 'evaluated'; checkpoint: string; name: string; index: number }
}

/** Undefined: the stage shows the live robot. */
export const replay = signal<Replay | undefined>(undefined)
/** s from the start of the episode */
export const replayTime = signal(0)
export const playing = signal(false)
export const speed = signal(1)
/** what a trim would keep, s; undefined while nobody trims */
export const trim = signal<readonly [from: number, to: number] | undefined>(undefined)

export const replayLength = computed(() => (replay.value ? lengthOf(replay.value.track) : 0))

export function showReplay(next: Replay): void {
  replay.value = next
  replayTime.value = 0
  trim.value = undefined
  playing.value = true
}

export function backToLive(): void {
  replay.value = undefined
  playing.value = false
  trim.value = undefined
}

/** Pauses there. */
export function seek(time: number): void {
  playing.value = false
  replayTime.value = Math.max(0, Math.min(time, replayLength.value))
}

export function stepReplay(by: number): void {
  if (replay.value) seek(step(replay.value.track, replayTime.value, by))
}

/** From the end it begins anew. */
export function togglePlay(): void {
  if (!replay.value) return
  if (!playing.value && replayTime.value >= replayLength.value) replayTime.value = 0
  playing.value = !playing.value
}

effect(() => {
  const track = replay.value?.track
  if (!playing.value || !track) return
  let last = performance.now()
  let request = requestAnimationFrame(function tick(now) {
    const next = advance(track, replayTime.peek(), Math.max(0, now - last) / 1000, speed.peek())
    last = now
    replayTime.value = next.time
    if (next.ended) playing.value = false
    else request = requestAnimationFrame(tick)
  })
  return () => cancelAnimationFrame(request)
})
