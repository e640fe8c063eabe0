import fc from 'fast-check'
import { expect, test } from 'vitest'
import { solveSymmetric, symmetricEigen } from './symmetric-eigen.ts'

const product = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * (x[i] as number), 0))

test('of [[2, 1], [1, 2]] the eigenvalues are 3 and 1, along the diagonals', () => {
  const { values, vectors } = symmetricEigen([
    [2, 1],
    [1, 2],
  ])
  expect(values[0]).toBeCloseTo(3, 14)
  expect(values[1]).toBeCloseTo(1, 14)
  const [along, across] = vectors as [number[], number[]]
  expect((along[0] as number) / (along[1] as number)).toBeCloseTo(1, 14)
  expect((across[0] as number) / (across[1] as number)).toBeCloseTo(-1, 14)
})

test('A v = λ v, values fall, vectors are orthonormal, for any symmetric matrix', () => {
  const matrices = fc
    .integer({ min: 1, max: 12 })
    .chain((n) =>
      fc
        .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: n * n, maxLength: n * n })
        .map((cells) =>
          Array.from({ length: n }, (_, i) =>
            Array.from({ length: n }, (_, j) => cells[Math.min(i, j) * n + Math.max(i, j)] as number),
          ),
        ),
    )
  fc.assert(
    fc.property(matrices, (matrix) => {
      const { values, vectors } = symmetricEigen(matrix)
      expect([...values].sort((a, b) => b - a)).toEqual(values)
      vectors.forEach((vector, i) => {
        product(matrix, vector).forEach((value, k) => {
          expect(value).toBeCloseTo((values[i] as number) * (vector[k] as number), 9)
        })
        vectors.forEach((other, j) => {
          expect(product([other], vector)[0]).toBeCloseTo(i === j ? 1 : 0, 12)
        })
      })
    }),
  )
})

test('solves a system, and a damped one', () => {
  const matrix = [
    [4, 1, 0],
    [1, 3, -1],
    [0, -1, 2],
  ]
  const eigen = symmetricEigen(matrix)
  product(matrix, solveSymmetric(eigen, [1, 2, 3])).forEach((value, i) => {
    expect(value).toBeCloseTo(i + 1, 12)
  })
  const damped = matrix.map((row, i) => row.map((value, j) => value + (i === j ? 0.5 : 0)))
  product(damped, solveSymmetric(eigen, [1, 2, 3], 0.5)).forEach((value, i) => {
    expect(value).toBeCloseTo(i + 1, 12)
  })
})

test.for([
  [[[1, 2]]],
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [[[Number.NaN]]],
])('refuses %j', ([matrix]) => {
  expect(() => symmetricEigen(matrix as number[][])).toThrow('expected a finite symmetric matrix')
})
