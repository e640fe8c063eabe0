// Success over clearance, with its intervals.
import { useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import type { EvaluationEntry } from '../../protocol/library.ts'
import { Chart, CURVE_INKS, type Ink, inkOf, Legend } from '../charts/chart.tsx'
import { type SuccessGroup, successGroups } from '../charts/success-groups.ts'
import { splitWord } from './choices.ts'

const inkAt = (i: number) => CURVE_INKS[i % CURVE_INKS.length] as Ink

export function SuccessChart({ evaluations }: { evaluations: readonly EvaluationEntry[] }) {
  const groups = useMemo(() => successGroups(evaluations), [evaluations])
  const { x, curves } = useMemo(() => pointsOf(groups), [groups])
  return (
    <>
      <h3>Seated over clearance</h3>
      <Chart
        label="Share of seated episodes over the clearance, with 95 % intervals"
        testId="success-chart"
        x={x}
        curves={curves}
        height={170}
        logX
        xLabel="clearance, mm"
        yRange={[0, 1]}
        format={(share) => `${Math.round(share * 100)} %`}
        draw={(plot) => drawIntervals(plot, groups)}
      />
      <Legend curves={curves} />
    </>
  )
}

function pointsOf(groups: readonly SuccessGroup[]) {
  const x = [...new Set(groups.flatMap(({ points }) => points.map(({ clearanceMm }) => clearanceMm)))].sort(
    (a, b) => a - b,
  )
  const curves = groups.map(({ split, noise, chamferMm, others, points }, i) => ({
    label: `${splitWord(split)}, ${noise}, chamfer ${chamferMm} mm${others && `, ${others}`}`,
    ink: inkAt(i),
    dots: true,
    values: x.map((clearance) => points.find(({ clearanceMm }) => clearanceMm === clearance)?.rate ?? null),
  }))
  return { x, curves }
}

function drawIntervals(plot: uPlot, groups: readonly SuccessGroup[]) {
  const { ctx } = plot
  ctx.save()
  ctx.lineWidth = 1.5 * devicePixelRatio
  for (const [i, { points }] of groups.entries()) {
    ctx.strokeStyle = inkOf(inkAt(i))
    for (const { clearanceMm, low, high } of points) {
      const x = plot.valToPos(clearanceMm, 'x', true)
      ctx.beginPath()
      ctx.moveTo(x, plot.valToPos(low, 'y', true))
      ctx.lineTo(x, plot.valToPos(high, 'y', true))
      ctx.stroke()
    }
  }
  ctx.restore()
}
