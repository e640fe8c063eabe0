// Which cells make up the benchmark, in the order of what matters most.
import { CLEARANCES_MM, quantile } from '../../sim/index.ts'
import { UserError } from '../errors.ts'
import { REPLAY_FRAMES } from '../replay-baseline.ts'
import type { Cell, Laboratory, Measured } from './laboratory.ts'
import { METHODS, type MethodName } from './methods.ts'

/** Success over one quantity that was varied. */
export interface Curve {
  name: string
  /** of its line */
  label: string
  /** curves of one panel share a chart */
  panel: string
  values: number[]
  results: Measured[]
}

/** What the demonstrator pressed with: the yardstick for a policy's forces. */
export interface DemonstrationForces {
  task: string
  /** 95th percentile of the demonstrations' peak contact forces, N */
  p95PeakForceN: number
}

export interface Measurements {
  main: Measured[]
  ablations: Measured[]
  curves: Curve[]
  demonstrations: DemonstrationForces[]
}

/** In the order in which they are run. */
export const EXPERIMENTS = ['main', 'bias', 'baselines', 'ablations', 'demonstrations', 'settings'] as const
export type Experiment = (typeof EXPERIMENTS)[number]

export interface Scope {
  tasks: readonly string[]
  methods: readonly MethodName[]
  /** of a cell of the main table; baselines and ablations have half, curves two fifths */
  episodes: number
  /** half an hour instead of a night: fewer cells, shorter training */
  quick: boolean
  /** only these are measured; of the others what is known is gathered */
  only?: readonly Experiment[]
}

/** Evaluation seed: never one of a demonstration. */
export const EVALUATION_SEED = 1

/** Training steps of a quick run. */
export const QUICK_STEPS = { 'edge-pose': 1000, 'edge-rgbd': 1800 } as const

const isPicture = (method: MethodName): boolean => METHODS[method].preset === 'edge-rgbd'

/** Episodes of baselines and ablations, and of curves, where the main table has `episodes`. */
export const partsOf = (episodes: number) => ({ half: Math.ceil(episodes / 2), share: Math.ceil((2 * episodes) / 5) })

/** Throws a UserError, after looking at what is known, when `scope` asks for nothing that could be measured. */
export async function runExperiments(
  lab: Pick<Laboratory, 'run' | 'demonstrationForces'>,
  scope: Scope,
): Promise<Measurements> {
  const { tasks, methods, episodes, quick } = scope
  const { half, share } = partsOf(episodes)
  const measured: Measurements = { main: [], ablations: [], curves: [], demonstrations: [] }

  const baseOf = (task: string, method: MethodName = 'pose'): Cell => ({
    task,
    demonstrations: 10,
    method,
    ...(quick ? { steps: QUICK_STEPS[METHODS[method].preset] } : {}),
    noise: 'tracker',
    clearance: 0.1,
    chamfer: 0.5,
    split: 'id',
    episodes,
    seed: EVALUATION_SEED,
  })
  let measure = true
  let asked = 0
  const run = (cell: Cell) => {
    if (measure) asked++
    return lab.run(cell, measure)
  }
  const add = async (results: Measured[], cell: Cell) => {
    const result = await run(cell)
    if (result) results.push(result)
  }
  const curve = async <K extends keyof Cell>(
    key: K,
    values: readonly Cell[K][],
    base: Cell,
    { panel, label }: Pick<Curve, 'panel' | 'label'>,
  ) => {
    const known: Curve = { name: key, label, panel, values: [], results: [] }
    measured.curves.push(known)
    for (const value of values) {
      const result = await run({ ...base, episodes: share, [key]: value })
      if (!result) continue
      known.results.push(result)
      known.values.push(Number(value))
    }
  }

  const main = async (task: string, method: MethodName) => {
    const base = baseOf(task, method)
    const hard: Partial<Cell>[] = quick ? [] : [{ clearance: 0.01 }, { clearance: 0.01, split: 'ood' }]
    const conditions: Partial<Cell>[] = [{}, { split: 'ood' }, { noise: 'usb' }, ...hard]
    for (const condition of conditions) await add(measured.main, { ...base, ...condition })
  }
  const bias = (task: string, method: MethodName) =>
    curve('bias', quick ? [0, 1, 2] : [0, 0.5, 1, 1.5, 2, 3], baseOf(task, method), { panel: task, label: method })
  const demonstrations = (task: string, method: MethodName) =>
    curve('demonstrations', [1, 3, 5, 7, 10], baseOf(task, method), { panel: task, label: method })
  const baselines = async (task: string) => {
    const base = { ...baseOf(task), episodes: half }
    for (const replay of quick ? (['controlled', 'servo'] as const) : REPLAY_FRAMES) {
      for (const split of ['id', 'ood'] as const) await add(measured.main, { ...base, replay, split })
    }
    for (const replay of ['controlled', 'servo'] as const) {
      await add(measured.main, { ...base, replay, noise: 'usb' })
      if (!quick) await add(measured.main, { ...base, replay, clearance: 0.01 })
    }
  }
  const withoutHelp = async (task: string) => {
    const base = { ...baseOf(task), episodes: half }
    for (const clearance of [0.01, 0.1]) await add(measured.ablations, { ...base, clearance, contactTrim: false })
    for (const hard of [{ clearance: 0.01 }, { noise: 'usb' }])
      await add(measured.ablations, { ...base, ...hard, rocking: false })
  }
  const poseCurves = async (task: string) => {
    const base = baseOf(task)
    const tight = { ...base, clearance: 0.01 }
    await curve('clearance', CLEARANCES_MM, base, { panel: 'pose', label: task })
    await curve('chamfer', [0.5, 0.3, 0.2, 0.1, 0], tight, { panel: 'pose, 0.01 mm', label: task })
    await curve('ddimSteps', [1, 2, 4, 6, 10, 20], tight, { panel: 'pose, 0.01 mm', label: task })
    await curve('warmSteps', [1, 2, 4, 10, 20], tight, { panel: 'pose, 0.01 mm', label: task })
  }

  const each = async (experiment: (task: string, method: MethodName) => Promise<void>, chosen = methods) => {
    for (const method of chosen) for (const task of tasks) await experiment(task, method)
  }
  const part = async (experiment: Experiment, run: () => Promise<void>) => {
    measure = scope.only?.includes(experiment) ?? true
    await run()
  }
  const leading: readonly MethodName[] = methods.filter((method) => method === 'pose' || method === 'corrected')
  const others = methods.filter((method) => !leading.includes(method))
  await part('main', () => each(main, leading))
  for (const task of tasks) {
    const forces = await lab.demonstrationForces(baseOf(task), measure)
    if (forces.length > 0) measured.demonstrations.push({ task, p95PeakForceN: quantile(forces, 0.95) })
  }
  await part('bias', () => each(bias, leading))
  await part('baselines', async () => {
    for (const task of tasks) await baselines(task)
  })
  await part('main', () => each(main, others))
  await part('bias', () => each(bias, others.filter(isPicture)))
  if (!quick) {
    await part('ablations', async () => {
      if (methods.includes('pose')) for (const task of tasks) await withoutHelp(task)
    })
    await part('demonstrations', () => each(demonstrations, leading))
    await part('settings', async () => {
      if (methods.includes('pose')) for (const task of tasks) await poseCurves(task)
    })
  }
  if (asked === 0) {
    const wanted = `--only ${scope.only?.join(' ')} ${quick ? '--quick ' : ''}--methods ${methods.join(' ')}`
    throw new UserError(
      `nothing to measure with ${wanted}: a quick run has no ablations, demonstrations and settings; these are measured for ` +
        'pose, demonstrations for corrected, too, and bias for policies that see pictures and pose',
    )
  }
  return measured
}
