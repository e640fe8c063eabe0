import { expect, test } from 'vitest'
import type { EvaluationEntry } from '../../protocol/library.ts'
import { successGroups } from './success-groups.ts'

const entry = (clearanceMm: number, split: string, successes: number, episodes: number): EvaluationEntry => ({
  ...{ name: '', clearanceMm, chamferMm: 0.5, split, noise: 'tracker', others: '', seed: 1, episodes, successes },
  ...{ wilson95: [0.1, 0.9], failures: {} },
})

test('other chamfers are another group: they are not the same fit', () => {
  const without = { ...entry(0.1, 'id', 3, 10), chamferMm: 0 }
  const groups = successGroups([entry(0.1, 'id', 9, 10), without])
  expect(groups.map(({ chamferMm, points }) => [chamferMm, points.map(({ rate }) => rate)])).toEqual([
    [0.5, [0.9]],
    [0, [0.3]],
  ])
})

test('what was evaluated otherwise is another group, with more episodes, too', () => {
  const biased = { ...entry(0.1, 'id', 30, 100), others: 'bias 2 mm 2°' }
  const groups = successGroups([entry(0.1, 'id', 9, 10), biased])
  expect(groups.map(({ others, points }) => [others, points.map(({ rate }) => rate)])).toEqual([
    ['', [0.9]],
    ['bias 2 mm 2°', [0.3]],
  ])
})

test('evaluations are grouped by start and noise, ordered by clearance; the larger of two counts', () => {
  const groups = successGroups([
    entry(0.1, 'id', 9, 10),
    entry(0.01, 'id', 5, 10),
    entry(0.1, 'ood', 1, 4),
    entry(0.1, 'id', 80, 100),
  ])
  expect(groups.map(({ split, points }) => [split, points.map((point) => [point.clearanceMm, point.rate])])).toEqual([
    [
      'id',
      [
        [0.01, 0.5],
        [0.1, 0.8],
      ],
    ],
    ['ood', [[0.1, 0.25]]],
  ])
})
