// tenon reproduce: regenerates every figure and table of docs/benchmark.md.
//
// A cell is one evaluation. Its result is kept in a file named after a hash of what decides it, the source code included,
// so that an interrupted run goes on where it stopped and no result outlives the code that gave it.
import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { writeWhole } from '../demos/index.ts'
import { CLEARANCES_MM, DEFAULT_HAND, type Split, TASKS } from '../sim/index.ts'
import { Interrupted } from './errors.ts'
import { type EvalResult, evaluate } from './eval.ts'
import { episodesOption, jsonOption, workersOption } from './options.ts'
import { record } from './record.ts'
import { REPLAY_FRAMES, type ReplayFrame } from './replay-baseline.ts'
import { type BenchmarkData, type Curve, writeBenchmark } from './report/benchmark.ts'
import { answer, say } from './terminal.ts'
import { trainPolicy } from './train.ts'

interface ReproduceOptions {
  out: string
  docs: string
  episodes: number
  workers: number
  tasks?: string[]
  render?: boolean
  json?: boolean
}

const PRESET = 'edge-pose'
const SEED = 0
/** Evaluation seeds of the main table and of the curves. */
const EVALUATION_SEED = 1

export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description('run every experiment of docs/benchmark.md (hours), resuming where it was interrupted')
    .option('--out <dir>', 'datasets, checkpoints and results are kept here', 'runs/reproduce')
    .option('--docs <dir>', 'folder that benchmark.md and its pictures are written to', 'docs')
    .addOption(new Option('--tasks <names...>', 'only these tasks').choices(Object.keys(TASKS)))
    .addOption(
      episodesOption(
        100,
        'episodes per cell of the policy’s table; baselines and ablations take a third, curves a fifth',
      ),
    )
    .option('--render', 'measure nothing: write the page from what is known')
    .addOption(workersOption(Math.min(8, availableParallelism())))
    .addOption(jsonOption())
    .action(async (options: ReproduceOptions) => {
      const data = await runAll(options)
      await writeBenchmark(options.docs, data)
      say(`wrote ${join(options.docs, 'benchmark.md')}`)
      if (options.json) answer(data)
    })
}

/** What a policy was trained on. */
interface Recipe {
  task: string
  demonstrations: number
}

interface Cell extends Recipe {
  clearance: number
  chamfer: number
  split: Split
  bias?: number
  contactTrim?: boolean
  ddimSteps?: number
  warmSteps?: number
  replay?: ReplayFrame
  episodes: number
  seed: number
  noise: string
}

/** Measures what matters most first. After Ctrl-C, and with --render, only what is known already is gathered. */
async function runAll(options: ReproduceOptions): Promise<BenchmarkData> {
  const lab = new Laboratory(options, await hashSources())
  const third = Math.ceil(options.episodes / 3)
  const fifth = Math.ceil(options.episodes / 5)
  const tasks = options.tasks ?? Object.keys(TASKS)
  const main: EvalResult[] = []
  const ablations: EvalResult[] = []
  const curves: Curve[] = []
  const baseOf = (task: string): Cell => ({
    task,
    demonstrations: 10,
    noise: 'tracker',
    clearance: 0.1,
    chamfer: 0.5,
    split: 'id',
    episodes: options.episodes,
    seed: EVALUATION_SEED,
  })
  const add = async (results: EvalResult[], cell: Cell) => {
    const result = await lab.run(cell)
    if (result) results.push(result)
  }
  const curve =
    <K extends keyof Cell>(key: K, values: readonly Cell[K][], clearance?: number) =>
    async (task: string) => {
      const base = { ...baseOf(task), ...(clearance ? { clearance } : {}), episodes: fifth }
      const label = clearance ? `${task}, ${clearance} mm` : task
      const known: Curve = { name: key, label, values: [], results: [] }
      curves.push(known)
      for (const value of values) {
        const result = await lab.run({ ...base, [key]: value })
        if (!result) continue
        known.results.push(result)
        known.values.push(Number(value))
      }
    }
  const breaking = (clearance: number) => [
    curve('bias', [0, 0.25, 0.5, 1, 1.5, 2], clearance),
    curve('chamfer', [0.5, 0.3, 0.2, 0.1, 0], clearance),
  ]
  const demonstrations = (clearance: number) => curve('demonstrations', [1, 3, 5, 10], clearance)
  const sampling = [curve('ddimSteps', [1, 2, 4, 6, 10, 20], 0.01), curve('warmSteps', [1, 2, 4, 10, 20], 0.01)]
  const policy = async (task: string) => {
    const conditions: Partial<Cell>[] = [{}, { split: 'ood' }, { clearance: 0.01 }, { clearance: 0.01, split: 'ood' }]
    for (const condition of conditions) await add(main, { ...baseOf(task), ...condition })
  }
  const baselines = async (task: string) => {
    const base = { ...baseOf(task), episodes: third }
    for (const split of ['ood', 'id'] as const) {
      for (const replay of REPLAY_FRAMES) await add(main, { ...base, replay, split })
    }
    await add(main, { ...base, replay: 'controlled', clearance: 0.01 })
  }
  const changes = async (task: string) => {
    for (const clearance of [0.01, 0.1]) {
      const base = { ...baseOf(task), clearance, episodes: third }
      await add(ablations, { ...base, contactTrim: false })
      await add(ablations, { ...base, noise: 'usb' })
    }
  }
  const experiments = [
    ...[policy, curve('clearance', CLEARANCES_MM), ...breaking(0.01), baselines, demonstrations(0.01), changes],
    ...[...sampling, ...breaking(0.1), demonstrations(0.1)],
  ]
  for (const experiment of experiments) for (const task of tasks) await experiment(task)
  return { main, ablations, curves, preset: PRESET, hand: DEFAULT_HAND, complete: lab.complete }
}

class Laboratory {
  readonly #options: ReproduceOptions
  /** hash of the source code */
  readonly #code: string
  #measuring: boolean
  /** false once a cell was left out */
  complete = true

  constructor(options: ReproduceOptions, code: string) {
    this.#options = options
    this.#code = code
    this.#measuring = !options.render
  }

  /** The cell's result: read when it is known, else measured, after making what it needs; undefined after Ctrl-C. */
  async run(cell: Cell): Promise<EvalResult | undefined> {
    const { out } = this.#options
    const file = join(out, 'cells', `${hashOf({ cell, code: this.#code })}.json`)
    const known = await readFile(file, 'utf8').catch(() => undefined)
    if (known) return JSON.parse(known).result
    if (!this.#measuring) {
      this.complete = false
      return undefined
    }
    try {
      return await this.#measure(cell, file)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      say('interrupted: run again to go on')
      this.#measuring = false
      return this.run(cell)
    }
  }

  async #measure(cell: Cell, file: string): Promise<EvalResult> {
    const driver = cell.replay
      ? { replay: cell.replay, data: await this.#dataset(cell) }
      : { checkpoint: await this.#checkpoint(cell) }
    const { clearance, chamfer, split, episodes, seed, noise, bias, contactTrim, ddimSteps, warmSteps } = cell
    const { result } = await evaluate({
      ...driver,
      ...{ clearance, chamfer, split, noise, episodes, seed, workers: this.#options.workers },
      ...(bias === undefined ? {} : { bias }),
      ...(contactTrim === undefined ? {} : { contactTrim }),
      ...(ddimSteps === undefined ? {} : { ddimSteps }),
      ...(warmSteps === undefined ? {} : { warmSteps }),
    })
    await mkdir(dirname(file), { recursive: true })
    await writeWhole(file, `${JSON.stringify({ cell, result }, null, 2)}\n`)
    return result
  }

  async #dataset({ task, demonstrations }: Recipe): Promise<string> {
    const folder = join(this.#options.out, 'datasets', `${task}-${demonstrations}-${this.#code.slice(0, 8)}`)
    await makeOnce(folder, (out) =>
      record({
        task,
        noise: 'none',
        out,
        episodes: demonstrations,
        clearance: 0.1,
        chamfer: 0.5,
        seed: SEED,
        force: true,
      }),
    )
    return folder
  }

  async #checkpoint(recipe: Recipe): Promise<string> {
    const { task, demonstrations } = recipe
    const data = await this.#dataset(recipe)
    const folder = join(this.#options.out, 'checkpoints', `${task}-${demonstrations}-${this.#code.slice(0, 8)}`)
    await makeOnce(folder, (out) =>
      trainPolicy({ data, out, preset: PRESET, seed: SEED, engine: 'compiled', force: true }),
    )
    return folder
  }
}

/** Folders whose code decides a result. */
const DECIDING = ['geometry', 'tensor', 'demos', 'perception', 'policy', 'control', 'sim']

async function hashSources(): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const hash = createHash('sha256')
  for (const folder of DECIDING) {
    const files = await readdir(join(root, folder), { recursive: true })
    for (const file of files.filter((name) => /(?<!\.test)\.ts$/.test(name)).sort()) {
      hash.update(`${folder}/${file}\n`).update(await readFile(join(root, folder, file)))
    }
  }
  return hash.digest('hex')
}

/** Makes a folder under a temporary name, so that one that is there is whole. */
async function makeOnce(folder: string, make: (folder: string) => Promise<unknown>): Promise<void> {
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  if (there) return
  const unfinished = `${folder}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await make(unfinished)
  await rename(unfinished, folder)
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 20)
