// One evaluated episode as a picture: how high the part was, how hard it pressed, and how far the gate was open.
import type { EpisodeResult, Task } from '../../sim/index.ts'
import type { Trace } from '../run-episode.ts'
import { type Chart, COLORS, chart, type Point, svgDocument, text } from './chart.ts'
import { svgToPng } from './png.ts'

const [WIDTH, HEIGHT, TOP] = [760, 220, 40]

/** The plot as a PNG: three charts over one time line, without the last for a policy that has no gate. */
export function episodePlot(
  task: Task,
  { index, seated, seatSeconds, failure }: EpisodeResult,
  trace: Trace,
): Uint8Array {
  const charts = chartsOf(task, trace)
  const outcome = seated ? `seated after ${seatSeconds?.toFixed(1)} s` : `not seated: ${failure}`
  const groups = charts.map((spec, i) => chart(spec, 0, TOP + i * HEIGHT))
  const heading = text(`${task.name}, episode ${index}: ${outcome}`, 16, 26, { size: 16, weight: 'bold' })
  return svgToPng(svgDocument(WIDTH, TOP + charts.length * HEIGHT, [heading, ...groups]))
}

function chartsOf(task: Task, { stamps, executed, forces, gates }: Trace): Chart[] {
  const time = { label: 'time, s', domain: [0, Math.max(1, stamps.at(-1) ?? 0)] as const }
  const over = (values: readonly number[], at: readonly number[] = stamps) =>
    values.map((value, i): Point => [at[i] as number, value])
  const heights = executed.map(({ position }) => position[2] * 1000)
  const size = { width: WIDTH, height: HEIGHT, x: time, legend: 'top-right' } as const
  const height: Chart = {
    ...size,
    title: 'Height of the tip over the mouth',
    y: { label: 'mm', domain: [-task.depth * 1000 - 2, Math.max(1, ...heights) * 1.05] },
    series: [{ color: COLORS.blue, points: over(heights) }],
  }
  const force: Chart = {
    ...size,
    title: 'Contact force',
    y: { label: 'N', domain: [0, Math.max(1, ...forces) * 1.1] },
    series: [{ color: COLORS.orange, points: over(forces) }],
  }
  if (gates.length === 0) return [height, force]
  const planned = gates.map(({ stamp }) => stamp)
  const gate: Chart = {
    ...size,
    title: 'Gate: how much of the picture passes',
    y: { label: '0 closed, 1 open', domain: [0, 1] },
    series: [
      {
        label: 'mean of its numbers',
        color: COLORS.green,
        points: over(
          gates.map(({ mean }) => mean),
          planned,
        ),
        dots: true,
      },
      {
        label: 'lowest and highest',
        color: COLORS.grey,
        points: over(
          gates.map(({ low }) => low),
          planned,
        ),
        dash: '4 3',
      },
      {
        label: 'lowest and highest',
        color: COLORS.grey,
        points: over(
          gates.map(({ high }) => high),
          planned,
        ),
        dash: '4 3',
      },
    ],
  }
  return [height, force, gate]
}
