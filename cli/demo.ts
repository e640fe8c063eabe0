// tenon demo: the main job from end to end, ten demonstrations in, a seated part out.
import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { PART_SUFFIX, readDataset, writeWhole } from '../demos/index.ts'
import { readMetrics } from '../policy/index.ts'
import { findTask, type Split } from '../sim/index.ts'
import { UserError } from './errors.ts'
import { describe, type EvalOptions, evaluate } from './eval.ts'
import { forceOption, jsonOption, seedOption, taskOption } from './options.ts'
import { namesIn } from './output-file.ts'
import { record } from './record.ts'
import { svgToPng } from './report/png.ts'
import { type ReportData, reportPage, reportPicture } from './report/report.ts'
import { answer, duration, say } from './terminal.ts'
import { trainPolicy } from './train.ts'

interface DemoOptions {
  task: string
  seed: number
  out: string
  force?: boolean
  json?: boolean
}

const DEMONSTRATIONS = 10
const CLEARANCE_MM = 0.1
const EPISODES = 25
/** Episodes of each evaluation that the report draws. */
const DRAWN = 8
const PRESET = 'edge-pose'

export function demoCommand(): Command {
  return new Command('demo')
    .addOption(taskOption().default('square-peg'))
    .addOption(seedOption())
    .option('--out <dir>', 'folder for dataset, checkpoint and report', 'runs/demo')
    .addOption(forceOption())
    .addOption(jsonOption())
    .action(demo)
}

async function demo({ task, seed, out, force, json }: DemoOptions): Promise<void> {
  const begin = Date.now()
  const dataset = join(out, 'dataset')
  const checkpoint = join(out, 'checkpoint')
  await prepareFolder(out, force ?? false)
  const time = stopwatch()

  say(
    `1/3 Recording ${DEMONSTRATIONS} demonstrations of ${task}: ${findTask(task).summary}, ${CLEARANCE_MM} mm clearance.`,
  )
  const physical = { clearance: CLEARANCE_MM, chamfer: 0.5 }
  await record({ ...physical, task, noise: 'none', episodes: DEMONSTRATIONS, seed, out: dataset, force: true })
  const recordSeconds = time()

  say(`\n2/3 Training a pose-guided diffusion policy (${PRESET}) on them.`)
  await trainPolicy({ data: dataset, out: checkpoint, preset: PRESET, seed, engine: 'compiled', force: true })
  const trainSeconds = time()

  say('\n3/3 Evaluating it on starts it has never seen, through a tracker with bias, noise and latency.')
  const base = {
    chamfer: 0.5,
    noise: 'tracker',
    episodes: EPISODES,
    seed,
    workers: Math.min(8, availableParallelism()),
  }
  const run = (split: Split, clearance: number, method: Partial<EvalOptions> = { checkpoint }) =>
    evaluate({ ...base, ...method, split, clearance }, DRAWN)
  const id = await run('id', CLEARANCE_MM)
  const ood = await run('ood', CLEARANCE_MM)
  const tight = await run('id', 0.01)
  const replayed = await run('ood', CLEARANCE_MM, { replay: 'target', data: dataset })
  const results = [id, ood, tight, replayed].map(({ result }) => result)
  const seconds = (Date.now() - begin) / 1000

  const tracesOf = ({ finished }: typeof id) => finished.flatMap(({ trace }) => (trace ? [trace] : []))
  await writeReport(out, {
    task: findTask(task),
    seed,
    preset: PRESET,
    seconds: { total: seconds, record: recordSeconds, train: trainSeconds, evaluate: time() },
    demonstrations: (await readDataset(dataset)).episodes,
    metrics: await readMetrics(checkpoint),
    results,
    traces: { id: tracesOf(id), ood: tracesOf(ood) },
  })
  say(`\n${describe(results)}\n`)
  say(`Done in ${duration(seconds)}. Look at ${join(out, 'report.html')}`)
  say(`Next: npx tenon eval --checkpoint ${checkpoint} --noise usb    (a tracker three times worse)`)
  if (json) answer({ seconds, dataset, checkpoint, report: join(out, 'report.html'), results })
}

const REPORTS = ['report.html', 'report.png']
/** What a demo leaves. */
const OURS = ['dataset', 'checkpoint', ...REPORTS, ...REPORTS.map((name) => name + PART_SUFFIX)]

/** Recording and training, told to overwrite, look themselves whether a folder is what they would make. */
async function prepareFolder(out: string, force: boolean): Promise<void> {
  const found = await namesIn(out)
  if (found.length > 0 && !force) {
    throw new UserError(
      `${out} exists: give --force (npm run demo -- --force) to do the demo again there, or another folder with --out`,
    )
  }
  const strangers = found.filter((name) => !OURS.includes(name))
  if (strangers.length > 0)
    throw new UserError(`${out} holds other files (${strangers.join(', ')}): choose another --out`)
  for (const name of found) if (name.startsWith('report')) await rm(join(out, name))
  await mkdir(out, { recursive: true })
}

async function writeReport(out: string, data: ReportData): Promise<void> {
  const files = { 'report.html': reportPage(data), 'report.png': svgToPng(reportPicture(data)) }
  for (const [name, content] of Object.entries(files)) {
    await writeWhole(join(out, name), content)
  }
}

/** Each call gives the seconds since the one before. */
function stopwatch(): () => number {
  let last = Date.now()
  return () => {
    const elapsed = (Date.now() - last) / 1000
    last = Date.now()
    return elapsed
  }
}
