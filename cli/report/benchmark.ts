// docs/benchmark.md and its pictures, from measured cells.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../demos/index.ts'
import type { Hand } from '../../sim/index.ts'
import { type EvalResult, percent } from '../eval.ts'
import { type Axis, COLORS, chart, type Point, type Series, svgDocument } from './chart.ts'
import { svgToPng } from './png.ts'

/** Success over one quantity that was varied. */
export interface Curve {
  name: string
  label: string
  values: number[]
  results: EvalResult[]
}

export interface BenchmarkData {
  main: EvalResult[]
  ablations: EvalResult[]
  curves: Curve[]
  preset: string
  hand: Hand
  /** false when it was interrupted */
  complete: boolean
}

const FIGURES: Record<string, { title: string; axis: Omit<Axis, 'domain'>; text: string }> = {
  bias: {
    title: 'Success against the bias of the tracker',
    axis: { label: 'bias: σ per axis, mm, and as many degrees' },
    text: 'A bias is drawn for each episode from a normal distribution, per axis; white noise and latency stay those of `tracker`.',
  },
  chamfer: {
    title: 'Success against the chamfer',
    axis: { label: 'chamfer on part and receptacle, mm' },
    text: 'The policy was trained on demonstrations with 0.5 mm chamfers. Without any, the part must hit the hole within half the clearance.',
  },
  demonstrations: {
    title: 'Success against the number of demonstrations',
    axis: { label: 'demonstrations', ticks: [1, 3, 5, 10] },
    text: 'Each point is a policy of its own, trained with the same number of steps.',
  },
  clearance: {
    title: 'Success against the clearance',
    axis: { label: 'diametral clearance, mm', log: true, ticks: [0.01, 0.02, 0.05, 0.1, 0.5, 1] },
    text: 'One policy, trained at 0.1 mm, at every clearance.',
  },
  ddimSteps: {
    title: 'Success against the steps of the sampler',
    axis: { label: 'DDIM steps', ticks: [1, 2, 4, 6, 10, 20] },
    text: 'The same policy; `eval --ddim-steps`. Sampling time is proportional to the steps.',
  },
  warmSteps: {
    title: 'Success against the steps of a warm start',
    axis: { label: 'steps run, of 20', ticks: [1, 2, 4, 10, 20] },
    text: 'Every chunk but the first starts from the one before, noised, and runs only the last steps of 20; `eval --warm-steps`.',
  },
}

/** Writes benchmark.md and img/benchmark-*.png. */
export async function writeBenchmark(folder: string, data: BenchmarkData): Promise<void> {
  await mkdir(join(folder, 'img'), { recursive: true })
  for (const name of Object.keys(FIGURES)) {
    if (!data.curves.some((curve) => curve.name === name && curve.values.length > 1)) continue
    await writeWhole(join(folder, 'img', `benchmark-${name}.png`), svgToPng(figure(name, data.curves)))
  }
  await writeWhole(join(folder, 'benchmark.md'), page(data))
}

const LINES = [COLORS.blue, COLORS.orange, COLORS.green, COLORS.purple]

function figure(name: string, curves: readonly Curve[]): string {
  const { title, axis } = FIGURES[name] as (typeof FIGURES)[string]
  const shown = curves.filter((curve) => curve.name === name && curve.values.length > 1)
  const values = shown.flatMap((curve) => curve.values)
  const series = shown.map(
    ({ label, values, results }, i): Series => ({
      label,
      color: LINES[i % LINES.length] as string,
      points: values.map((value, j): Point => [value, 100 * (results[j] as EvalResult).successRate]),
      bars: results.map(({ wilson95: [low, high] }): Point => [100 * low, 100 * high]),
      dots: true,
      width: 2,
    }),
  )
  const [width, height] = [720, 380]
  return svgDocument(width, height, [
    chart({
      title,
      width,
      height,
      x: { ...axis, domain: [Math.min(...values), Math.max(...values)] },
      y: { label: 'seated, %', domain: [0, 103] },
      series,
      legend: name === 'bias' ? 'bottom-left' : 'bottom-right',
    }),
  ])
}

function page({ main, ablations, curves, preset, hand, complete }: BenchmarkData): string {
  const deepest = Math.max(...main.map(({ penetrationUm }) => penetrationUm))
  const { stiffness, rotationalStiffness, maxForce, maxTorque, complianceCentre } = hand
  return `# Benchmark

Every number on this page was measured **in simulation**, by \`npx tenon reproduce\`, and is written by it; none is from a
real robot. Intervals are Wilson's, 95 %.${complete ? '' : ' The run was interrupted: what is not here was not measured.'}

Policy: \`${preset}\`, ten scripted demonstrations recorded at 0.1 mm clearance with true poses (seed 0), unless said
otherwise. Evaluation: seeds never used for recording; pose noise \`tracker\` (bias σ 0.3 mm and 0.3° per axis drawn for each
episode, white noise 0.1 mm and 0.1°, 33 ms late). Starts: \`id\` like the demonstrations', \`ood\` beyond them (target moved up to
100 mm, turned up to 45°, tilted up to 15°; the part's start up to half again out of the demonstrated range). Seated: the tip
within 1 mm of full depth, inside 20 s, never more than 60 N.

The hand, the same for every method and task: ${stiffness} N/m and ${rotationalStiffness} N·m/rad, critically damped, no more than
${maxForce} N and ${maxTorque} N·m, centre of compliance ${complianceCentre[2] * 1000} mm above the tip. Friction 0.3; chamfers of 0.5 mm on
part and receptacle unless said otherwise.

## Policy and baselines

${resultTable(main)}

Every row of a task meets the same episodes. \`replay-base\` repeats the end effector's recorded path in the robot's base, and
\`replay-target\` plays the nearest demonstration back relative to the target as seen once at the start: both are open loop.
\`replay-controlled\` plans as blindly, but is executed like the policy, by the controller that filters the tracker and gives way to
contact: what the policy adds is its distance from that row, what the controller adds is the rest.
Deepest overlap of the parts in any of these episodes: ${deepest.toFixed(1)} µm.

## What matters

${ablations.length > 0 ? resultTable(ablations, describeAblation) : 'Not measured in this run.'}

${Object.entries(FIGURES)
  .filter(([name]) => curves.some((curve) => curve.name === name && curve.values.length > 1))
  .map(
    ([name, { title, text }]) =>
      `## ${title}\n\n${text}\n\n![${title}](img/benchmark-${name}.png)\n\n${curveTable(name, curves)}`,
  )
  .join('\n\n')}
`
}

function resultTable(
  results: readonly EvalResult[],
  describe = (result: EvalResult) => result.method as string,
): string {
  const rows = results.map((result) => {
    const failures = Object.entries(result.failures).map(([why, count]) => `${why} ${count}`)
    const cells = [
      describe(result),
      result.task,
      `${result.clearanceMm} mm`,
      result.split,
      `${result.successes}/${result.episodes}`,
      percent(result.successRate),
      `${percent(result.wilson95[0])} – ${percent(result.wilson95[1])}`,
      result.medianSeatSeconds === null ? '–' : `${result.medianSeatSeconds.toFixed(1)} s`,
      `${result.p95PeakForceN.toFixed(1)} N`,
      failures.join(', ') || '–',
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = [
    '',
    'task',
    'clearance',
    'starts',
    'seated',
    'rate',
    '95 % interval',
    'median time',
    'peak force p95',
    'failures',
  ]
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n')
}

function describeAblation({ contactTrim, noise }: EvalResult): string {
  if (contactTrim === false) return 'without giving way to contact'
  return `\`${noise}\` noise: bias σ 1 mm and 1°`
}

function curveTable(name: string, curves: readonly Curve[]): string {
  const shown = curves.filter((curve) => curve.name === name && curve.values.length > 1)
  const values = [...new Set(shown.flatMap((curve) => curve.values))]
  const rows = shown.map(({ label, values: known, results }) => {
    const cells = values.map((value) => {
      const result = results[known.indexOf(value)]
      return result ? `${result.successes}/${result.episodes}` : 'not measured'
    })
    return `| ${label} | ${cells.join(' | ')} |`
  })
  return [`| | ${values.join(' | ')} |`, `|${' --- |'.repeat(values.length + 1)}`, ...rows].join('\n')
}
