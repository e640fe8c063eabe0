import { expect, test } from 'vitest'
import { mergeCurves } from './merge-curves.ts'

test('curves of other steps share an axis, with gaps', () => {
  const merged = mergeCurves([
    { x: [10, 20, 40], y: [3, 2, 1] },
    { x: [20, 30], y: [5, null] },
  ])
  expect(merged).toEqual({
    x: [10, 20, 30, 40],
    columns: [
      [3, 2, null, 1],
      [null, 5, null, null],
    ],
  })
})

test('what a logarithm cannot take is a gap', () => {
  const [x, y] = [
    [1, 2, 3],
    [0, -1, Number.NaN],
  ] as const
  expect(mergeCurves([{ x, y, log: true }]).columns).toEqual([[null, null, null]])
  expect(mergeCurves([{ x, y }]).columns, 'a linear axis can').toEqual([[0, -1, null]])
})

test('no curves, no points', () => {
  expect(mergeCurves([])).toEqual({ x: [], columns: [] })
})
