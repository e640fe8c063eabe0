import { expect, test } from 'vitest'
import { EVALUATION_SEED, runExperiments, type Scope } from './experiments.ts'
import type { Cell, Measured } from './laboratory.ts'

const scope: Scope = { tasks: ['usb-c'], methods: ['pose', 'corrected', 'concat'], episodes: 50, quick: false }

/** A laboratory that knows all but what `isMissing`; `cells` are those that it was to measure if it did not. */
async function experiments(options: Partial<Scope>, isMissing: (cell: Cell) => boolean = () => false) {
  const cells: Cell[] = []
  const run = async (cell: Cell, measure?: boolean) => {
    if (measure) cells.push(cell)
    return isMissing(cell) ? undefined : ({ task: cell.task, episodes: cell.episodes } as Measured)
  }
  const measured = await runExperiments({ run, demonstrationForces: async () => [1, 2, 3] }, { ...scope, ...options })
  return { cells, measured }
}

test('no cell is asked for twice, and none is evaluated on the seed of the demonstrations', async () => {
  const { cells } = await experiments({})
  const names = cells.map((cell) => JSON.stringify(cell, Object.keys(cell).sort()))
  // A curve goes through points that another curve has as well.
  const isPoint = ({ episodes }: Cell) => episodes === 20
  const main = cells.flatMap((cell, i) => (isPoint(cell) ? [] : [names[i]]))
  expect(new Set(main).size).toBe(main.length)
  expect(cells.every(({ seed }) => seed === EVALUATION_SEED)).toBe(true)
})

test('the leading policies come first, each in the five conditions of the table', async () => {
  const { cells } = await experiments({ only: ['main'] })
  expect(cells.slice(0, 5).map(({ method, noise, clearance, split }) => [method, noise, clearance, split])).toEqual([
    ['pose', 'tracker', 0.1, 'id'],
    ['pose', 'tracker', 0.1, 'ood'],
    ['pose', 'usb', 0.1, 'id'],
    ['pose', 'tracker', 0.01, 'id'],
    ['pose', 'tracker', 0.01, 'ood'],
  ])
  expect(cells.map(({ method }) => method)).toEqual([
    ...Array(5).fill('pose'),
    ...Array(5).fill('corrected'),
    ...Array(5).fill('concat'),
  ])
  expect(cells.every(({ episodes }) => episodes === 50)).toBe(true)
})

test('of experiments that are not asked for, what is known is gathered', async () => {
  const { measured, cells } = await experiments({ only: ['bias'] })
  expect(cells.every(({ bias }) => bias !== undefined)).toBe(true)
  expect(measured.main.length).toBeGreaterThan(15)
  expect(measured.ablations).toHaveLength(4)
})

test('baselines have half the episodes, curves two fifths', async () => {
  const baselines = await experiments({ only: ['baselines'] })
  expect(baselines.cells.every(({ replay, episodes }) => replay && episodes === 25)).toBe(true)
  const curves = await experiments({ only: ['bias', 'demonstrations'] })
  expect(curves.cells.every(({ episodes }) => episodes === 20)).toBe(true)
})

test('of a bias every policy with a picture has a curve', async () => {
  const { measured } = await experiments({})
  const curves = measured.curves.filter(({ name }) => name === 'bias')
  expect(curves.map(({ name, label, values }) => [name, label, values])).toEqual(
    ['pose', 'corrected', 'concat'].map((label) => ['bias', label, [0, 0.5, 1, 1.5, 2, 3]]),
  )
})

test('what was not measured is left out of tables and curves', async () => {
  const { measured } = await experiments(
    { methods: ['pose'] },
    ({ bias, split, replay }) => bias === 1 || split === 'ood' || replay !== undefined,
  )
  expect(measured.main).toHaveLength(3)
  expect(measured.curves[0]?.values).toEqual([0, 0.5, 1.5, 2, 3])
  expect(measured.curves[0]?.results).toHaveLength(5)
})

test('the forces of policies are compared with those of the demonstrations', async () => {
  const { measured } = await experiments({ only: ['main'], methods: ['pose'] })
  expect(measured.demonstrations).toEqual([{ task: 'usb-c', p95PeakForceN: expect.closeTo(2.9, 9) }])
})

test('a quick run has fewer cells and shorter training', async () => {
  const { cells } = await experiments({ quick: true, episodes: 20 })
  expect(cells.length).toBeLessThan(40)
  expect(cells.every(({ steps }) => steps !== undefined)).toBe(true)
})
