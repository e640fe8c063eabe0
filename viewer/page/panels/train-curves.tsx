// Loss and validation of the runs that are compared; of one that learns, as it learns.
import { computed, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Curves } from '../../protocol/library.ts'
import { Chart, CURVE_INKS, type Ink, Legend } from '../charts/chart.tsx'
import { mergeCurves } from '../charts/merge-curves.ts'
import { Empty } from '../controls/empty.tsx'
import { threeDigits } from '../format.ts'
import { connection, store } from '../studio.ts'

/** ids of checkpoints */
export const compared = signal<readonly string[]>([])
const known = signal<Readonly<Record<string, Curves>>>({})

export function toggleCompared(id: string): void {
  const ids = compared.value
  compared.value = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id].slice(-CURVE_INKS.length)
}

/** Those chosen; while nobody has chosen, the one that learns. */
const shown = computed(() => {
  if (compared.value.length > 0) return compared.value
  const running = store.jobs.value.find(({ kind, state }) => kind === 'train' && state === 'running')
  return running ? [running.checkpoint] : []
})

/** Changes when there is something new to read: a step was made, or another run was chosen. */
const news = computed(() =>
  shown.value.map((id) => [id, store.library.value?.checkpoints.find((entry) => entry.id === id)?.step]).join(),
)

async function readCurves(ids: readonly string[]) {
  for (const id of ids) {
    // A run that has not written its first line has no curves yet.
    const curves = await connection.call('curves', { checkpoint: id }).catch(() => undefined)
    if (curves) known.value = { ...known.peek(), [id]: curves }
  }
}

export function TrainCurves() {
  const ids = shown.value
  const learns = store.jobs.value.some(({ kind, state }) => kind === 'train' && state === 'running')
  // The news stand for the ids
  useEffect(() => {
    void readCurves(ids)
    if (!learns) return
    const timer = setInterval(() => void readCurves(ids), 2000)
    return () => clearInterval(timer)
  }, [news.value, learns])
  const curves = known.value
  const drawn = useMemo(() => drawnCurves(ids, curves), [ids, curves])
  if (drawn.x.length === 0) {
    return (
      <Empty title="No curves to show" testId="no-curves">
        Start a training, or choose a checkpoint below.
      </Empty>
    )
  }
  return (
    <>
      <Chart
        label="Loss over training steps"
        testId="loss-chart"
        x={drawn.x}
        curves={drawn.curves}
        height={210}
        log
        xLabel="steps"
        format={threeDigits}
      />
      <Legend curves={drawn.curves} />
    </>
  )
}

function drawnCurves(ids: readonly string[], known: Readonly<Record<string, Curves>>) {
  const have = ids.flatMap((id) => (known[id] ? [{ id, curves: known[id] }] : []))
  const { x, columns } = mergeCurves(
    have.flatMap(({ curves: { steps, loss, validationLoss } }) => [
      { x: steps, y: loss },
      { x: steps, y: validationLoss },
    ]),
  )
  const curves = have.flatMap(({ id }, i) => {
    const ink = CURVE_INKS[i % CURVE_INKS.length] as Ink
    return [
      { label: id, ink, values: columns[2 * i] ?? [] },
      { label: `${id}, validation`, ink, dashed: true, values: columns[2 * i + 1] ?? [] },
    ]
  })
  return { x, curves: curves.filter(({ values }) => values.some((value) => value !== null)) }
}
