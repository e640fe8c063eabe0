// Line charts as SVG text: axes, grid, series, legend. No document needed.
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'

export type Point = readonly [x: number, y: number]

export interface Series {
  /** shown in the legend once, where several series share it */
  label?: string
  color: string
  points: readonly Point[]
  width?: number
  opacity?: number
  dash?: string
  /** draw dots at the points */
  dots?: boolean
  /** low and high end of an error bar at each point */
  bars?: readonly Point[]
}

export interface Axis {
  label: string
  domain: readonly [number, number]
  log?: boolean
  /** text of a tick; default: the number */
  format?: (value: number) => string
  ticks?: readonly number[]
}

export interface Chart {
  title: string
  width: number
  height: number
  x: Axis
  y: Axis
  series: readonly Series[]
  /** closed outlines drawn under the series, in data coordinates */
  areas?: readonly { points: readonly Point[]; color: string }[]
  legend?: 'top-right' | 'bottom-right' | 'bottom-left' | 'none'
}

/** Colours that colour-blind people can tell apart (Okabe & Ito). */
export const COLORS = {
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#009e73',
  purple: '#cc79a7',
  amber: '#e69f00',
  grey: '#8a8f98',
  ink: '#1f2430',
  faint: '#e3e6eb',
  steel: '#c9cfd8',
}

const FONT = "'DejaVu Sans', Verdana, sans-serif"
const MARGIN = { top: 34, right: 16, bottom: 44, left: 58 }

/** The chart as an SVG group, its upper left corner at (left, top). */
export function chart(spec: Chart, left = 0, top = 0): string {
  const inner = { width: spec.width - MARGIN.left - MARGIN.right, height: spec.height - MARGIN.top - MARGIN.bottom }
  const x = scaleOf(spec.x, [0, inner.width])
  const y = scaleOf(spec.y, [inner.height, 0])
  const clip = `clip${Math.round(left)}-${Math.round(top)}-${spec.title.replace(/\W/g, '')}`
  const path = line<Point>(
    (point) => x.at(point[0]),
    (point) => y.at(point[1]),
  )
  const areas = (spec.areas ?? []).map(({ points, color }) => `<path d="${path([...points])}Z" fill="${color}"/>`)
  return [
    `<g transform="translate(${left + MARGIN.left},${top + MARGIN.top})" font-family="${FONT}" font-size="11">`,
    `<clipPath id="${clip}"><rect width="${inner.width}" height="${inner.height}"/></clipPath>`,
    text(spec.title, -MARGIN.left + 12, -14, { size: 14, weight: 'bold' }),
    ...x.ticks.map((tick) => verticalGrid(x.at(tick), inner.height, label(spec.x, tick))),
    ...y.ticks.map((tick) => horizontalGrid(y.at(tick), inner.width, label(spec.y, tick))),
    `<g clip-path="url(#${clip})">${areas.join('')}${spec.series.map((series) => draw(series, path, x.at, y.at)).join('')}</g>`,
    `<rect width="${inner.width}" height="${inner.height}" fill="none" stroke="${COLORS.steel}"/>`,
    text(spec.x.label, inner.width / 2, inner.height + 34, { anchor: 'middle' }),
    `<g transform="rotate(-90)">${text(spec.y.label, -inner.height / 2, -44, { anchor: 'middle' })}</g>`,
    spec.legend === 'none' ? '' : legend(spec, inner),
    '</g>',
  ].join('\n')
}

function scaleOf({ domain, log, ticks }: Axis, range: [number, number]) {
  const scale = log ? scaleLog(domain, range) : scaleLinear(domain, range)
  const [low, high] = domain
  // A logarithmic scale offers every multiple; powers of ten are enough to read.
  const offered = log ? scale.ticks().filter((tick) => Number.isInteger(Math.log10(tick))) : scale.ticks(6)
  const shown = ticks?.filter((tick) => tick >= low && tick <= high)
  return { at: (value: number) => scale(value), ticks: shown ?? offered }
}

const label = ({ format }: Axis, tick: number): string => (format ? format(tick) : String(tick))

function draw(series: Series, path: (points: Point[]) => string | null, x: Scale, y: Scale): string {
  const { color, points, width = 1.5, opacity = 1, dash } = series
  const bars = (series.bars ?? []).map(([low, high], i) => {
    const at = x((points[i] as Point)[0]).toFixed(1)
    return `<path d="M${at},${y(low).toFixed(1)}V${y(high).toFixed(1)}" stroke="${color}" stroke-width="1" opacity="0.5"/>`
  })
  const dots = series.dots
    ? points.map(
        (point) => `<circle cx="${x(point[0]).toFixed(1)}" cy="${y(point[1]).toFixed(1)}" r="3" fill="${color}"/>`,
      )
    : []
  const style = `fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round" opacity="${opacity}"`
  return [
    ...bars,
    `<path d="${round(path([...points]))}" ${style}${dash ? ` stroke-dasharray="${dash}"` : ''}/>`,
    ...dots,
  ].join('')
}

type Scale = (value: number) => number

/** A tenth of a pixel is enough, and keeps files small. */
const round = (path: string | null): string => (path ?? '').replace(/(\.\d)\d+/g, '$1')

const verticalGrid = (at: number, height: number, tick: string): string =>
  `<path d="M${at.toFixed(1)},0V${height}" stroke="${COLORS.faint}"/>${text(tick, at, height + 16, { anchor: 'middle' })}`

const horizontalGrid = (at: number, width: number, tick: string): string =>
  `<path d="M0,${at.toFixed(1)}H${width}" stroke="${COLORS.faint}"/>${text(tick, -8, at + 4, { anchor: 'end' })}`

function legend({ series, legend: place = 'top-right' }: Chart, inner: { width: number; height: number }): string {
  const entries = new Map<string, Series>()
  for (const one of series) if (one.label && !entries.has(one.label)) entries.set(one.label, one)
  if (entries.size === 0) return ''
  const longest = Math.max(...[...entries.keys()].map((name) => name.length))
  const [width, height] = [longest * 6.6 + 40, entries.size * 16 + 8]
  const left = place === 'bottom-left' ? 8 : inner.width - width - 8
  const top = place === 'top-right' ? 8 : inner.height - height - 8
  const rows = [...entries].map(([name, { color, dash, width: thickness = 1.5 }], i) => {
    const y = 14 + 16 * i
    const stroke = `stroke="${color}" stroke-width="${Math.max(2, thickness)}"${dash ? ` stroke-dasharray="${dash}"` : ''}`
    return `<path d="M8,${y - 4}H28" ${stroke}/>${text(name, 34, y)}`
  })
  return `<g transform="translate(${left},${top})"><rect width="${width}" height="${height}" fill="#ffffff" opacity="0.85" stroke="${COLORS.faint}"/>${rows.join('')}</g>`
}

export function text(
  content: string,
  x: number,
  y: number,
  { anchor = 'start', size = 11, weight = 'normal', color = COLORS.ink }: TextStyle = {},
): string {
  const attributes = `text-anchor="${anchor}" font-size="${size}" font-weight="${weight}" fill="${color}"`
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-family="${FONT}" ${attributes}>${escapeText(content)}</text>`
}

interface TextStyle {
  anchor?: 'start' | 'middle' | 'end'
  size?: number
  weight?: 'normal' | 'bold'
  color?: string
}

export const escapeText = (content: string): string =>
  content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** Groups on a white sheet: a whole SVG document. */
export function svgDocument(width: number, height: number, groups: readonly string[]): string {
  const sheet = `<rect width="${width}" height="${height}" fill="#ffffff"/>`
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${sheet}${groups.join('\n')}</svg>`
}
