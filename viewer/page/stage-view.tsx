// The stage with what lies over it: what stopped the robot, insets, view options, the replay.
import { computed, effect, signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ToastList } from './controls/toast-list.tsx'
import { GovernorBanner } from './governor-banner.tsx'
import { Insets } from './insets.tsx'
import { isRecording } from './recording.ts'
import { RecordingStatus } from './recording-status.tsx'
import { replay, replayTime } from './replay.ts'
import { ReplayDock } from './replay-dock.tsx'
import { selectedPanel } from './selected-panel.ts'
import { createStage } from './stage/index.ts'
import { latestFrame, stage, store, teleop } from './studio.ts'
import { createTeleop } from './teleop/index.ts'
import { theme } from './theme.ts'
import { Verdict } from './verdict.tsx'
import { ViewOptions, viewOptions } from './view-options.tsx'

const trouble = signal<string | undefined>(undefined)
/** compared by what it says: the session is told anew for other reasons, too */
const shown = computed(() => {
  const setup = store.session.value?.setup
  return setup && JSON.stringify({ ...setup, split: undefined, noise: undefined })
})

export function StageView() {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => (place.current ? openStage(place.current) : undefined), [])
  return (
    <>
      <div class="stage-area">
        <div
          ref={place}
          class="stage"
          role="application"
          aria-label="The robot's hand, the held part and the receptacle. Drag to look from elsewhere."
          data-testid="stage"
          data-ready={stage.value !== undefined}
        />
        {trouble.value && (
          <div class="stage-trouble" role="alert" data-testid="stage-trouble">
            <strong>The scene cannot be drawn.</strong>
            <p>{trouble.value}</p>
            <p>Everything else works. Try a browser with WebGL 2, or allow it in this one's settings.</p>
          </div>
        )}
        <div class="stage-top">
          <GovernorBanner />
          <RecordingBanner />
          <Verdict />
          <ToastList />
        </div>
        <ViewOptions />
        <Insets />
      </div>
      <ReplayDock />
    </>
  )
}

/** Where the Record panel does not show it. */
function RecordingBanner() {
  if (!isRecording.value || selectedPanel.value === 'record') return null
  return (
    <div class="banner" data-testid="recording-banner">
      <RecordingStatus />
    </div>
  )
}

/** Builds it, keeps it as the signals say, and returns what takes it down. */
function openStage(container: HTMLElement): (() => void) | undefined {
  try {
    stage.value = createStage(container)
  } catch (error) {
    trouble.value = (error as Error).message
    return undefined
  }
  const made = stage.value
  teleop.value = createTeleop({ axes: () => made.axes, targetInBase: () => latestFrame?.targetInBase })
  const ends = [
    effect(() => {
      if (shown.value) made.show(JSON.parse(shown.value))
    }),
    effect(() => made.setOptions({ ...viewOptions.value, theme: theme.value })),
    effect(() => made.replay(replay.value?.track, replayTime.value)),
  ]
  if (latestFrame) made.place(latestFrame)
  return () => {
    for (const end of ends) end()
    teleop.value?.dispose()
    made.dispose()
    stage.value = undefined
    teleop.value = undefined
  }
}
