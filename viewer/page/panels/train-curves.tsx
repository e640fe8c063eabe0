// Loss, gate and success of the runs that are compared; of one that learns, as it learns.
import { computed, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Curves } from '../../protocol/library.ts'
import { Chart, CURVE_INKS, type Curve, type Ink, Legend } from '../charts/chart.tsx'
import { mergeCurves } from '../charts/merge-curves.ts'
import { Empty } from '../controls/empty.tsx'
import { percent, threeDigits } from '../format.ts'
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

/** Between an answer and the next question while a run learns, ms. */
const PAUSE = 2000

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
    let isLeft = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = async () => {
      await readCurves(ids)
      if (learns && !isLeft) timer = setTimeout(read, PAUSE)
    }
    void read()
    return () => {
      isLeft = true
      clearTimeout(timer)
    }
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
        curves={drawn.loss}
        height={210}
        log
        xLabel="steps"
        format={threeDigits}
      />
      <Legend curves={drawn.loss} />
      <ShareChart
        title="Gate"
        meaning="mean; 0: the pose alone, 1: all of the picture"
        testId="gate-chart"
        x={drawn.x}
        curves={drawn.gate}
        format={String}
      />
      <ShareChart
        title="Seated"
        meaning="of the rollouts, in the simulator"
        testId="rollouts-chart"
        x={drawn.x}
        curves={drawn.success}
        format={percent}
      />
    </>
  )
}

interface ShareChartProps {
  title: string
  meaning: string
  testId: string
  x: readonly number[]
  /** from 0 to 1 */
  curves: readonly Curve[]
  format(share: number): string
}

/** Nothing where there is nothing to draw: not every policy has a gate, nor every training rollouts. */
function ShareChart({ title, meaning, testId, x, curves, format }: ShareChartProps) {
  if (curves.length === 0) return null
  return (
    <>
      <h3>
        {title} <span class="unit small">{meaning}</span>
      </h3>
      <Chart
        label={`${title} over training steps: ${meaning}`}
        testId={testId}
        x={x}
        curves={curves}
        height={110}
        yRange={[0, 1]}
        format={format}
      />
      {curves.length > 1 && <Legend curves={curves} />}
    </>
  )
}

/** On one axis of steps, so that what is drawn one below the other is of the same step. */
function drawnCurves(ids: readonly string[], known: Readonly<Record<string, Curves>>) {
  const have = ids.flatMap((id) => (known[id] ? [{ id, curves: known[id] }] : []))
  const { x, columns } = mergeCurves(
    have.flatMap(({ curves: { steps, loss, validationLoss, gate, success } }) => [
      { x: steps, y: loss, log: true },
      { x: steps, y: validationLoss, log: true },
      { x: steps, y: gate },
      { x: steps, y: success },
    ]),
  )
  const drawn: Record<'loss' | 'gate' | 'success', Curve[]> = { loss: [], gate: [], success: [] }
  for (const [i, { id }] of have.entries()) {
    const ink = CURVE_INKS[i % CURVE_INKS.length] as Ink
    const [loss = [], validation = [], gate = [], success = []] = columns.slice(4 * i)
    drawn.loss.push({ label: id, ink, values: loss })
    drawn.loss.push({ label: `${id}, validation`, ink, dashed: true, values: validation })
    drawn.gate.push({ label: id, ink, marked: true, values: gate })
    drawn.success.push({ label: id, ink, marked: true, values: success })
  }
  const filled = (curves: readonly Curve[]) => curves.filter(({ values }) => values.some((value) => value !== null))
  return { x, loss: filled(drawn.loss), gate: filled(drawn.gate), success: filled(drawn.success) }
}
