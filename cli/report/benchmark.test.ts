import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_HAND } from '../../sim/index.ts'
import { testFolder } from '../child.ts'
import type { Curve } from '../reproduce/experiments.ts'
import type { Measured } from '../reproduce/laboratory.ts'
import { type BenchmarkData, writeBenchmark } from './benchmark.ts'

const curve = (panel: string, label: string, seated: readonly number[]): Curve => ({
  name: 'bias',
  label,
  panel,
  values: [0, 1, 2].slice(0, seated.length),
  results: seated.map(
    (successes) =>
      ({
        successes,
        episodes: 20,
        successRate: successes / 20,
        wilson95: [0, 1],
        penetrationUm: 3,
      }) as unknown as Measured,
  ),
})

async function pageOf(given: Partial<BenchmarkData>): Promise<string> {
  const folder = await testFolder()
  const scope = { tasks: ['usb-c', 'keyed-e'], methods: ['pose' as const], episodes: 50, quick: false }
  const nothing = { main: [], ablations: [], curves: [], demonstrations: [], alike: [] }
  await writeBenchmark(folder, { ...nothing, scope, hand: DEFAULT_HAND, complete: true, ...given })
  return readFile(join(folder, 'benchmark.md'), 'utf8')
}

test('a curve that was measured on several tasks has a row for all of them, where none is missing', async () => {
  const page = await pageOf({
    curves: [
      curve('usb-c', 'pose', [20, 16, 10]),
      curve('keyed-e', 'pose', [20, 18]),
      curve('usb-c', 'gated', [20, 20, 20]),
    ],
  })
  expect(page).toContain('| usb-c: pose | 20/20 | 16/20 | 10/20 |')
  expect(page).toContain('| **2 together: pose** | 40/40, 100.0 % | 34/40, 85.0 % | – |')
  expect(page).not.toContain('together: gated')
  expect(page).toContain('in all on this page 3.0 µm')
})

test('what earlier versions measured is told at the end, and that there is such at the beginning', async () => {
  const page = await pageOf({ alike: [{ code: 'a', as: 'b', seen: 'a comment was changed' }] })
  const [beginning, end] = page.split('## By earlier versions')
  expect(beginning).toContain('[by earlier versions](#by-earlier-versions)')
  expect(end).toContain('- a comment was changed.')
  expect(await pageOf({})).not.toContain('earlier versions')
})

test('a page without results of one kind says so, and has no empty table', async () => {
  const page = await pageOf({})
  expect(page).toMatch(/## All tasks together\n\nNot measured in this run\.\n/)
  expect(page).toMatch(/## Policies and baselines, task by task\n\nNot measured in this run\.\n/)
  expect(page).not.toContain('Overlap')
  expect(page).not.toContain('|  |')
})

test('the values of a curve are in order, whichever was measured first', async () => {
  const page = await pageOf({
    curves: [{ ...curve('usb-c', 'pose', [16, 10]), values: [1, 2] }, curve('keyed-e', 'pose', [20, 18, 9])],
  })
  expect(page).toContain('| | 0 | 1 | 2 |')
  expect(page).toContain('| usb-c: pose | not measured | 16/20 | 10/20 |')
})
