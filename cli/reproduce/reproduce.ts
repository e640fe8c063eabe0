// tenon reproduce: regenerates every figure and table of docs/benchmark.md.
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { Command, Option } from 'commander'
import { writeWhole } from '../../demos/index.ts'
import { DEFAULT_HAND, TASKS } from '../../sim/index.ts'
import { Interrupted, UserError } from '../errors.ts'
import { episodesOption, jsonOption, workersOption } from '../options.ts'
import { type BenchmarkData, writeBenchmark } from '../report/benchmark.ts'
import { answer, say } from '../terminal.ts'
import { EXPERIMENTS, type Experiment, runExperiments } from './experiments.ts'
import { type Alike, holdsFor, Laboratory, type Results } from './laboratory.ts'
import { METHOD_NAMES, type MethodName } from './methods.ts'
import { hashSources } from './source-hash.ts'

interface ReproduceOptions {
  out: string
  docs?: string
  episodes?: number
  workers: number
  tasks?: string[]
  methods?: MethodName[]
  only?: Experiment[]
  quick?: boolean
  render?: boolean
  json?: boolean
}

const EPISODES = { full: 50, quick: 20 }
/** What a quick run looks at: the part that needs its picture most, without it, with it as published, and our own way. */
const QUICK: { tasks: string[]; methods: MethodName[] } = { tasks: ['usb-c'], methods: ['pose', 'gated', 'corrected'] }

export function reproduceCommand(): Command {
  return new Command('reproduce')
    .option('--out <dir>', 'datasets, checkpoints and results are kept here', 'runs/reproduce')
    .option(
      '--docs <dir>',
      'folder of benchmark.md, its pictures and benchmark.json, whose results of the same code are known already (default: docs; OUT if --quick)',
    )
    .addOption(new Option('--tasks <names...>', 'only these tasks').choices(Object.keys(TASKS)))
    .addOption(new Option('--methods <names...>', 'only these policies, beside the baselines').choices(METHOD_NAMES))
    .addOption(
      new Option('--only <experiments...>', 'measure only these experiments; of the others show what is known').choices(
        EXPERIMENTS,
      ),
    )
    .option('--quick', 'one task, three policies, short training: half an hour on two cores')
    .addOption(
      episodesOption(
        undefined,
        `episodes per cell of the main table (default: ${EPISODES.full}, quick ${EPISODES.quick}); baselines take half, curves two fifths`,
      ),
    )
    .option('--render', 'measure nothing: write the page from what is known')
    .addOption(workersOption(Math.min(8, availableParallelism())))
    .addOption(jsonOption())
    .action(async (options: ReproduceOptions) => {
      const { out, quick = false, docs = quick ? out : 'docs', json } = options
      const resultsFile = join(docs, 'benchmark.json')
      const lab = await openLaboratory(options, resultsFile)
      const { data, results } = await runAll(lab, options, quick)
      await writeBenchmark(docs, data)
      await writeWhole(resultsFile, toText(results))
      say(`wrote ${join(docs, 'benchmark.md')}`)
      if (lab.interrupted) throw new Interrupted('interrupted: run again to go on')
      if (json) answer(data)
    })
}

/**
 * With what was measured for this code before. Results of other code are many hours of work: they are put aside, under the
 * name of their code, before the new ones take their place, and taken up again when their code comes back.
 */
async function openLaboratory(options: ReproduceOptions, file: string): Promise<Laboratory> {
  const found = await readResults(file)
  const code = await hashSources()
  const aside = await readResults(asideOf(file, code))
  const fits = found && holdsFor(found, code)
  const known = fits ? merged(found, aside) : aside
  if (found && !fits && found.cells.length > 0) {
    const kept = asideOf(file, found.code)
    await writeWhole(kept, toText(merged(found, await readResults(kept))))
    say(
      `the ${found.cells.length} results of ${basename(file)} are of other code: none is used, they are kept in ${kept}`,
    )
  }
  return Laboratory.open({ ...options, code, ...(known ? { known } : {}) })
}

const asideOf = (file: string, code: string): string => file.replace(/\.json$/, `-${code.slice(0, 8)}.json`)

/** What either knows. */
function merged(results: Results, others: Results | undefined): Results {
  if (!others) return results
  const mine = new Set(results.cells.map(({ cell }) => JSON.stringify(cell)))
  const seen = [...(others.alike ?? []), ...(results.alike ?? [])].map(
    (alike) => [JSON.stringify(alike), alike] as const,
  )
  const alike = [...new Map(seen).values()]
  const signed = ({ code, cells }: Results) => cells.map((entry) => ({ ...entry, code: entry.code ?? code }))
  return {
    ...results,
    ...(alike.length > 0 ? { alike } : {}),
    cells: [...signed(results), ...signed(others).filter(({ cell }) => !mine.has(JSON.stringify(cell)))],
    demonstrations: { ...others.demonstrations, ...results.demonstrations },
  }
}

const toText = (results: Results): string => `${JSON.stringify(results, null, 1)}\n`

/** After Ctrl-C, and with --render, only what is known already is gathered. */
async function runAll(
  lab: Laboratory,
  options: ReproduceOptions,
  quick: boolean,
): Promise<{ data: BenchmarkData; results: Results }> {
  const scope = {
    tasks: options.tasks ?? (quick ? QUICK.tasks : Object.keys(TASKS)),
    methods: options.methods ?? (quick ? QUICK.methods : METHOD_NAMES),
    episodes: options.episodes ?? (quick ? EPISODES.quick : EPISODES.full),
    quick,
    ...(options.only ? { only: options.only } : {}),
  }
  const measured = await runExperiments(lab, scope)
  const { results } = lab
  const data = { ...measured, scope, hand: DEFAULT_HAND, complete: lab.complete, alike: stillNeeded(results) }
  return { data, results }
}

/** Those by which something holds that an earlier version measured. */
function stillNeeded({ alike = [], cells }: Results): Alike[] {
  const codes = new Set(cells.map(({ code }) => code))
  return alike.filter((_, i) => alike.slice(0, i + 1).some(({ code }) => codes.has(code)))
}

/** What an earlier run wrote, maybe on another machine; undefined without one. */
async function readResults(file: string): Promise<Results | undefined> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    if (cause.code === 'ENOENT') return undefined
    // Taken for none, they would be written over.
    throw new UserError(`${file} cannot be read: ${cause.message}`, { cause })
  })
  if (text === undefined) return undefined
  const mend = 'mend it, or delete it to measure everything again'
  let results: Partial<Results> | null
  try {
    results = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${file} is not JSON: ${mend}`, { cause })
  }
  if (typeof results?.code === 'string' && Array.isArray(results.cells)) return results as Results
  throw new UserError(`${file} holds no results of tenon reproduce: ${mend}`)
}
