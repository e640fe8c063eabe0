import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { writeWhole } from '../../demos/index.ts'
import type { Metrics } from '../../policy/index.ts'
import { curvesOf, followMetrics } from './metrics-log.ts'

const metrics = (step: number, validated: Partial<Metrics> = {}): Metrics => ({
  step,
  loss: 1 / step,
  gradientNorm: 1,
  learningRate: 1e-3,
  ...validated,
})
const line = (step: number) => `${JSON.stringify(metrics(step))}\n`
const stepsOf = (lines: readonly Metrics[]) => lines.map(({ step }) => step)

test('what is appended is read, half lines when they are whole', async () => {
  const path = join(await temporaryFolder(), 'metrics.jsonl')
  const log = followMetrics(path)
  expect(await log.read()).toEqual([])
  await writeFile(path, line(1) + line(2) + line(3).slice(0, 10))
  expect(stepsOf(await log.read())).toEqual([1, 2])
  await appendFile(path, line(3).slice(10) + line(4))
  expect(stepsOf(await log.read())).toEqual([1, 2, 3, 4])
  const [a, b] = await Promise.all([log.read(), log.read()])
  expect([stepsOf(a), stepsOf(b)]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ])
})

test('a file that was replaced, as when a run resumes, is read from its start', async () => {
  const path = join(await temporaryFolder(), 'metrics.jsonl')
  const log = followMetrics(path)
  await writeFile(path, line(1) + line(2) + line(3))
  await log.read()
  await writeWhole(path, line(1) + line(2))
  await appendFile(path, line(30) + line(40))
  expect(stepsOf(await log.read())).toEqual([1, 2, 30, 40])
  await rm(path)
  expect(await log.read()).toEqual([])
})

test('curves are thinned: last step, mean loss and what the last validation told of equal runs of steps', () => {
  const all = [
    metrics(1, { validationLoss: 9, gate: 0.9 }),
    metrics(2, { validationLoss: 0.5, gate: 0.25 }),
    metrics(3, { rollouts: { episodes: 4, successes: 3 } }),
    metrics(4),
    metrics(5, { rollouts: { episodes: 4, successes: 0 } }),
  ]
  // Five lines in at most three points: runs of two.
  expect(curvesOf(all, 3)).toEqual({
    steps: [2, 4, 5],
    loss: [(1 + 1 / 2) / 2, (1 / 3 + 1 / 4) / 2, 1 / 5],
    validationLoss: [0.5, null, null],
    gate: [0.25, null, null],
    success: [null, 0.75, 0],
  })
  expect(curvesOf(all).steps).toEqual([1, 2, 3, 4, 5])
  expect(curvesOf(Array.from({ length: 2500 }, (_, i) => metrics(i + 1))).steps).toHaveLength(834)
  expect(curvesOf([])).toEqual({ steps: [], loss: [], validationLoss: [], gate: [], success: [] })
})
