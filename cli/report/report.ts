// The demo's report: one HTML file that needs nothing else, and one picture.
import type { Episode } from '../../demos/index.ts'
import type { Metrics } from '../../policy/index.ts'
import type { Task } from '../../sim/index.ts'
import { type EvalResult, percent } from '../eval.ts'
import type { Trace } from '../run-episode.ts'
import { duration } from '../terminal.ts'
import { COLORS, chart, escapeText, svgDocument, text } from './chart.ts'
import { forceChart, trainingChart, trajectoryChart } from './panels.ts'

export interface ReportData {
  task: Task
  seed: number
  preset: string
  seconds: { total: number; record: number; train: number; evaluate: number }
  demonstrations: readonly Episode[]
  metrics: readonly Metrics[]
  results: readonly EvalResult[]
  /** traces of in-distribution and out-of-distribution episodes */
  traces: { id: readonly Trace[]; ood: readonly Trace[] }
}

const WIDTH = 1180
const PANEL = { width: 390, height: 400 }

/** The picture: both trajectory panels, training, and the success bars. */
export function reportPicture(data: ReportData): string {
  const { task, demonstrations, traces } = data
  const barsTop = PANEL.height + 52
  const height = barsTop + 34 + data.results.length * 30 + 28
  const title = `${task.name}: ${demonstrations.length} demonstrations → ${data.preset} → ${duration(data.seconds.total)} on this machine`
  return svgDocument(WIDTH, height, [
    text(title, 14, 28, { size: 17, weight: 'bold' }),
    chart(
      trajectoryChart('Starts like the demonstrations’', task, demonstrations, traces.id, PANEL.width, PANEL.height),
      0,
      40,
    ),
    chart(trajectoryChart('Starts beyond them', task, demonstrations, traces.ood, PANEL.width, PANEL.height), 390, 40),
    chart(trainingChart(data.metrics, PANEL.width, PANEL.height), 785, 40),
    bars(data.results, 14, barsTop),
  ])
}

/** A bar per evaluation, with its Wilson interval. */
function bars(results: readonly EvalResult[], left: number, top: number): string {
  const [start, length] = [left + 410, 520]
  const rows = results.map((result, i) => {
    const y = top + 34 + i * 30
    const at = (fraction: number) => start + fraction * length
    const color = result.method === 'policy' ? COLORS.blue : COLORS.grey
    const [low, high] = result.wilson95
    return [
      text(conditionsOf(result), left, y + 13),
      `<rect x="${start}" y="${y}" width="${length}" height="18" fill="${COLORS.faint}"/>`,
      `<rect x="${start}" y="${y}" width="${length * result.successRate}" height="18" fill="${color}"/>`,
      `<path d="M${at(low)},${y + 9}H${at(high)}M${at(low)},${y + 4}v10M${at(high)},${y + 4}v10" stroke="${COLORS.ink}" stroke-width="1.5"/>`,
      text(`${result.successes}/${result.episodes} seated`, start + length + 14, y + 13, { weight: 'bold' }),
    ].join('')
  })
  const heading = 'Seated in simulation, with the Wilson 95 % interval; starts not used in training'
  return [text(heading, left, top + 14, { size: 14, weight: 'bold' }), ...rows].join('\n')
}

const METHODS: Record<EvalResult['method'], string> = {
  policy: 'policy',
  'replay-base': 'replay of a demonstration',
  'replay-target': 'replay relative to the target',
  'replay-controlled': 'replay through the policy’s controller',
  'replay-servo': 'straight line to the goal',
}

function conditionsOf({ method, clearanceMm, split, noise }: EvalResult): string {
  const starts = split === 'id' ? 'in-distribution' : 'out of distribution'
  return `${METHODS[method]}, ${clearanceMm} mm, ${starts}, ${noise} noise`
}

/** The report as one HTML file. */
export function reportPage(data: ReportData): string {
  const { task, seconds, results } = data
  const rows = results.map(
    (result) => `<tr><td>${escapeText(conditionsOf(result))}</td><td>${result.successes}/${result.episodes}</td>
      <td>${percent(result.successRate)}</td><td>${percent(result.wilson95[0])} – ${percent(result.wilson95[1])}</td>
      <td>${result.medianSeatSeconds?.toFixed(1) ?? '–'} s</td><td>${result.p95PeakForceN.toFixed(1)} N</td>
      <td>${escapeText(
        Object.entries(result.failures)
          .map(([why, count]) => `${why} (${count})`)
          .join(', ') || '–',
      )}</td></tr>`,
  )
  const force = svgDocument(PANEL.width * 1.5, 300, [chart(forceChart(data.traces.id, PANEL.width * 1.5, 300))])
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenon demo: ${escapeText(task.name)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; color: ${COLORS.ink}; max-width: ${WIDTH}px; margin: 2rem auto; padding: 0 1rem; background: #fff }
  svg { max-width: 100%; height: auto } h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin-top: 2rem }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid ${COLORS.faint} }
  code { background: ${COLORS.faint}; padding: .1rem .3rem; border-radius: 3px }
</style></head><body>
<h1>Ten demonstrations in, a seated part out</h1>
<p>${escapeText(task.summary)}. Everything below was recorded, trained and evaluated in simulation on this machine in
${duration(seconds.total)}: recording ${duration(seconds.record)}, training ${duration(seconds.train)}, evaluation
${duration(seconds.evaluate)}. Seed ${data.seed}.</p>
${reportPicture(data)}
<h2>How often the part was seated</h2>
<table><thead><tr><th>conditions</th><th>seated</th><th>rate</th><th>Wilson 95 % interval</th><th>median time</th>
<th>95th percentile of peak force</th><th>failures</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p>Seated: the tip within 1 mm of full depth, inside 20 s, with never more than 60 N of net contact force. Starts out of
distribution: the target moved by up to 100 mm, turned by up to 45° and tilted by up to 15°, the part's start up to half
again beyond the demonstrations' range. Tracker noise: a bias of 0.3 mm and 0.3° (σ per axis) drawn for each episode,
0.1 mm and 0.1° per frame, 33 ms late.</p>
<h2>Contact force in the drawn episodes</h2>
${force}
</body></html>
`
}
