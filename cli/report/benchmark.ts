// docs/benchmark.md and its pictures, from measured cells.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../demos/index.ts'
import { PRESETS } from '../../policy/index.ts'
import { type Hand, TASKS, wilson95 } from '../../sim/index.ts'
import { percent } from '../eval.ts'
import {
  type Curve,
  type DemonstrationForces,
  EVALUATION_SEED,
  type Measurements,
  partsOf,
  QUICK_STEPS,
  type Scope,
} from '../reproduce/experiments.ts'
import { type Alike, type Measured, SEED } from '../reproduce/laboratory.ts'
import { METHOD_NAMES, METHODS, type Method } from '../reproduce/methods.ts'
import { type Axis, type Chart, COLORS, chart, type Point, type Series, svgDocument } from './chart.ts'
import { svgToPng } from './png.ts'

export interface BenchmarkData extends Measurements {
  scope: Scope
  hand: Hand
  /** false when something that was looked for is not known: it was interrupted, say, or only some was measured */
  complete: boolean
  /** earlier code by which some of it was measured */
  alike: readonly Alike[]
}

const FIGURES: Record<string, { title: string; axis: Omit<Axis, 'domain'>; text: string }> = {
  bias: {
    title: 'Success against the bias of the tracker',
    axis: { label: 'size of the bias: mm, and as many degrees' },
    text:
      'The tracker is off by exactly so many millimetres and degrees, in a direction and about an axis drawn for each episode; ' +
      'white noise and latency stay those of `tracker`. ' +
      'Chamfers of 0.5 mm on both parts catch about 1 mm: beyond that the part stands beside the mouth, until rocking finds it or the picture tells.',
  },
  chamfer: {
    title: 'Success against the chamfer',
    axis: { label: 'chamfer on part and receptacle, mm' },
    text: 'The policy was trained on demonstrations with 0.5 mm chamfers. Without any, the part must hit the hole within half the clearance.',
  },
  demonstrations: {
    title: 'Success against the number of demonstrations',
    axis: { label: 'demonstrations', ticks: [1, 3, 5, 7, 10] },
    text: 'Each point is a policy of its own, trained with the same number of steps. From five on, a tenth of the demonstrations, at least one, is held out.',
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
    if (figureCurves(name, data.curves).length === 0) continue
    await writeWhole(join(folder, 'img', `benchmark-${name}.png`), svgToPng(figure(name, data.curves)))
  }
  await writeWhole(join(folder, 'benchmark.md'), page(data, await earlierPages(folder)))
}

/** Links to pages that earlier versions left in the folder `earlier`, by what their headings say of them. */
async function earlierPages(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'earlier')).catch(() => [])
  const pages = names.filter((name) => name.endsWith('.md')).sort()
  return Promise.all(
    pages.map(async (name) => {
      const [heading = name] = (await readFile(join(folder, 'earlier', name), 'utf8')).split('\n', 1)
      return `[${heading.replace(/^# (Benchmark, )?/, '')}](earlier/${name})`
    }),
  )
}

const figureCurves = (name: string, curves: readonly Curve[]): Curve[] =>
  curves.filter((curve) => curve.name === name && curve.values.length > 1)

type Line = Pick<Series, 'color' | 'dash'>

/** Dashed from the third on: of lines that lie on each other, both are seen. */
const LINES: readonly Line[] = [
  { color: COLORS.blue },
  { color: COLORS.orange },
  { color: COLORS.green, dash: '8 8' },
  { color: COLORS.purple, dash: '2 5' },
  { color: COLORS.amber, dash: '12 4 2 4' },
  { color: COLORS.grey },
  { color: COLORS.ink },
]

/** A chart for each panel, two side by side. */
function figure(name: string, curves: readonly Curve[]): string {
  const shown = figureCurves(name, curves)
  const panels = [...new Set(shown.map(({ panel }) => panel))]
  // A label has its line in all panels, also where others are missing.
  const labels = [...new Set(shown.map(({ label }) => label))]
  const lines = new Map(labels.map((label, i) => [label, LINES[i % LINES.length] as Line]))
  const columns = panels.length > 1 ? 2 : 1
  const [width, height] = [columns === 1 ? 720 : 460, columns === 1 ? 380 : 300]
  const groups = panels.map((panel, i) => {
    const spec = panelChart(
      name,
      panel,
      shown.filter((curve) => curve.panel === panel),
      lines,
    )
    return chart({ ...spec, width, height }, (i % columns) * width, Math.floor(i / columns) * height)
  })
  return svgDocument(columns * width, Math.ceil(panels.length / columns) * height, groups)
}

function panelChart(
  name: string,
  panel: string,
  curves: readonly Curve[],
  lines: ReadonlyMap<string, Line>,
): Omit<Chart, 'width' | 'height'> {
  const { title, axis } = FIGURES[name] as (typeof FIGURES)[string]
  const values = curves.flatMap((curve) => curve.values)
  const series = curves.map(
    ({ label, values, results }): Series => ({
      label,
      ...(lines.get(label) as Line),
      points: values.map((value, j): Point => [value, 100 * (results[j] as Measured).successRate]),
      bars: results.map(({ wilson95: [low, high] }): Point => [100 * low, 100 * high]),
      dots: true,
      width: 2,
    }),
  )
  return {
    title: `${title}: ${panel}`,
    x: { ...axis, domain: withMargin(Math.min(...values), Math.max(...values), axis.log) },
    y: { label: 'seated, %', domain: [0, 103] },
    series,
    legend: name === 'bias' ? 'bottom-left' : 'bottom-right',
  }
}

/** A little more than the values, so that the first and the last are seen whole. */
function withMargin(low: number, high: number, log = false): [number, number] {
  if (log) return [low / (high / low) ** 0.03, high * (high / low) ** 0.03]
  return [low - 0.03 * (high - low), high + 0.03 * (high - low)]
}

function page(
  { main, ablations, curves, demonstrations, scope, hand, complete, alike }: BenchmarkData,
  earlier: readonly string[],
): string {
  const { stiffness, rotationalStiffness, maxForce, maxTorque, complianceCentre } = hand
  const { tasks, methods, quick } = scope
  const figures = Object.entries(FIGURES).filter(([name]) => figureCurves(name, curves).length > 0)
  return `# Benchmark

Every number on this page was measured **in simulation**, by \`npx tenon reproduce\`, and is written by it; none is from a
real robot. Intervals are Wilson's, 95 %.${complete ? '' : ' Not everything was measured for it: what is not here was not.'}${
    quick ? ' This is a quick run: policies trained for fewer steps, and few episodes.' : ''
  }${
    tasks.length < Object.keys(TASKS).length || methods.length < METHOD_NAMES.length
      ? ` Asked for were only: ${[...tasks, ...methods].join(', ')}.`
      : ''
  }${earlier.length > 0 ? `\nPages of earlier versions, with some that was not measured anew: ${earlier.join('; ')}.` : ''}${alike.length > 0 ? '\nSome was measured [by earlier versions](#by-earlier-versions) and found to hold for this one.' : ''}

Ten scripted demonstrations of each task, recorded at 0.1 mm clearance with true poses (seed ${SEED}), unless said
otherwise; a policy learns from nine of them, and the tenth, held out, says how it gets on. Evaluation: seeds never used for recording; pose noise \`tracker\` (bias σ 0.3 mm and 0.3° per axis drawn for each
episode, white noise 0.1 mm and 0.1°, 33 ms late) or \`usb\` (bias σ 1 mm and 1°, white noise 0.3 mm and 0.3°, drop-outs close
to the target). Starts: \`id\` like the demonstrations', \`ood\` beyond them (target moved up to 100 mm, turned up to 45°, tilted up
to 15°; the part's start up to half again out of the demonstrated range). Seated: the tip within 1 mm of full depth, inside
20 s, never more than 60 N. Pictures: 160×160 pixels round the parts, depth as noisy as a short-range stereo camera's, the same
plain look in training and evaluation. Policies with pictures learn besides from ${PRESETS['edge-rgbd'].training.practice.pictures} rendered pictures of the part at random
known poses, in half of which the target stands as in \`ood\`: they say where the part is, nothing is demonstrated in them.

The hand, the same for every method and task: ${stiffness} N/m and ${rotationalStiffness} N·m/rad, critically damped, no more than
${maxForce} N and ${maxTorque} N·m, centre of compliance ${complianceCentre[2] * 1000} mm above the tip. Friction 0.3; chamfers of 0.5 mm on
part and receptacle unless said otherwise.

| policy | preset | what it goes by |
| --- | --- | --- |
${methods.map((name) => `| ${name} | \`${METHODS[name].preset}\` | ${METHODS[name].summary} |`).join('\n')}

## All tasks together

${main.length > 0 ? meanTable(main) : NOT_MEASURED}

The publication reports, on **real robots**, six tasks and 10 trials of each (second-hand): 81.7 % in-distribution and 76.7 %
out of distribution for its pose policy, 91.7 % and 78.3 % with pictures through the gate. Ours are simulated, with a scripted
demonstrator: the two cannot be compared number by number.

## Policies and baselines, task by task

${main.length > 0 ? resultTable(main) : NOT_MEASURED}

Rows of a task with the same starts meet the same episodes, baselines the first half of them. \`replay-base\` repeats the end effector's recorded path in the robot's base, and
\`replay-target\` plays the nearest demonstration back relative to the target as seen once at the start: both are open loop.
\`replay-controlled\` plans as blindly, and \`replay-servo\` a straight line to the goal pose; these are executed like the policy, by
the controller that filters the tracker, gives way to contact and rocks what has wedged: what the policy adds is its distance from those rows.
${overlap([...main, ...ablations, ...curves.flatMap((curve) => curve.results)])}

## Contact forces

${forceTable(main, demonstrations)}

## Without giving way to contact, and without rocking

${ablations.length > 0 ? resultTable(ablations) : NOT_MEASURED}

${figures
  .map(
    ([name, { title, text }]) =>
      `## ${title}\n\n${text}\n\n![${title}](img/benchmark-${name}.png)\n\n${curveTable(name, curves)}`,
  )
  .join('\n\n')}

## The same by hand

\`\`\`sh
${commands(scope).join('\n')}
\`\`\`
${alike.length > 0 ? `\n${versions(alike)}\n` : ''}`
}

function overlap(results: readonly Measured[]): string {
  if (results.length === 0) return ''
  const deepest = Math.max(...results.map(({ penetrationUm }) => penetrationUm))
  return `Overlap: how deep the parts ever were in each other in a row's episodes, in all on this page ${deepest.toFixed(1)} µm; what of it is at an edge of the
mouth, and only for an instant, is said [here](architecture.md#sim-a-world-that-is-honest-at-001-mm).`
}

const NOT_MEASURED = 'Not measured in this run.'

/** What has changed since some of it was measured, and what was compared. */
const versions = (alike: readonly Alike[]): string => `## By earlier versions

Cells that an earlier version measured stand here where what has changed since cannot touch them, and what was compared was equal:

${alike.map(({ seen }) => `- ${seen}.`).join('\n')}`

/** What one would type for one task, and the files that some methods need. */
function commands({ tasks, methods, episodes, quick }: Scope): string[] {
  const task = tasks[0] ?? 'square-peg'
  const trained = methods.flatMap((name) => {
    const { preset, changes }: Method & { preset: keyof typeof QUICK_STEPS } = METHODS[name]
    const config = `${changes ? ` --config ${name}.json` : ''}${quick ? ` --steps ${QUICK_STEPS[preset]}` : ''}`
    const file = changes ? [`echo '${JSON.stringify(changes)}' > ${name}.json`] : []
    return [
      ...file,
      `npx tenon train --data runs/${task} --preset ${preset}${config} --seed ${SEED} --out runs/${task}-${name}`,
    ]
  })
  const method = methods[0] ?? 'pose'
  const { half, share } = partsOf(episodes)
  const seeds = (count: number) => `--seed ${EVALUATION_SEED} --episodes ${count}`
  return [
    `npx tenon record --task ${task} --rgbd --episodes 10 --clearance 0.1 --seed ${SEED} --out runs/${task}`,
    ...trained,
    `npx tenon eval --checkpoint runs/${task}-${method} --clearance 0.1 --split id --noise tracker ${seeds(episodes)}`,
    `npx tenon eval --checkpoint runs/${task}-${method} --clearance 0.1 --bias 2 ${seeds(share)}`,
    `npx tenon eval --replay servo --data runs/${task} --clearance 0.1 ${seeds(half)}`,
  ]
}

/** Rates of each method over all tasks, for the conditions that were measured. */
function meanTable(main: readonly Measured[]): string {
  const all = Object.keys(TASKS).length
  const conditionOf = ({ clearanceMm, split, noise }: Measured) => `${clearanceMm} mm, ${split}, ${noise}`
  const conditions = [...new Set(main.map(conditionOf))]
  const methods = [...new Set(main.map(nameOf))]
  const rows = methods.map((method) => {
    const cells = conditions.map((condition) => {
      const results = main.filter((result) => nameOf(result) === method && conditionOf(result) === condition)
      if (results.length === 0) return '–'
      const [seated, episodes] = [sum(results.map((r) => r.successes)), sum(results.map((r) => r.episodes))]
      const [low, high] = wilson95(seated, episodes)
      const some = results.length < all ? ` (${results.length} of ${all} tasks)` : ''
      return `${percent(seated / episodes)}, ${percent(low)} – ${percent(high)}${some}`
    })
    return `| ${method} | ${cells.join(' | ')} |`
  })
  return [`| | ${conditions.join(' | ')} |`, `|${' --- |'.repeat(conditions.length + 1)}`, ...rows].join('\n')
}

const nameOf = ({ method, trained, contactTrim, rocking }: Measured): string =>
  [trained ?? method, ...(contactTrim === false ? ['no trim'] : []), ...(rocking === false ? ['not rocked'] : [])].join(
    ', ',
  )

const BEST_BASELINES: readonly string[] = ['replay-controlled', 'replay-servo']

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

function resultTable(results: readonly Measured[]): string {
  const rows = results.map((result) => {
    const failures = Object.entries(result.failures).map(([why, count]) => `${why} ${count}`)
    const cells = [
      nameOf(result),
      result.task,
      `${result.clearanceMm} mm`,
      result.split,
      result.noise,
      `${result.successes}/${result.episodes}`,
      percent(result.successRate),
      `${percent(result.wilson95[0])} – ${percent(result.wilson95[1])}`,
      result.medianSeatSeconds === null ? '–' : `${result.medianSeatSeconds.toFixed(1)} s`,
      `${result.p95PeakForceN.toFixed(1)} N`,
      `${result.penetrationUm.toFixed(1)} µm`,
      failures.join(', ') || '–',
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = [
    '',
    'task',
    'clearance',
    'starts',
    'noise',
    'seated',
    'rate',
    '95 % interval',
    'median time',
    'peak force p95',
    'overlap',
    'failures',
  ]
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n')
}

/** A policy should press no harder than its demonstrator did; the best baselines show what the tracker's error alone brings. */
function forceTable(main: readonly Measured[], demonstrations: readonly DemonstrationForces[]): string {
  const plain = main.filter(
    (r) =>
      (r.trained || BEST_BASELINES.includes(r.method)) &&
      r.noise === 'tracker' &&
      r.split === 'id' &&
      r.clearanceMm === 0.1,
  )
  if (plain.length === 0 || demonstrations.length === 0) return NOT_MEASURED
  const methods = [...new Set(plain.map(nameOf))]
  const rows = demonstrations.map(({ task, p95PeakForceN }) => {
    const medians = methods.map((method) => {
      const result = plain.find((r) => r.task === task && nameOf(r) === method)
      return result ? `${result.medianPeakForceN.toFixed(1)} N` : '–'
    })
    return `| ${[task, `${p95PeakForceN.toFixed(1)} N`, ...medians].join(' | ')} |`
  })
  const head = ['', 'demonstrations, 95th percentile', ...methods.map((method) => `${method}, median`)]
  return [
    'Peak contact force of an episode (5 ms mean) until the part is seated, at 0.1 mm, `id`, `tracker`, against that of the ten demonstrations, which were recorded with true poses.',
    'What the demonstrator presses on the floor once it has arrived is left out: an evaluated episode ends there.',
    '',
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows,
  ].join('\n')
}

function curveTable(name: string, curves: readonly Curve[]): string {
  const shown = figureCurves(name, curves)
  const values = [...new Set(shown.flatMap((curve) => curve.values))].sort((a, b) => a - b)
  const rows = shown.map(({ label, panel, values: known, results }) => {
    const cells = values.map((value) => {
      const result = results[known.indexOf(value)]
      return result ? `${result.successes}/${result.episodes}` : 'not measured'
    })
    return `| ${panel}: ${label} | ${cells.join(' | ')} |`
  })
  return [
    `| | ${values.join(' | ')} |`,
    `|${' --- |'.repeat(values.length + 1)}`,
    ...rows,
    ...pooled(shown, values),
  ].join('\n')
}

/** Rows over all panels of a label, where there are several. */
function pooled(shown: readonly Curve[], values: readonly number[]): string[] {
  const labels = [...new Set(shown.map(({ label }) => label))]
  return labels.flatMap((label) => {
    const curves = shown.filter((curve) => curve.label === label)
    if (curves.length < 2) return []
    const cells = values.map((value) => {
      const results = curves.map(({ values: known, results }) => results[known.indexOf(value)])
      if (results.some((result) => !result)) return '–'
      const [seated, episodes] = [sum(results.map((r) => r?.successes ?? 0)), sum(results.map((r) => r?.episodes ?? 0))]
      return `${seated}/${episodes}, ${percent(seated / episodes)}`
    })
    return [`| **${curves.length} together: ${label}** | ${cells.join(' | ')} |`]
  })
}
