// The whole page: bar, stage, panel.
import { computed, effect, signal } from '@preact/signals'
import { QuestionCard } from './controls/question.tsx'
import { type Tab, Tabs } from './controls/tabs.tsx'
import { DrivePanel } from './panels/drive.tsx'
import { EvaluatePanel } from './panels/evaluate.tsx'
import { LivePanel } from './panels/live.tsx'
import { RecordPanel } from './panels/record.tsx'
import { TrainPanel } from './panels/train.tsx'
import { StageView } from './stage-view.tsx'
import { store } from './studio.ts'
import { TopBar } from './top-bar.tsx'

const PANELS = {
  drive: DrivePanel,
  record: RecordPanel,
  train: TrainPanel,
  evaluate: EvaluatePanel,
  live: LivePanel,
}
type PanelName = keyof typeof PANELS

const isPanel = (name: string): name is PanelName => Object.hasOwn(PANELS, name)

/** Kept in the address, so that a page loaded anew is where it was. */
const selected = signal<PanelName>(isPanel(location.hash.slice(1)) ? (location.hash.slice(1) as PanelName) : 'drive')
effect(() => history.replaceState(null, '', `#${selected.value}`))

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
  const Panel = PANELS[selected.value]
  return (
    <div class="app">
      <TopBar />
      <main class="middle">
        <h1 class="unseen">Tenon Studio</h1>
        <StageView />
      </main>
      <aside class="side" aria-label="Panels">
        <Tabs label="Panels" tabs={tabs.value} selected={selected}>
          <Panel />
        </Tabs>
      </aside>
      <QuestionCard />
    </div>
  )
}
