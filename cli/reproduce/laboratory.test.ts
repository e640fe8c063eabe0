import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFolder } from '../child.ts'
import type { EvalResult } from '../eval.ts'
import { type Cell, Laboratory, type Results } from './laboratory.ts'

const folder = await testFolder()
/** A laboratory that measures nothing. */
const open = (known?: Results) =>
  Laboratory.open({ out: join(folder, 'nothing'), workers: 1, render: true, ...(known ? { known } : {}) })

const cell: Cell = {
  task: 'usb-c',
  demonstrations: 10,
  method: 'pose',
  clearance: 0.1,
  chamfer: 0.5,
  split: 'id',
  episodes: 50,
  seed: 1,
  noise: 'tracker',
}
const result = { task: 'usb-c', successes: 49, episodes: 50 } as EvalResult
const { code } = (await open()).results

const resultsOf = (of: string): Results => ({
  code: of,
  cells: [{ cell, result }],
  demonstrations: { 'usb-c-10': [1, 2] },
})

test('what the same code gave on another machine is known here, and handed on', async () => {
  const lab = await open(resultsOf(code))
  expect(await lab.run(cell)).toEqual({ ...result, trained: 'pose' })
  expect(await lab.demonstrationForces(cell)).toEqual([1, 2])
  expect(lab.complete).toBe(true)
  expect(lab.results).toEqual(resultsOf(code))
})

test('what was not asked for is handed on all the same', async () => {
  const lab = await open(resultsOf(code))
  expect(await lab.run({ ...cell, noise: 'usb' })).toBeUndefined()
  expect(lab.complete).toBe(false)
  expect(lab.results).toEqual(resultsOf(code))
})

test('what other code gave is known once it was seen that this one gives the same, and that stays on record', async () => {
  const before = '0'.repeat(64)
  const alike = [{ code: before, as: code, seen: 'a comment was changed' }]
  const lab = await open({ ...resultsOf(before), alike })
  expect(await lab.run(cell)).toEqual({ ...result, trained: 'pose' })
  expect(lab.results).toEqual({ ...resultsOf(code), alike, cells: [{ cell, result, code: before }] })
  // Of what comes after this code it says nothing.
  const other = [{ code: before, as: '1'.repeat(64), seen: 'a comment was changed' }]
  expect((await open({ ...resultsOf(before), alike: other })).results.cells).toEqual([])
})

test('what other code gave is not known', async () => {
  const lab = await open(resultsOf('0'.repeat(64)))
  expect(await lab.run(cell)).toBeUndefined()
  expect(await lab.demonstrationForces(cell)).toEqual([])
  expect(lab.results).toEqual({ code, cells: [], demonstrations: {} })
})
