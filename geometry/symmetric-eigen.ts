// Eigenvalues and eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations (Golub & Van Loan, "Matrix
// Computations", §8.5). Slow for large matrices, and as exact as doubles allow for small ones.

export interface Eigen {
  /** falling */
  readonly values: readonly number[]
  /** of unit length; `vectors[i]` belongs to `values[i]` */
  readonly vectors: readonly (readonly number[])[]
}

const MOST_SWEEPS = 50

/** Throws a RangeError unless the matrix is square, symmetric and finite. */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const n = matrix.length
  checkSymmetric(matrix)
  // Both flat, row by row: `a` becomes diagonal, the rows of `v` the eigenvectors.
  const a = Float64Array.from(matrix.flat())
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
  const size = Math.hypot(...a)
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, n) > 1e-15 * size; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) annihilate(a, v, n, p, q)
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(a, j * n + j) - at(a, i * n + i))
  return {
    values: order.map((i) => at(a, i * n + i)),
    vectors: order.map((i) => [...v.subarray(i * n, (i + 1) * n)]),
  }
}

/** `x` with `(A + damping · I) x = b`. */
export function solveSymmetric({ values, vectors }: Eigen, b: readonly number[], damping = 0): number[] {
  const x = b.map(() => 0)
  vectors.forEach((vector, i) => {
    const along =
      vector.reduce((sum, value, k) => sum + value * (b[k] as number), 0) / ((values[i] as number) + damping)
    vector.forEach((value, k) => {
      x[k] = (x[k] as number) + along * value
    })
  })
  return x
}

const at = (array: Float64Array, index: number): number => array[index] as number

function checkSymmetric(matrix: readonly (readonly number[])[]): void {
  const largest = Math.max(...matrix.flat().map(Math.abs))
  const isSquare = matrix.every((row) => row.length === matrix.length)
  const isSymmetric =
    isSquare &&
    matrix.every((row, i) => row.every((x, j) => Math.abs(x - ((matrix[j] ?? [])[i] as number)) <= 1e-9 * largest))
  if (!(isSymmetric && Number.isFinite(largest))) {
    throw new RangeError(`expected a finite symmetric matrix, got ${JSON.stringify(matrix)}`)
  }
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0
  for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) sum += 2 * at(a, p * n + q) ** 2
  return Math.sqrt(sum)
}

/** Turns the plane of p and q so that a[p][q] becomes 0, by the smaller of the two angles that do. */
function annihilate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = at(a, p * n + q)
  if (apq === 0) return
  const theta = (at(a, q * n + q) - at(a, p * n + p)) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const c = 1 / Math.hypot(t, 1)
  const s = t * c
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s)
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s)
  for (let k = 0; k < n; k++) turn(v, p * n + k, q * n + k, c, s)
  a[p * n + q] = 0
  a[q * n + p] = 0
}

function turn(array: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [at(array, i), at(array, j)]
  array[i] = c * x - s * y
  array[j] = s * x + c * y
}
