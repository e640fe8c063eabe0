// A chart of uPlot in the page's colours, as wide as its place.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { whole } from '../format.ts'
import { theme } from '../theme.ts'

/** Names of custom properties. */
export type Ink = '--ink' | '--muted' | '--line' | '--c1' | '--c2' | '--c3' | '--c4' | '--c5' | '--c6' | '--danger'

export const CURVE_INKS: readonly Ink[] = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6']

export interface Curve {
  label: string
  ink: Ink
  dashed?: boolean
  /** dots without a line */
  dots?: boolean
  /** dots on the line: of what is known at few points */
  marked?: boolean
  values: readonly (number | null)[]
}

export interface ChartProps {
  /** what it shows, for who cannot see it */
  label: string
  testId: string
  x: readonly number[]
  xLabel?: string
  curves: readonly Curve[]
  height: number
  log?: boolean
  logX?: boolean
  yLabel?: string
  yRange?: [number, number]
  /** y is shown from 0 to this at least: what is nothing looks like nothing */
  yLeast?: number
  /** charts of one name share their cursor */
  sync?: string
  /** x of a vertical line, and what a click or drag there does */
  marker?: number
  onPick?: (x: number) => void
  /** drawn over the curves */
  draw?: (plot: uPlot) => void
  xTicks?: boolean
  format?: (value: number) => string
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const newest = useRef(props)
  newest.current = props
  const shape = JSON.stringify([
    props.curves.map(({ label, ink, dashed, dots, marked }) => [label, ink, dashed, dots, marked]),
    ...[props.height, props.log, props.logX, props.yRange, props.yLeast, props.sync, props.xTicks, theme.value],
  ])

  // Made anew when what it looks like changes, not its data
  useEffect(() => {
    const container = place.current
    if (!container) return
    const made = new uPlot(optionsOf(newest, container), dataOf(newest.current), container)
    plot.current = made
    const pick = pickFrom(made, newest)
    made.over.addEventListener('pointerdown', pick)
    made.over.addEventListener('pointermove', pick)
    const resize = new ResizeObserver(() =>
      made.setSize({ width: container.clientWidth, height: newest.current.height }),
    )
    resize.observe(container)
    return () => {
      resize.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [shape])

  // The arrays are compared, not their contents
  useEffect(() => plot.current?.setData(dataOf(props)), [props.x, props.curves])
  // A moved marker is a new drawing of the same
  useLayoutEffect(() => plot.current?.redraw(false), [props.marker])

  return <div ref={place} class="chart" role="img" aria-label={props.label} data-testid={props.testId} />
}

const dataOf = ({ x, curves }: ChartProps) =>
  [x, ...curves.map(({ values }) => values)].map((numbers) => [...numbers]) as unknown as uPlot.AlignedData

const pickFrom = (plot: uPlot, props: { current: ChartProps }) => (event: PointerEvent) => {
  if (event.buttons === 0 || !props.current.onPick) return
  props.current.onPick(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x'))
}

export const inkOf = (ink: Ink): string => getComputedStyle(document.documentElement).getPropertyValue(ink).trim()

function optionsOf(props: { current: ChartProps }, container: HTMLElement): uPlot.Options {
  const { curves, height, log, logX, yLabel, xLabel, yRange, yLeast, sync, xTicks = true, format } = props.current
  const axis: uPlot.Axis = {
    stroke: () => inkOf('--muted'),
    grid: { stroke: () => inkOf('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
    labelFont: '11px system-ui, sans-serif',
    labelSize: 16,
  }
  return {
    width: Math.max(container.clientWidth, 80),
    height,
    legend: { show: false },
    padding: [8, 20, xTicks ? 0 : 6, 0],
    cursor: { drag: { x: false, y: false }, ...(sync !== undefined && { sync: { key: sync } }) },
    scales: {
      x: { time: false, ...(logX && { distr: 3, log: 10 }) },
      y: {
        ...(log && { distr: 3, log: 10 }),
        ...(yRange && { range: () => yRange }),
        ...(yLeast !== undefined && { range: (_, low, high) => [Math.min(0, low), 1.05 * Math.max(yLeast, high)] }),
      },
    },
    axes: [
      {
        ...axis,
        show: xTicks,
        size: 26,
        values: (_, ticks: (number | null)[]) => ticks.map(tick),
        ...(xLabel !== undefined && { label: xLabel, size: 26 }),
      },
      {
        ...axis,
        size: 52,
        ...(yLabel !== undefined && { label: yLabel }),
        ...(format && { values: (_, ticks: (number | null)[]) => ticks.map((v) => (v === null ? '' : format(v))) }),
      },
    ],
    series: [
      {},
      ...curves.map(
        ({ label, ink, dashed, dots, marked }): uPlot.Series => ({
          label,
          stroke: () => inkOf(ink),
          width: 1.5,
          spanGaps: true,
          ...(dashed && { dash: [5, 4] }),
          ...(dots
            ? { paths: () => null, points: { show: true, size: 8, fill: () => inkOf(ink) } }
            : { points: marked ? { show: true, size: 5, fill: () => inkOf(ink) } : { show: false } }),
        }),
      ),
    ],
    hooks: {
      draw: [
        (plot) => {
          drawMarker(plot, props.current.marker)
          props.current.draw?.(plot)
        },
      ],
    },
  }
}

const tick = (value: number | null) =>
  value === null ? '' : value >= 1000 ? whole(value) : String(Number(value.toPrecision(6)))

function drawMarker(plot: uPlot, at: number | undefined) {
  if (at === undefined) return
  const x = Math.round(plot.valToPos(at, 'x', true))
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = inkOf('--ink')
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.restore()
}

/** What the inks mean. */
export function Legend({ curves }: { curves: readonly Pick<Curve, 'label' | 'ink' | 'dashed' | 'dots'>[] }) {
  return (
    <ul class="legend">
      {curves.map(({ label, ink, dashed }) => (
        <li key={label}>
          <svg width="18" height="8" aria-hidden="true">
            <line
              x1="0"
              y1="4"
              x2="18"
              y2="4"
              class={`ink${ink}`}
              stroke-width="2"
              stroke-dasharray={dashed ? '4 3' : undefined}
            />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  )
}
