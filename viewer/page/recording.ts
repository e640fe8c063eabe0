// Recording: where to, and the four things one does.
import { computed, signal } from '@preact/signals'
import { backToLive, type Replay, showReplay, trim } from './replay.ts'
import { needsStage } from './stage-need.ts'
import { store, tell } from './studio.ts'
import { toast } from './toasts.ts'

/** Undefined until somebody has written one: then it is named after the task. */
const written = signal<string | undefined>(undefined)
export const pictures = signal(true)

const state = computed(() => store.session.value?.recording.state ?? 'off')
/** It runs, or waits to be kept or discarded. */
export const isRecording = computed(() => state.value !== 'off')

export const isStageNeeded = computed(() =>
  needsStage({
    drives: store.drives.value,
    mode: store.session.value?.mode ?? 'idle',
    recording: state.value,
    trims: trim.value !== undefined,
  }),
)

/** Who needs the stage is not to lose it, and the arm, to a replay that arrives late: it is offered, with these words. */
export function showOrOffer(next: Replay, words: string): void {
  if (isStageNeeded.value) toast('info', words, { label: 'Show it', run: () => showReplay(next) })
  else showReplay(next)
}

export const datasetName = {
  get value() {
    return written.value ?? `demonstrations-${store.session.value?.setup.task ?? 'new'}`
  },
  set value(name: string) {
    written.value = name
  },
}

export async function startRecording(): Promise<void> {
  if (!store.drives.value) return toast('info', 'Only who drives records: take the seat first.')
  backToLive()
  await tell('startRecording', { dataset: datasetName.value, pictures: pictures.value })
}

export const endRecording = (): Promise<boolean> => tell('endRecording', {})

export const decide = (keep: boolean): Promise<boolean> => tell('decideRecording', { keep })
