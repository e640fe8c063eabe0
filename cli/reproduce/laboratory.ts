// Where cells are measured. A cell is one evaluation; its result is kept in a file named after a hash of what decides it,
// the source code included, so that an interrupted run goes on where it stopped and no result outlives the code that gave
// it, unless somebody has seen that newer code gives the same.
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readDataset, writeWhole } from '../../demos/index.ts'
import type { Split } from '../../sim/index.ts'
import { Interrupted, UserError } from '../errors.ts'
import { type EvalResult, evaluate } from '../eval.ts'
import { record } from '../record.ts'
import type { ReplayFrame } from '../replay-baseline.ts'
import { trainPolicy } from '../train.ts'
import { METHODS, type Method, type MethodName } from './methods.ts'
import { hashSources } from './source-hash.ts'

/** Seed of demonstrations and training. */
export const SEED = 0

/** What a policy was trained on, and how. */
export interface Recipe {
  task: string
  demonstrations: number
  method: MethodName
  /** training steps; the preset's without */
  steps?: number
}

export interface Cell extends Recipe {
  clearance: number
  chamfer: number
  split: Split
  bias?: number
  contactTrim?: boolean
  rocking?: boolean
  ddimSteps?: number
  warmSteps?: number
  /** instead of a policy: a baseline that plays the demonstrations back */
  replay?: ReplayFrame
  episodes: number
  seed: number
  noise: string
}

/** A result, and what was measured. */
export interface Measured extends EvalResult {
  /** how the policy was trained; undefined for a baseline */
  trained?: MethodName
}

/** Two versions of the code of which the later was seen to give what the earlier gave. */
export interface Alike {
  /** hash of the code that measured */
  code: string
  /** of the code for which its results hold, too */
  as: string
  /** what was changed, and which cells were measured by both and compared to the last digit: written by a person */
  seen: string
}

export interface Known {
  cell: Cell
  result: EvalResult
  /** hash of the code that measured it, when that was another */
  code?: string | undefined
}

/** What was measured, to be carried to another machine. */
export interface Results {
  /** hash of the source code that gave them */
  code: string
  /** why they hold for other code as well; kept as the record of where results come from */
  alike?: Alike[]
  cells: Known[]
  /** peak contact forces of each dataset's demonstrations, N */
  demonstrations: Record<string, number[]>
}

/** Whether results are those of that code, or were seen to be. */
export const holdsFor = (results: Results, code: string): boolean =>
  results.code === code || (results.alike?.some((alike) => alike.code === results.code && alike.as === code) ?? false)

export interface LaboratoryOptions {
  out: string
  workers: number
  /** results measured elsewhere, as `results` gives them; those of the same code are known here, too */
  known?: Results
  /** nothing is measured, only what is known gathered */
  render?: boolean
  /** hash of the source code, for whoever has taken it already */
  code?: string
}

export class Laboratory {
  readonly #options: LaboratoryOptions
  /** hash of the source code */
  readonly #code: string
  readonly #alike: Alike[] | undefined
  #measuring: boolean
  /** by hash of the cell */
  readonly #known: Map<string, Known>
  readonly #demonstrations: Results['demonstrations']
  /** false once a cell was left out */
  complete = true
  /** true after Ctrl-C: from then on nothing is measured */
  interrupted = false

  static async open(options: LaboratoryOptions): Promise<Laboratory> {
    return new Laboratory(options, options.code ?? (await hashSources()))
  }

  private constructor(options: LaboratoryOptions, code: string) {
    this.#options = options
    this.#code = code
    this.#measuring = !options.render
    const known = options.known && holdsFor(options.known, code) ? options.known : undefined
    this.#alike = known?.alike
    this.#known = new Map()
    for (const { cell, result, code: by = known?.code } of known?.cells ?? []) {
      this.#known.set(hashOf(cell), { cell, result, ...(by === code ? {} : { code: by }) })
    }
    this.#demonstrations = { ...known?.demonstrations }
  }

  /** Everything that is known. */
  get results(): Results {
    return {
      code: this.#code,
      ...(this.#alike ? { alike: this.#alike } : {}),
      cells: [...this.#known.values()],
      demonstrations: this.#demonstrations,
    }
  }

  /**
   * The cell's result: read when it is known, else measured, after making what it needs. Undefined when it is not known
   * and not to be measured, or after Ctrl-C.
   */
  async run(cell: Cell, measure = true): Promise<Measured | undefined> {
    const { out } = this.#options
    const file = join(out, 'cells', `${hashOf({ cell, code: this.#code })}.json`)
    const trained = cell.replay ? {} : { trained: cell.method }
    const known = await readFile(file, 'utf8').then(
      (text) => this.#learn(cell, JSON.parse(text).result),
      () => this.#known.get(hashOf(cell))?.result,
    )
    if (known) return { ...known, ...trained }
    if (!measure || !this.#measuring) {
      this.complete = false
      return undefined
    }
    const result = await this.#unlessInterrupted(() => this.#measure(cell, file))
    if (result) return { ...this.#learn(cell, result), ...trained }
    this.complete = false
    return undefined
  }

  /** What it measures; undefined after Ctrl-C, and then nothing more is measured. */
  async #unlessInterrupted<T>(measure: () => Promise<T>): Promise<T | undefined> {
    try {
      return await measure()
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      this.#measuring = false
      this.interrupted = true
      return undefined
    }
  }

  #learn(cell: Cell, result: EvalResult): EvalResult {
    this.#known.set(hashOf(cell), { cell, result })
    return result
  }

  /** Peak contact force of each demonstration, N; none of a dataset that is not there yet and may not be made. */
  async demonstrationForces(recipe: Recipe, make = true): Promise<number[]> {
    const name = datasetName(recipe)
    const forces = this.#demonstrations[name] ?? (await this.#measureForces(recipe, make))
    if (forces.length > 0) this.#demonstrations[name] = forces
    return forces
  }

  async #measureForces(recipe: Recipe, make: boolean): Promise<number[]> {
    if (!(make && this.#measuring) && !(await isThere(this.#datasetFolder(recipe)))) return []
    const folder = await this.#unlessInterrupted(() => this.#dataset(recipe))
    if (!folder) return []
    const { episodes } = await readDataset(folder)
    return episodes.flatMap(({ outcome }) => (outcome ? [outcome.peakForceN] : []))
  }

  async #measure(cell: Cell, file: string): Promise<EvalResult> {
    const driver = cell.replay
      ? { replay: cell.replay, data: await this.#dataset(cell) }
      : { checkpoint: await this.#checkpoint(cell) }
    const { clearance, chamfer, split, episodes, seed, noise, bias, contactTrim, rocking, ddimSteps, warmSteps } = cell
    const { result } = await evaluate({
      ...driver,
      ...{ clearance, chamfer, split, noise, episodes, seed, workers: this.#options.workers },
      ...(bias === undefined ? {} : { bias }),
      ...(contactTrim === undefined ? {} : { contactTrim }),
      ...(rocking === undefined ? {} : { rocking }),
      ...(ddimSteps === undefined ? {} : { ddimSteps }),
      ...(warmSteps === undefined ? {} : { warmSteps }),
    })
    await this.#refuseOtherCode()
    await mkdir(dirname(file), { recursive: true })
    await writeWhole(file, `${JSON.stringify({ cell, result }, null, 2)}\n`)
    return result
  }

  /** Workers and threads load the code anew each time: what they made while it changed is of neither version. */
  async #refuseOtherCode(): Promise<void> {
    if ((await hashSources()) !== this.#code)
      throw new UserError('the source changed while this was measured: run again')
  }

  /** With pictures, also for policies that do not look at them: all learn from the same demonstrations. */
  async #dataset(recipe: Recipe): Promise<string> {
    const { task, demonstrations } = recipe
    const folder = this.#datasetFolder(recipe)
    await this.#makeOnce(folder, (out) =>
      record({
        task,
        noise: 'none',
        out,
        episodes: demonstrations,
        clearance: 0.1,
        chamfer: 0.5,
        seed: SEED,
        rgbd: true,
        force: true,
      }),
    )
    return folder
  }

  #datasetFolder(recipe: Recipe): string {
    return this.#folder('datasets', datasetName(recipe))
  }

  async #checkpoint(recipe: Recipe): Promise<string> {
    const { task, demonstrations, method, steps } = recipe
    const data = await this.#dataset(recipe)
    const name = [task, demonstrations, method, ...(steps === undefined ? [] : [steps])].join('-')
    const folder = this.#folder('checkpoints', name)
    const { preset, changes }: Method = METHODS[method]
    const config = changes && (await this.#config(method, changes))
    await this.#makeOnce(folder, async (out) => {
      const always = { data, out, seed: SEED, engine: 'compiled' } as const
      // What Ctrl-C ended goes on where it stood.
      if (await isThere(join(out, 'config.json'))) return trainPolicy({ ...always, resume: true })
      return trainPolicy({
        ...{ ...always, preset, force: true },
        ...(config ? { config } : {}),
        ...(steps === undefined ? {} : { steps }),
      })
    })
    return folder
  }

  async #config(method: MethodName, changes: object): Promise<string> {
    const file = join(this.#options.out, 'configs', `${method}.json`)
    await mkdir(dirname(file), { recursive: true })
    await writeWhole(file, `${JSON.stringify(changes, null, 2)}\n`)
    return file
  }

  /** Makes a folder under a temporary name, so that one that is there is whole. */
  async #makeOnce(folder: string, make: (folder: string) => Promise<unknown>): Promise<void> {
    if (await isThere(folder)) return
    const unfinished = `${folder}.unfinished`
    await mkdir(dirname(folder), { recursive: true })
    try {
      await make(unfinished)
    } finally {
      // What one version began and another went on with is of neither.
      if ((await hashSources()) !== this.#code) await rm(unfinished, { recursive: true, force: true })
    }
    await this.#refuseOtherCode()
    await rename(unfinished, folder)
  }

  #folder(kind: string, name: string): string {
    return join(this.#options.out, kind, `${name}-${this.#code.slice(0, 8)}`)
  }
}

const datasetName = ({ task, demonstrations }: Recipe): string => `${task}-${demonstrations}`

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 20)
