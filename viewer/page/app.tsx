// The whole page: bar, stage, panel.
import { computed } from '@preact/signals'
import type { JSX } from 'preact'
import { QuestionCard } from './controls/question.tsx'
import { type Tab, Tabs } from './controls/tabs.tsx'
import { DrivePanel } from './panels/drive.tsx'
import { EvaluatePanel } from './panels/evaluate.tsx'
import { LivePanel } from './panels/live.tsx'
import { RecordPanel } from './panels/record.tsx'
import { TrainPanel } from './panels/train.tsx'
import { type PanelName, selectedPanel } from './selected-panel.ts'
import { StageView } from './stage-view.tsx'
import { store } from './studio.ts'
import { TopBar } from './top-bar.tsx'

const PANELS: Record<PanelName, () => JSX.Element> = {
  drive: DrivePanel,
  record: RecordPanel,
  train: TrainPanel,
  evaluate: EvaluatePanel,
  live: LivePanel,
}

const tabs = computed((): Tab<PanelName>[] => {
  const running = (kind: 'train' | 'eval') =>
    store.jobs.value.some((job) => job.kind === kind && job.state === 'running')
  return [
    { name: 'drive', label: 'Drive' },
    { name: 'record', label: 'Record', busy: store.session.value?.recording.state === 'recording' },
    { name: 'train', label: 'Train', busy: running('train') },
    { name: 'evaluate', label: 'Evaluate', busy: running('eval') },
    { name: 'live', label: store.session.value?.robot.kind === 'ros' ? 'Live' : 'Log' },
  ]
})

export function App() {
  const Panel = PANELS[selectedPanel.value]
  return (
    <div class="app">
      <TopBar />
      <main class="middle">
        <h1 class="unseen">Tenon Studio</h1>
        <StageView />
      </main>
      <aside class="side" aria-label="Panels">
        <Tabs label="Panels" tabs={tabs.value} selected={selectedPanel}>
          <Panel />
        </Tabs>
      </aside>
      <QuestionCard />
    </div>
  )
}
